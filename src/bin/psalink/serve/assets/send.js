// Sends a preview: the user enters the recipients, and confirms addresses that the settings do not allow.

import { post } from "./api.js";
import { button, count, el, fill, newId, prose } from "./element.js";

/** Opens the dialog. `question` is what the server needs to build the message: path, dialect, sample, values. */
export function openSend(send, subject, question) {
  const titleId = newId("send");
  const hintId = newId("hint");
  const errorId = newId("error");
  const to = el("textarea", { rows: "2", autocomplete: "email", spellcheck: "false", "aria-describedby": `${hintId} ${errorId}`, oninput: () => { settle(); review(); } });
  const error = el("p", { class: "field-error", id: errorId, role: "alert" });
  const confirmations = el("div", { class: "confirmations" });
  const results = el("div", { class: "send-results", role: "status" });
  const submit = el("button", { type: "submit", class: "primary" }, "Send preview");
  const confirmed = new Set();

  const form = el("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); deliver(); } },
    el("p", { class: "dialog-lead" }, "From ", el("strong", {}, send.from ?? "the address in psalink.yaml"),
      subject ? [", subject ", el("strong", {}, `[preview] ${subject}`)] : null, "."),
    el("label", { class: "field" }, el("span", { class: "field-name" }, "To"), to),
    el("p", { class: "hint", id: hintId }, send.allow.length > 0
      ? ["One or more addresses. Allowed without asking: ", send.allow.join(", "), "."]
      : "One or more addresses. psalink.yaml allows no addresses without asking."),
    error, confirmations, results,
    el("div", { class: "dialog-foot" }, button("Close", () => dialog.close()), submit));
  const dialog = el("dialog", { class: "dialog", "aria-labelledby": titleId },
    el("div", { class: "dialog-head" }, el("h2", { id: titleId }, "Send a preview")),
    send.is_set_up ? form : send.problem ? settingsBroken(send.problem, () => dialog.close()) : notSetUp(() => dialog.close()));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  if (send.is_set_up) to.focus();

  /** Asks for confirmation of each address that the settings do not allow. */
  function review() {
    const asked = addresses(to.value).filter((address) => isAddress(address) && !isAllowed(address, send.allow));
    for (const address of confirmed) if (!asked.includes(address)) confirmed.delete(address);
    const key = asked.join("\n");
    if (confirmations.dataset.key === key) return asked;
    confirmations.dataset.key = key;
    fill(confirmations, asked.length === 0 ? null : el("fieldset", { class: "confirm" },
      el("legend", {}, "Previews must not reach customers"),
      el("p", {}, "psalink.yaml does not allow these. Check an address if you are sure that it may get this message."),
      asked.map((address) => el("label", { class: "check" },
        el("input", { type: "checkbox", checked: confirmed.has(address), onchange: (event) => {
          settle();
          if (event.target.checked) confirmed.add(address);
          else confirmed.delete(address);
        } }), `Yes, send it to ${address}`))));
    return asked;
  }

  async function deliver() {
    const all = addresses(to.value);
    const asked = review();
    const odd = all.find((address) => !isAddress(address));
    fill(results);
    if (all.length === 0) return refuse("Enter at least one address.", to);
    if (odd) return refuse(`“${odd}” is not an email address.`, to);
    const open = asked.filter((address) => !confirmed.has(address));
    if (open.length > 0) return refuse(`${count(open.length, "address needs", "addresses need")} your confirmation below.`, confirmations.querySelector("input:not(:checked)"));
    error.textContent = "";
    submit.disabled = true;
    submit.textContent = "Sending…";
    try {
      const answer = await post("send", { ...question, to: all, confirmed: [...confirmed] });
      fill(results, el("ul", {}, answer.results.map((one) => el("li", {},
        el("span", { class: "state", "data-tone": one.ok ? "good" : "error" }, one.ok ? "sent" : "not sent"), " ",
        el("strong", {}, one.to), ` ${one.message}`))));
    } catch (failure) {
      refuse(failure.message, null);
    }
    submit.disabled = false;
    submit.textContent = "Send preview";
  }

  /** Clears what was shown about the previous addresses. */
  function settle() {
    error.textContent = "";
    fill(results);
  }

  function refuse(text, place) {
    error.textContent = text;
    place?.focus();
  }
}

/** The dialog for settings that cannot be read, so that it is unknown whether sending is set up. */
function settingsBroken(problem, close) {
  const where = [problem.file, problem.line === null ? null : `line ${problem.line}`].filter(Boolean).join(", ");
  return el("div", { class: "dialog-body" },
    el("p", {}, "Fix the settings before you send a preview."),
    el("p", {}, el("strong", {}, where ? `${where}: ` : ""), prose(problem.message)),
    el("div", { class: "dialog-foot" }, button("Close", close, { class: "primary", autofocus: true })));
}

function notSetUp(close) {
  return el("div", { class: "dialog-body" },
    el("p", {}, "Sending is not set up yet. Add this to psalink.yaml, with the details of your own mail server:"),
    el("pre", { class: "text-body", tabindex: "0", role: "region", "aria-label": "Settings for sending" },
      "send:\n  from: preview@msp.example\n  allow: [\"*@msp.example\"]\n  smtp:\n    host: smtp.msp.example\n    port: 587\n    tls: starttls\n    user: preview\n"),
    el("p", { class: "hint" }, "Do not put the password there. psalink reads it from PSALINK_SMTP_PASSWORD."),
    el("div", { class: "dialog-foot" }, button("Close", close, { class: "primary", autofocus: true })));
}

/** The addresses in a text, without duplicates. */
export function addresses(text) {
  return [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
}

function isAddress(text) {
  return /^[^@\s<>"]+@[^@\s<>"]+$/.test(text);
}

/** Whether a pattern allows an address. The server decides; this only determines what to ask. */
export function isAllowed(address, patterns) {
  return patterns.some((pattern) => {
    const source = pattern.toLowerCase().split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*");
    return new RegExp(`^${source}$`).test(address.toLowerCase());
  });
}
