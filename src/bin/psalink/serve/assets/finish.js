// What keeps a pasted template out of the PSA: findings with their places, and what is missing.

import { button, el, fill, prose } from "./element.js";
import { findingCard, numberOf, tally } from "./findings.js";

/**
 * The verdict on a template that could not be finished. `ongo(finding, file)` goes to a place; `onanyway()` continues
 * with a template that only has warnings. Returns `{element, show(files, act), clear()}`.
 */
export function createVerdict({ ongo, onanyway }) {
  const element = el("section", { class: "verdict notice", "data-tone": "error", "aria-label": "What blocks the template", hidden: true });

  /** `act` is what was requested and not done: `copy` or `download`. */
  function show(files, act) {
    const all = files.flatMap((file, index) => file.findings.map((finding) => ({ finding, file, index })));
    const isWarned = numberOf(files, "error") === 0;
    const title = el("h2", { tabindex: "-1" }, `Not ${act === "copy" ? "copied" : "downloaded"}: this template cannot go into your PSA yet`);
    element.dataset.tone = isWarned ? "warning" : "error";
    element.hidden = false;
    fill(element,
      title,
      el("p", {}, `${tally(files)} would remain after every change that psalink can make by itself. Lines and columns refer to your text.`),
      el("ol", { class: "findings-list" }, all.map(({ finding, file, index }) => el("li", { class: "finding", "data-tone": finding.level },
        findingCard(finding, { file, index, isNamed: files.length > 1, ongo: () => ongo(finding, file) })))),
      isWarned ? el("p", {}, button(act === "copy" ? "Copy anyway" : "Download anyway", onanyway, { class: "suggested", id: "anyway" }), " ",
        el("span", { class: "finding-note" }, "Only warnings remain. Continue if you accept them.")) : null);
    title.focus();
  }

  function clear() {
    element.hidden = true;
    fill(element);
  }

  return { element, show, clear };
}

/** What the user can do about a problem on this page; `asks` names what is missing. */
export function adviceFor(problem, portal, dialects, onpsa) {
  if (problem.asks === "portal") {
    return [" Enter the name of your portal, such as ", el("code", {}, "acme"), " for acme.deskdirector.com. ",
      button("Enter the portal", () => reach(portal), { class: "link" })];
  }
  if (problem.asks === "psa") return [" ", whichPsa(dialects, onpsa)];
  return null;
}

/** The question of which PSA a template is for. */
export function whichPsa(dialects, onpsa) {
  return el("span", { class: "which" }, "Which PSA is this template for? ",
    dialects.map(({ id, title }) => [button(title, () => onpsa(id), { class: "link" }), " "]));
}

/** Scrolls to a field, and focuses it. */
export function reach(field) {
  field.focus();
  field.scrollIntoView({ block: "nearest" });
}

/** A problem as a notice. */
export function problemNotice(problem, advice) {
  return el("div", { class: "notice", "data-tone": "error" }, el("p", {}, prose(problem.message), advice ? [".", advice] : null));
}
