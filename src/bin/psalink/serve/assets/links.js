// Every link in the message, with the sample filled in: where it leads, and whether it works; and what is left in
// brackets.

import { button, count, el, fill, prose } from "./element.js";
import { copyText } from "./clipboard.js";

/** The panel of the links. Returns `{element, show(mail)}`. */
export function createLinks() {
  const element = el("div", { class: "panel links" });

  function show(mail) {
    if (!mail) {
      fill(element, el("p", { class: "empty-line" }, "No links to show until the message can be rendered."));
      return;
    }
    const wrong = mail.links.filter((link) => link.problem !== null).length;
    const doubtful = mail.links.filter((link) => stateOf(link).tone === "warning").length;
    fill(element,
      el("p", { class: "panel-lead" }, mail.links.length === 0
        ? "The message has no links."
        : `${count(mail.links.length, "link")}, with the sample filled in. ${verdict(wrong, doubtful)}`),
      mail.links.length > 0 ? el("ol", { class: "link-list" }, mail.links.map(row)) : null,
      mail.left.length > 0 ? leftOver(mail.left) : null);
  }

  return { element, show };
}

/** How many links will not work, and how many need to be checked. */
function verdict(wrong, doubtful) {
  const check = doubtful === 0 ? "" : ` Check ${doubtful}.`;
  return wrong > 0 ? `${wrong} will not work.${check}` : doubtful > 0 ? check.trim() : "All are valid.";
}

/** The state of a link in a few words, and its color. */
function stateOf(link) {
  if (link.problem !== null) return { tone: "error", word: "does not work" };
  return link.doubt !== null ? { tone: link.level, word: "check it" } : { tone: "good", word: "valid" };
}

function row(link) {
  const state = stateOf(link);
  const reason = link.problem ?? link.doubt;
  return el("li", { class: "link-row", "data-tone": state.tone },
    el("p", { class: "link-top" },
      el("span", { class: "link-text" }, link.text.trim() || "no text"),
      link.is_portal ? el("span", { class: "tag" }, "portal") : null,
      el("span", { class: "state", "data-tone": state.tone }, state.word)),
    el("p", { class: "link-url" }, el("code", {}, link.url || "(empty)"), " ",
      // An address that is shown without its password or token would not work if it were copied.
      link.is_masked
        ? el("span", { class: "hint" }, "contains a password or token, so it is not shown")
        : button("Copy", () => copyText(link.url, "Address copied."), { class: "link", "aria-label": `Copy the address of “${link.text.trim() || link.url}”` })),
    reason === null ? null : el("p", { class: link.problem === null ? "" : "link-problem" }, prose(reason)));
}

function leftOver(left) {
  return el("section", { class: "left-over" },
    el("h2", {}, "Left in brackets"),
    el("ul", {}, left.map((one) => el("li", {}, el("code", {}, one.text), " ",
      el("span", { class: one.is_mistake ? "is-mistake" : "" }, prose(one.reason))))));
}
