// The rendered message in its frame: width, look, remote images, and the connection between the message and its source.

import { el, fill, newId } from "./element.js";
import { hasDark, settle } from "./scheme.js";
import {
  attributeOf, bodyOf, boxOf, boxesOf, closest, inDocument, listen, parentOf, removeAttribute, rootOf, scrollTo, setAttribute, styleOf, typeOf,
} from "./untouched.js";

const WIDTHS = {
  desktop: { title: "Desktop", pixels: 680, about: "as wide as a reading pane, 680 pixels or more" },
  phone: { title: "Phone", pixels: 375, about: "375 pixels wide, as on a phone" },
};

/** Whether the panes are below each other. */
const STACKED = matchMedia("(max-width: 62rem)");

const LOOKS = {
  light: { title: "Light", about: "Light: the message as written, without its dark mode." },
  dark: { title: "Dark, authored", about: "Dark as authored: what the message’s own dark mode (prefers-color-scheme) does." },
  inverted: {
    title: "Dark, inverted",
    about: "Dark as inverted: an imitation of email programs that turn light colors dark by themselves. Each does it differently.",
  },
};

/**
 * The pane of the message. `onpick(file, line)` is called for a click in the message, `onset({width} or {look})` for a
 * change of these. Returns `{element, show(mail), fail(text), set({width, look}), highlight(file, line)}`.
 */
