// Creates elements. Text is always inserted as text, never as HTML.

/**
 * An element: `el("button", {class: "link", type: "button", onclick}, "Go")`.
 * Keys that begin with `on` are listeners, `true` sets a bare attribute, `false` and null set nothing.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled" || name === "selected") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

/** Appends children: elements, texts, or lists of them; null is left out. */
export function append(parent, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child);
  }
  return parent;
}

/** Replaces all children. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  return append(parent, ...children);
}

/** A message from psalink as a sentence; text in backticks becomes code. */
export function prose(text) {
  const sentence = text.startsWith("psalink") ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return sentence.split(/`([^`\n]+)`/).map((part, at) => (at % 2 ? el("code", {}, part) : part));
}

/** A button with an action. */
export function button(text, onclick, attributes = {}) {
  return el("button", { type: "button", onclick, ...attributes }, text);
}

/** A `<select>` with its label; options are `[value, text]`. */
export function choice(label, options, value, onchange, attributes = {}) {
  const select = el("select", { onchange: () => onchange(select.value), ...attributes });
  setOptions(select, options, value);
  const box = el("label", { class: "field" }, el("span", { class: "field-name" }, label), select);
  return { box, select };
}

/** Sets the options of a `<select>`, unless they are unchanged. */
export function setOptions(select, options, value) {
  const key = JSON.stringify(options);
  if (select.dataset.options !== key) {
    fill(select, options.map(([id, text]) => el("option", { value: id }, text)));
    select.dataset.options = key;
  }
  select.value = value;
}

/** A number with its noun: `1 error`, `2 errors`. */
export function count(number, noun, plural = `${noun}s`) {
  return `${number} ${number === 1 ? noun : plural}`;
}

let numbers = 0;

/** An id that no other element of the page has. */
export function newId(prefix) {
  numbers += 1;
  return `${prefix}-${numbers}`;
}

/** Announces something to screen readers, and shows it on the screen for a moment. */
export function announce(text, tone = "plain") {
  const place = document.getElementById("announcement");
  const toast = document.getElementById("toast");
  place.textContent = "";
  // A short delay, so that the same sentence is read again, too.
  setTimeout(() => { place.textContent = toast.textContent; }, 30);
  toast.textContent = text;
  toast.dataset.tone = tone;
  toast.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(clearStatus, 6000);
}

/** Removes the last announcement, which was about a state that has changed. */
export function clearStatus() {
  const toast = document.getElementById("toast");
  clearTimeout(toast.timer);
  toast.hidden = true;
  toast.textContent = "";
  document.getElementById("announcement").textContent = "";
}

// An announcement stays only until the next action, in any view. Actions make their announcements later.
for (const name of ["input", "change", "paste", "click"]) {
  document.addEventListener(name, (event) => {
    if (name !== "click" || event.target.closest?.("button, a[href], [role=tab], summary")) clearStatus();
  }, true);
}
addEventListener("hashchange", clearStatus);

/** Runs an action once there have been no calls for that long; `wait` may be a function. */
export function debounce(action, wait) {
  let timer = 0;
  const later = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), typeof wait === "function" ? wait() : wait);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}
