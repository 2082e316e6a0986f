// The text-only body of the message.

import { el, fill } from "./element.js";

/** The panel of the text. Returns `{element, show(mail)}`. */
export function createText() {
  const element = el("div", { class: "panel text" });

  function show(mail) {
    if (!mail) {
      fill(element, el("p", { class: "empty-line" }, "No text to show until the message can be rendered."));
      return;
    }
    fill(element,
      el("p", { class: "panel-lead" }, mail.is_text_made
        ? "Made from the HTML, because the template has no text-only body of its own."
        : "The template’s own text-only body."),
      el("pre", { class: "text-body", tabindex: "0", role: "region", "aria-label": "Text-only body" }, mail.text));
  }

  return { element, show };
}
