// Shows a message in a light or dark color scheme, regardless of the scheme of this page.

import { attributeOf, inDocument, mediaOf, rootOf, setAttribute, sheetsOf, styleOf } from "./untouched.js";

const QUERY = /\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)/gi;

/**
 * Makes `prefers-color-scheme` "light" or "dark" in a document. Browsers differ in whether the `color-scheme` of a
 * frame reaches the page in it, so the conditions themselves are replaced: in style sheets, in `media` attributes, and
 * in `color-scheme: light dark`.
 */
export function settle(page, scheme) {
  if (!page || !rootOf(page)) return;
  for (const sheet of sheetsOf(page)) {
    setMedia(sheet.ownerNode, sheet.media, scheme);
    settleRules(sheet, scheme);
  }
  for (const source of inDocument(page, "source[media]")) {
    const written = attributeOf(source, "data-psalink-media") ?? mediaOf(source);
    setAttribute(source, "data-psalink-media", written);
    setAttribute(source, "media", answer(written, scheme));
  }
  const root = rootOf(page);
  styleOf(root).colorScheme = "";
  const [meta] = inDocument(page, "meta[name='color-scheme' i]");
  const styled = getComputedStyle(root).colorScheme || "normal";
  const allowed = styled === "normal" ? (meta ? attributeOf(meta, "content") ?? "" : "") : styled;
  styleOf(root).colorScheme = /\bdark\b/.test(allowed) && (scheme === "dark" || !/\blight\b/.test(allowed)) ? "dark" : "light";
}

/** Whether a message has its own dark mode. */
export function hasDark(html) {
  return /prefers-color-scheme\s*:\s*dark/i.test(html);
}

function settleRules(holder, scheme) {
  let rules;
  try {
    rules = holder.cssRules;
  } catch {
    return;
  }
  for (const rule of rules ?? []) {
    if (rule.media) setMedia(rule, rule.media, scheme);
    if (rule.cssRules) settleRules(rule, scheme);
  }
}

/** The original conditions, by their owners, so that they can be replaced differently later. */
const written = new WeakMap();

function setMedia(owner, media, scheme) {
  if (!owner || !media) return;
  if (!written.has(owner)) written.set(owner, media.mediaText);
  const before = written.get(owner);
  if (before.search(QUERY) < 0) return;
  const after = answer(before, scheme);
  if (media.mediaText !== after) media.mediaText = after;
}

function answer(query, scheme) {
  return query.replace(QUERY, (_, wanted) => (wanted.toLowerCase() === scheme ? "(min-width: 0px)" : "(max-width: 0px)"));
}
