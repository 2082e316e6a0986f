// The clipboard: reading what is pasted, and copying.

import { announce } from "./element.js";

const SOURCE = /<(?:!doctype|!--|\/?(?:html|head|body|style|meta|table|tbody|tr|td|th|p|div|span|a|b|i|u|em|strong|font|center|h[1-6]|ul|ol|li|br|hr|img))(?=[\s>/\-])/i;

/** Whether a text is the source of a message rather than its visible text. */
export function isSource(text) {
  return SOURCE.test(text);
}

/**
 * The content of a paste: `{text, html, isRendered}`. `text` is the plain text; `html` is what browsers add when people
 * copy from a page, without the wrapper. `isRendered` tells that something other than the source was copied.
 */
export function readPaste(data) {
  const text = data.getData("text/plain");
  const html = unwrap(data.getData("text/html"));
  return { text, html, isRendered: html !== "" && text.trim() !== "" && !isSource(text) && isSource(html) };
}

function unwrap(html) {
  const start = html.indexOf("<!--StartFragment-->");
  const end = html.lastIndexOf("<!--EndFragment-->");
  const inner = start >= 0 && end > start ? html.slice(start + "<!--StartFragment-->".length, end) : html;
  return inner.replace(/^\s*<meta[^>]*>/i, "").trim();
}

/** Copies a text, and shows that it did. Returns whether it worked. */
export async function copyText(text, said) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copyByHand(text)) {
      announce("The browser blocked copying. Select the text and copy it yourself.", "error");
      return false;
    }
  }
  announce(said, "good");
  return true;
}

// Browsers give no access to the clipboard to a page that is not on loopback.
function copyByHand(text) {
  const box = document.createElement("textarea");
  box.value = text;
  box.className = "unseen";
  const focused = document.activeElement;
  (document.querySelector("dialog[open]") ?? document.body).append(box);
  box.select();
  const isDone = document.execCommand("copy");
  box.remove();
  focused?.focus();
  return isDone;
}

/** Downloads a text as a file. */
export function download(name, text, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
