// The findings as a list: what is wrong, where, what to do, and the fixes as buttons.

import { button, count, el, fill, prose } from "./element.js";
import { openRule } from "./rule.js";

const LEVELS = ["error", "warning", "note"];
/** More findings than this are listed only on request, so that a long list stays fast. */
const FIRST = 150;

/**
 * The list. `ongo(finding, file)` goes to a place; `onfix(finding, file)` and `onfixsafe()` fix. `isUndoable` tells
 * whether the page can undo a fix, which changes the wording. Returns `{element, show(files)}`.
 */
export function createFindings({ ongo, onfix, onfixsafe, emptyText = "No problems found." }) {
  const head = el("div", { class: "findings-head" });
  const list = el("ol", { class: "findings-list" });
  const more = el("p", { class: "more", hidden: true });
  const element = el("section", { class: "findings", "aria-label": "Findings" }, head, list, more);
  let isWhole = false;

  function show(files, isBroken = false) {
    const all = sorted(files);
    const safe = safeOf(files.filter((file) => file.can_fix));
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    const focusedAt = focused ? [...list.children].indexOf(focused.closest("li")) : -1;
    fill(head,
      el("h2", { tabindex: "-1" }, all.length === 0 ? (isBroken ? "Findings" : "No findings") : tally(files)),
      safe > 0 && onfixsafe
        ? button(`Fix all safe (${safe})`, onfixsafe, { class: "primary", title: "Makes every fix that is certain to be right" })
        : null);
    if (all.length === 0) {
      fill(list, el("li", { class: "finding-empty" }, isBroken ? "Findings appear here once the template can be read." : emptyText));
    } else {
      fill(list, (isWhole ? all : all.slice(0, FIRST)).map(({ finding, file, index }) => el("li", { class: "finding", "data-tone": finding.level },
        findingCard(finding, { file, index, isNamed: files.length > 1, ongo, onfix }))));
      if (isWhole || all.length <= FIRST) list.append(...cutOf(files).map(({ file, cut }) => el("li", { class: "finding-empty" },
        `${count(cut.count, "more place")} of `, button(cut.rule, () => openRule(cut.rule), { class: "link finding-rule" }),
        `${files.length > 1 ? ` in ${file.name}` : ""} ${cut.count === 1 ? "is" : "are"} counted here and not listed.`,
        cut.safe > 0 ? " “Fix all safe” fixes these too." : "")));
    }
    more.hidden = isWhole || all.length <= FIRST;
    fill(more, button(`Show ${all.length - FIRST} more`, () => { isWhole = true; show(files, isBroken); }));
    // The button that was just pressed may be gone; the focus must not move to the top of the page.
    if (focused && !focused.isConnected) {
      const next = focusedAt < 0 ? null : list.children[Math.min(focusedAt, list.children.length - 1)];
      (next?.querySelector(focused.matches(".finding-place, .finding-rule") ? ".finding-place" : ".fix") ?? next?.querySelector("button") ?? head.querySelector("button, h2"))
        .focus({ preventScroll: true });
    }
  }

  return { element, show };
}

/** One finding, for the list and for the tooltip in the source. */
export function findingCard(finding, { file, index, isNamed, ongo, onfix }) {
  const { line, column } = finding.start;
  const where = `${isNamed ? `${file.name}, ` : ""}line ${line}, column ${column + 1}`;
  return el("div", { class: "finding-card" },
    el("p", { class: "finding-top" },
      el("span", { class: "level", "data-tone": finding.level }, finding.level),
      button(where, () => ongo?.(finding, index), { class: "link finding-place", title: "Show this place" }),
      button(finding.rule, () => openRule(finding.rule), { class: "link finding-rule", title: "About this rule" })),
    el("p", { class: "finding-message" }, prose(finding.message)),
    finding.notes.map((note) => el("p", { class: "finding-note" }, prose(note))),
    finding.help && finding.help !== finding.fix?.title ? el("p", { class: "finding-help" }, prose(finding.help)) : null,
    fixOf(finding, file, index, onfix));
}

function fixOf(finding, file, index, onfix) {
  const { fix } = finding;
  if (!fix) return null;
  if (fix.safety === "shown" || !onfix) return el("p", { class: "finding-note" }, prose(`Possible fix: ${fix.title}`));
  if (!file.can_fix) return el("p", { class: "finding-note" }, prose(`To fix it in ${file.name}: ${fix.title}`));
  return el("p", { class: "finding-fix" },
    button(prose(fix.title), () => onfix(finding, index), { class: fix.safety === "safe" ? "fix" : "fix suggested" }),
    fix.safety === "safe" ? null : el("span", { class: "finding-note" }, "Probably what was meant. Check the result."));
}

/** `2 errors, 1 note`. */
export function tally(files) {
  return LEVELS
    .map((level) => [level, numberOf(files, level)])
    .filter(([, number]) => number > 0)
    .map(([level, number]) => count(number, level))
    .join(", ");
}

/** The worst level in some files, or null. */
export function worst(files) {
  return LEVELS.find((level) => numberOf(files, level) > 0) ?? null;
}

/** The number of findings of a level, or of all, in some files, including those that are only counted. */
export function numberOf(files, level = null) {
  const listed = files.flatMap((file) => file.findings).filter((finding) => level === null || finding.level === level).length;
  return cutOf(files).reduce((sum, { cut }) => sum + cut[level ?? "count"], listed);
}

/** The number of findings with a safe fix. */
export function safeOf(files) {
  const listed = files.flatMap((file) => file.findings).filter(({ fix }) => fix?.safety === "safe").length;
  return cutOf(files).reduce((sum, { cut }) => sum + cut.safe, listed);
}

function cutOf(files) {
  return files.flatMap((file) => file.cut.map((cut) => ({ file, cut })));
}

function sorted(files) {
  const all = files.flatMap((file, index) => file.findings.map((finding) => ({ finding, file, index })));
  return all.sort((a, b) => LEVELS.indexOf(a.finding.level) - LEVELS.indexOf(b.finding.level)
    || a.index - b.index || a.finding.start.line - b.finding.start.line || a.finding.start.column - b.finding.start.column);
}
