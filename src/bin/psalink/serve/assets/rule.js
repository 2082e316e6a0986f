// The page of a rule, in a dialog.

import { post } from "./api.js";
import { announce, button, el, newId } from "./element.js";

/** The elements that are taken over from a rule's page; of all others, only the text is. */
const KEPT = new Set(["P", "UL", "OL", "LI", "CODE", "PRE", "EM", "STRONG", "H1", "H2", "H3", "H4", "BLOCKQUOTE", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "BR", "HR"]);
const DROPPED = new Set(["SCRIPT", "STYLE", "TEMPLATE", "IFRAME", "OBJECT", "NOSCRIPT"]);

/** Opens the page of a rule. */
export async function openRule(name) {
  let rule;
  try {
    rule = await post("rule", { rule: name });
  } catch (error) {
    announce(error.message, "error");
    return;
  }
  const id = newId("rule");
  const body = el("div", { class: "rule-page", tabindex: "0", role: "region", "aria-label": "Explanation" });
  const page = new DOMParser().parseFromString(rule.html, "text/html");
  copy(page.body, body);
  const first = body.querySelector("h1");
  if (first && first.textContent.trim().startsWith(rule.name)) first.remove();
  const dialog = el("dialog", { class: "dialog", "aria-labelledby": id },
    el("div", { class: "dialog-head" },
      el("h2", { id }, rule.name, " ", el("span", { class: "level", "data-tone": rule.level }, rule.level)),
      button("Close", () => dialog.close())),
    rule.summary ? el("p", { class: "dialog-lead" }, rule.summary) : null, body);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
}

function copy(from, into) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      into.append(node.data);
    } else if (node.nodeType === Node.ELEMENT_NODE && !DROPPED.has(node.tagName)) {
      if (node.tagName === "A" && /^https:\/\//i.test(node.getAttribute("href") ?? "")) {
        const link = el("a", { href: node.getAttribute("href"), target: "_blank", rel: "noopener noreferrer" });
        copy(node, link);
        into.append(link);
      } else if (KEPT.has(node.tagName)) {
        const kept = el(node.tagName.toLowerCase());
        copy(node, kept);
        into.append(kept);
      } else {
        copy(node, into);
      }
    }
  }
}
