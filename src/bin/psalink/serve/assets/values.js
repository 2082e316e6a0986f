// The values that replace the placeholders; editing them changes the message.

import { button, el, fill, newId } from "./element.js";

/** What a value may be, in words for the user. */
const KINDS = { id: "record number", number: "number", text: "text", html: "HTML", html_link: "link in HTML", url: "address", date: "date", email: "email address" };

/**
 * The panel of the values. `onchange()` is called at every keystroke. Returns `{element, show(values), get(),
 * forget()}`; the result of `get` is sent to the server unchanged. Rows keep their place while the user types.
 */
export function createValues({ onchange }) {
  const lead = el("p", { class: "panel-lead" });
  const body = el("tbody");
  const reset = button("Reset all", () => {
    set.clear();
    for (const row of rows.values()) row.input.value = row.usual ?? "";
    mark();
    onchange();
  }, { class: "quiet" });
  const table = el("table", { class: "values" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Placeholder"), el("th", { scope: "col" }, "Value in this preview"))), body);
  const element = el("div", { class: "panel" }, el("div", { class: "panel-head" }, lead, reset), table);
  /** What the user typed, by placeholder. */
  const set = new Map();
  const rows = new Map();

  function show(values) {
    lead.textContent = values.length === 0
      ? "The template has no placeholders."
      : "What you type here only affects this preview. The template and the sample do not change.";
    table.hidden = values.length === 0;
    const tokens = values.map((value) => value.token);
    if (tokens.join("\n") !== [...rows.keys()].join("\n")) build(values);
    for (const value of values) {
      const row = rows.get(value.token);
      if (!set.has(value.token)) {
        row.usual = value.value;
        if (document.activeElement !== row.input) row.input.value = value.value ?? "";
        row.input.placeholder = value.value === null ? "left as is" : "";
      }
    }
    mark();
  }

  function build(values) {
    const focused = [...rows].find(([, row]) => row.input === document.activeElement)?.[0];
    rows.clear();
    fill(body, values.map((value) => {
      const id = newId("value");
      const isLong = value.kind === "html" || (value.value ?? "").length > 60;
      const input = el(isLong ? "textarea" : "input", {
        "aria-labelledby": id, autocomplete: "off", spellcheck: "false", rows: isLong ? "3" : null, type: isLong ? null : "text",
        value: set.get(value.token) ?? value.value ?? "",
        oninput: () => {
          set.set(value.token, input.value);
          mark();
          onchange();
        },
      });
      const back = button("Reset", () => {
        set.delete(value.token);
        input.value = rows.get(value.token).usual ?? "";
        mark();
        input.focus();
        onchange();
      }, { class: "link", "aria-label": `Reset the value of ${value.token}` });
      rows.set(value.token, { input, back, usual: value.is_set ? null : value.value });
      const means = [...value.means, KINDS[value.kind] ?? value.kind].filter(Boolean).join(" · ");
      return el("tr", {},
        el("th", { scope: "row" }, el("code", { id }, value.token), el("span", { class: "means" }, means)),
        el("td", {}, el("div", { class: "value-box" }, input, back)));
    }));
    if (focused && rows.has(focused)) rows.get(focused).input.focus();
  }

  function mark() {
    for (const [token, row] of rows) {
      row.back.hidden = !set.has(token);
      row.input.classList.toggle("is-set", set.has(token));
    }
    reset.hidden = set.size === 0;
  }

  mark();
  return { element, show, get: () => Object.fromEntries(set), get size() { return set.size; } };
}