export function createMail({ onpick, onset }) {
  const subject = el("p", { class: "mail-subject" });
  const about = el("p", { class: "mail-about" });
  const stage = el("div", { class: "mail-stage" });
  const veil = el("p", { class: "mail-veil", hidden: true });
  const width = segments("Width", WIDTHS, (value) => { set({ width: value }); onset({ width: value }); });
  const look = segments("Look", LOOKS, (value) => { set({ look: value }); onset({ look: value }); });
  const images = el("input", { type: "checkbox", onchange: () => load() });
  const body = el("div", { class: "mail-body" }, stage, veil);
  const element = el("section", { class: "mail card", "aria-label": "Message" },
    el("div", { class: "mail-bar" }, width.box, look.box,
      el("label", { class: "check", title: "Load images from other servers" }, images, "Remote images")),
    subject, body, about);

  let mail = null;
  let settings = { width: "desktop", look: "light" };
  let frame = null;
  let pending = null;
  let marked = null;
  let isDue = false;

  // A message that is not visible is not loaded until its pane is opened.
  new ResizeObserver(() => {
    if (isDue && stage.clientWidth) load();
    else fit();
  }).observe(stage);

  function show(next) {
    const isSame = mail?.id === next.id;
    mail = next;
    veil.hidden = true;
    element.classList.remove("is-stale");
    fill(subject, el("span", { class: "mail-label" }, "Subject"), " ",
      next.subject === null ? el("span", { class: "none" }, "none") : next.subject);
    describe();
    if (!next.has_html) {
      drop();
      body.style.height = "";
      say("This template has no HTML body. See its text on the Text tab.");
    } else if (!isSame || !frame) {
      load();
    }
  }

  /** For when there is no message to show; the last one stays behind the text. */
  function fail(text) {
    element.classList.toggle("is-stale", frame !== null);
    if (!frame) fill(subject);
    say(text);
  }

  function say(text) {
    veil.hidden = false;
    veil.textContent = text;
  }

  function drop() {
    frame?.remove();
    pending?.remove();
    frame = pending = null;
  }

  // The new message loads behind the old one, so that nothing flickers and the scroll position stays.
  function load() {
    isDue = false;
    if (!mail?.has_html) return;
    if (!stage.clientWidth) {
      isDue = true;
      return;
    }
    pending?.remove();
    const next = el("iframe", {
      title: "The message as the customer sees it", sandbox: "allow-same-origin", class: "mail-frame is-loading", tabindex: "0",
    });
    pending = next;
    next.addEventListener("load", () => {
      if (pending !== next) return;
      const scroll = frame?.contentWindow ? [frame.contentWindow.scrollX, frame.contentWindow.scrollY] : [0, 0];
      frame?.remove();
      frame = next;
      pending = null;
      wire(next.contentDocument);
      dress();
      next.classList.remove("is-loading");
      next.contentWindow?.scrollTo(...scroll);
      if (marked) mark(find(marked.file, marked.line), false);
    });
    next.src = `/mail/${encodeURIComponent(mail.id)}?images=${images.checked ? 1 : 0}`;
    stage.append(next);
    dress();
  }

  // The frame runs no scripts of its own; these listeners belong to this page.
  function wire(page) {
    if (!page) return;
    for (const name of ["click", "auxclick", "submit", "dragstart"]) {
      listen(page, name, (event) => event.preventDefault(), true);
    }
    listen(page, "click", (event) => {
      const target = typeOf(event.target) === Node.ELEMENT_NODE ? event.target : parentOf(event.target);
      const origin = target ? closest(target, "[data-psalink-line]") : null;
      if (!origin) return;
      marked = { file: fileOf(origin), line: lineOf(origin) };
      mark(origin, false);
      onpick(marked.file, marked.line);
    }, true);
  }

  function set(changes) {
    settings = { ...settings, ...changes };
    if (!WIDTHS[settings.width]) settings.width = usualWidth();
    if (!LOOKS[settings.look]) settings.look = "light";
    width.select(settings.width);
    look.select(settings.look);
    describe();
    dress();
  }

  function describe() {
    let text = LOOKS[settings.look].about;
    if (settings.look === "dark" && mail?.has_html && !hasDark(mail.html ?? "")) {
      text = "Dark as authored: this message has no dark mode of its own (prefers-color-scheme), so it stays as it is.";
    }
    about.textContent = text;
  }

  function dress() {
    for (const one of [frame, pending]) {
      if (!one) continue;
      const scheme = settings.look === "dark" ? "dark" : "light";
      one.style.colorScheme = scheme;
      settle(one.contentDocument, scheme);
      one.classList.toggle("is-inverted", settings.look === "inverted");
      for (const image of one.contentDocument ? inDocument(one.contentDocument, "img") : []) {
        styleOf(image).filter = settings.look === "inverted" ? "invert(1) hue-rotate(180deg)" : "";
      }
    }
    stage.dataset.width = settings.width;
    fit();
  }

  // A message that is wider than the pane is scaled down as a whole, so that it keeps its desktop layout.
  function fit() {
    const wanted = WIDTHS[settings.width].pixels;
    const room = stage.clientWidth;
    if (!room) return;
    const pixels = settings.width === "desktop" ? Math.max(wanted, room) : wanted;
    const scale = Math.min(1, room / pixels);
    // If the panes are below each other, this one is no higher than the message.
    const page = frame?.contentDocument;
    body.style.height = STACKED.matches && page && bodyOf(page)
      ? `${Math.max(boxOf(rootOf(page)).height, boxOf(bodyOf(page)).height + 24) * scale + body.clientHeight - stage.clientHeight}px`
      : "";
    for (const one of [frame, pending]) {
      if (!one) continue;
      one.style.width = `${pixels}px`;
      one.style.height = `${stage.clientHeight / scale}px`;
      one.style.left = `${Math.max(0, (room - pixels * scale) / 2)}px`;
      one.style.transform = scale < 1 ? `scale(${scale})` : "";
    }
  }

  /** Shows where a line of the source is in the message. */
  function highlight(file, line) {
    marked = { file, line };
    mark(find(file, line), true);
  }

  function find(file, line) {
    let best = null;
    const page = frame?.contentDocument;
    for (const one of page ? inDocument(page, "body [data-psalink-line]") : []) {
      if (fileOf(one) !== file) continue;
      const at = lineOf(one);
      if (at > line || boxesOf(one).length === 0) continue;
      if (!best || at >= lineOf(best)) best = one;
    }
    return best;
  }

  function mark(target, isScrolled) {
    const page = frame?.contentDocument;
    for (const old of page ? inDocument(page, "[data-psalink-mark]") : []) {
      outline(old, "", "");
      removeAttribute(old, "data-psalink-mark");
    }
    if (!target) return;
    setAttribute(target, "data-psalink-mark", "");
    outline(target, "2px solid #d9480f", "2px");
    if (isScrolled) scrollTo(target, { block: "nearest", inline: "nearest" });
  }

  set({ width: usualWidth() });
  return { element, show, fail, set, highlight, get hasMail() { return frame !== null; } };
}

function fileOf(element) {
  return Number(attributeOf(element, "data-psalink-file") ?? 0);
}

function lineOf(element) {
  return Number(attributeOf(element, "data-psalink-line"));
}

function outline(element, line, offset) {
  const style = styleOf(element);
  if (style) Object.assign(style, { outline: line, outlineOffset: offset });
}

/** The initial width of a view: on a phone, that of a phone. */
export function usualWidth() {
  return matchMedia("(max-width: 48rem)").matches ? "phone" : "desktop";
}

function segments(label, options, onchange) {
  const name = newId("segment");
  const inputs = new Map();
  const box = el("fieldset", { class: "segments" }, el("legend", { class: "unseen" }, label));
  for (const [value, { title, about }] of Object.entries(options)) {
    const input = el("input", { type: "radio", name, value, onchange: () => onchange(value) });
    inputs.set(value, input);
    box.append(el("label", { title: about }, input, el("span", {}, title)));
  }
  return { box, select(value) { inputs.get(value).checked = true; } };
}
