// The paste page: takes a template from the PSA, fixes what is wrong, and copies what the PSA understands.

import { newest } from "./api.js";
import { copyText, download, isSource, readPaste } from "./clipboard.js";
import { announce, button, choice, clearStatus, debounce, el, fill, prose, setOptions } from "./element.js";
import { createFindings, findingCard, numberOf, safeOf, worst } from "./findings.js";
import { adviceFor, createVerdict, problemNotice, reach, whichPsa } from "./finish.js";
import { createLinks } from "./links.js";
import { createMail, usualWidth } from "./mail.js";
import { update as updateRoute } from "./route.js";
import { createSource } from "./source.js";
import { createTabs } from "./tabs.js";
import { createText } from "./text.js";
import { createValues } from "./values.js";

const NAMES = { subject: "Subject", html: "HTML body", text: "Text-only body" };
const FILES = { subject: ["template.subject.txt", "text/plain"], html: ["template.html", "text/html"], text: ["template.txt", "text/plain"] };
/** A paste of this size is checked after a longer pause. */
const LARGE = 200000;

/** The content of the boxes, which is kept only while the page is open. */
const kept = { subject: "", html: "", text: "", steps: [] };

/** The paste page. */
export function createPasteView(project) {
  const ask = newest();
  let query = {};
  let answer = null;
  let notice = null;
  let isCopied = false;
  let failure = null;

  const boxes = {
    subject: el("input", { type: "text", autocomplete: "off", spellcheck: "false" }),
    html: el("textarea", { class: "code", spellcheck: "false", autocomplete: "off", wrap: "off", rows: "14", placeholder: "Paste the source of the template here" }),
    text: el("textarea", { class: "code", spellcheck: "false", autocomplete: "off", rows: "4", placeholder: "Only if your PSA has one" }),
  };
  const psa = choice("PSA", [], "", (value) => { set({ dialect: value }); });
  const sample = choice("Sample", project.samples.map((one) => [one, one]), "", (value) => set({ sample: value === project.samples[0] ? "" : value }));
  const portal = el("input", {
    type: "text", autocomplete: "off", spellcheck: "false", placeholder: project.portal ?? "acme",
    title: "acme for acme.deskdirector.com, or the full name of your own domain",
    oninput: debounce(() => set({ portal: portalOf(portal.value) }), 300),
  });
  const notices = el("div", { class: "notices", role: "status" });
  const verdict = createVerdict({ ongo: (finding, file) => reveal(boxes[file.kind] ?? boxes.html, finding.start, finding.end), onanyway: () => deliver?.("error") });
  /** Finishes the template and hands it over, in spite of what stopped it. */
  let deliver = null;
  /** Why the last action failed. */
  let refusal = null;
  const fixSafe = button("Fix all safe", () => change("safe", false), { id: "fix-safe" });
  const expand = button("Expand links", () => change("none", true), { title: "Turns [dd:…] macros into links to the portal" });
  const undo = button("Undo", takeBack);
  const copy = button("Make ready and copy HTML", () => copyBox("html"), {
    class: "primary", id: "copy-html",
    title: "Makes all safe fixes, expands the links, removes psalink-only syntax, checks the result, and copies it",
  });
  const save = button("Make ready and download", () => saveBox("html"), { "aria-label": "Make ready and download the HTML body" });
  const steps = el("div", { class: "steps" });
  const findings = createFindings({ ongo: goTo, onfix: fixOne, emptyText: "No problems found. You can use the template as is." });
  const mail = createMail({ onpick: select, onset: updateRoute });
  const source = createSource({
    online: (file, line) => mail.highlight(file, line),
    card: (finding, index) => findingCard(finding, { file: answer.files[index], index, isNamed: false, ongo: goTo, onfix: fixOne }),
  });
  const links = createLinks();
  const text = createText();
  const values = createValues({ onchange: debounce(() => load(), 150) });
  const tabs = createTabs("Result", [
    { id: "findings", title: "Findings", panel: el("div", {}, findings.element) },
    { id: "mail", title: "Message", panel: el("div", { class: "mail-panel" }, mail.element) },
    { id: "source", title: "Source", panel: el("div", { class: "source-panel" }, source.element) },
    { id: "links", title: "Links", panel: el("div", {}, links.element) },
    { id: "text", title: "Text", panel: el("div", {}, text.element) },
    { id: "values", title: "Values", panel: el("div", {}, values.element) },
  ], (tab) => {
    updateRoute({ tab });
    if (isCopied) setNotice(null);
    if (tab === "source") source.refresh();
  });
  const result = el("section", { class: "result card", "aria-label": "Result" }, tabs.bar, tabs.panels);
  const welcome = el("div", { class: "welcome card" },
    el("h2", {}, "From your PSA and back"),
    el("ol", {},
      el("li", {}, "In your PSA, open the template and switch its editor to the source (HTML) view. Select everything and copy."),
      el("li", {}, "Paste it on this page. Problems are listed right away."),
      el("li", {}, "Make it ready, and paste the result back into the source view.")),
    el("p", { class: "hint" }, "Nothing is stored, and psalink sends nothing to the internet."));
  const element = el("div", { class: "paste-view" },
    el("div", { class: "view-head" },
      el("div", { class: "view-title" }, el("h1", {}, "Paste a template")),
      el("div", { class: "view-tools" }, psa.box, el("label", { class: "field" }, el("span", { class: "field-name" }, "Portal"), portal), sample.box)),
    el("div", { class: "split paste-split" },
      el("section", { class: "boxes card", "aria-label": "Template" }, box("subject"), box("html"), box("text")),
      el("div", { class: "outcome" },
        el("div", { class: "action-bar card" },
          el("div", { class: "actions" }, copy, save, el("span", { class: "gap" }), fixSafe, expand, undo), notices, verdict.element, steps),
        welcome, result)));

  for (const [name, input] of Object.entries(boxes)) input.value = kept[name];
  const later = debounce(() => load(), () => (size() > LARGE ? 800 : 250));
  for (const [name, input] of Object.entries(boxes)) {
    input.addEventListener("input", () => {
      kept[name] = input.value;
      changed(size() === 0);
      buttons();
      later();
    });
  }
  boxes.html.addEventListener("paste", (event) => take(event, false));
  const pasted = (event) => {
    if (!event.target.closest?.("input, textarea, select, dialog, .ace_editor")) take(event, true);
  };
  document.addEventListener("paste", pasted);

  function box(name) {
    const small = { class: "link" };
    return el("div", { class: `box box-${name}` },
      el("div", { class: "box-head" },
        el("label", { for: `box-${name}` }, NAMES[name]),
        el("span", { class: "box-tools", id: `tools-${name}` },
          button("Copy", () => copyBox(name), { ...small, "aria-label": `Make ready and copy: ${NAMES[name]}` }),
          button("Download", () => saveBox(name), { ...small, "aria-label": `Make ready and download: ${NAMES[name]}` }))),
      withId(boxes[name], `box-${name}`));
  }

  /** Reads both formats of a paste: if a message was copied as it looks, the second one has its HTML. */
  function take(event, isElsewhere) {
    const paste = readPaste(event.clipboardData);
    changed(true);
    if (!paste.isRendered && !isElsewhere) {
      if (paste.text.trim() && !isSource(paste.text)) setNotice(noTags());
      return;
    }
    event.preventDefault();
    const before = { ...kept };
    put(paste.isRendered ? paste.html : paste.text, isElsewhere);
    if (paste.isRendered) {
      setNotice(el("div", { class: "notice", "data-tone": "warning" },
        el("p", {}, el("strong", {}, "You copied the formatted message, not its source. "),
          "psalink used the HTML that the browser added, which is good enough for a preview. Browsers change HTML when copying, so do not paste it over your template. Copy from the source view of your PSA instead."),
        button("Use the plain text instead", () => {
          boxes.html.value = kept.html = before.html;
          put(paste.text, isElsewhere);
          setNotice(noTags());
        }, { class: "link" })));
    } else if (paste.text.trim() && !isSource(paste.text)) {
      setNotice(noTags());
    }
  }

  function put(value, isWhole) {
    const { html } = boxes;
    if (isWhole) html.value = value;
    else html.setRangeText(value, html.selectionStart, html.selectionEnd, "end");
    kept.html = html.value;
    buttons();
    later();
    html.focus();
  }

  function noTags() {
    return el("div", { class: "notice", "data-tone": "warning" },
      el("p", {}, el("strong", {}, "This is text without HTML tags. "),
        "If it is the text-only body, move it to that box. If it should be HTML, switch your PSA's editor to its source view and copy from there."),
      button("Move it to the text-only body", () => {
        boxes.text.value = kept.text = kept.html;
        boxes.html.value = kept.html = "";
        setNotice(null);
        load();
        boxes.text.focus();
      }, { class: "link" }));
  }

  function setNotice(next, isAdvice = false) {
    notice = next;
    isCopied = isAdvice;
    showNotices();
  }

  /** Clears what was shown about the last state; `isNew` tells that the text now comes from somewhere else. */
  function changed(isNew = false) {
    clearStatus();
    verdict.clear();
    refusal = deliver = null;
    if (isCopied || isNew) setNotice(null);
    else showNotices();
  }

  function showNotices() {
    const isText = !notice && answer?.looks_rendered && kept.html.trim() && !isSource(kept.html);
    const problem = refusal ?? (size() > 0 ? answer?.problem : null);
    const isUnknown = !problem && answer && !answer.dialect && size() > 0;
    fill(notices,
      notice ?? (isText ? noTags() : null),
      failure ? el("div", { class: "notice", "data-tone": "error", "data-failed": true }, el("p", {}, prose(failure))) : null,
      problem ? problemNotice(problem, adviceFor(problem, portal, project.dialects, choosePsa)) : null,
      isUnknown ? el("div", { class: "notice", "data-tone": "plain" }, el("p", {}, "psalink cannot tell the PSA from this template. ", whichPsa(project.dialects, choosePsa))) : null);
  }

  function choosePsa(dialect) {
    set({ dialect });
    psa.select.focus();
  }

  /** Asks for what an action needs where it can be entered. */
  function refuse(problem) {
    refusal = problem;
    showNotices();
    if (problem.asks === "portal") reach(portal);
    else if (problem.asks === "psa") reach(psa.select);
    announce(problem.asks === "portal" ? "Enter the name of your portal." : problem.asks === "psa" ? "Choose your PSA first." : "psalink could not finish this.", "error");
  }

  function set(changes) {
    query = { ...query, ...changes };
    updateRoute(changes);
    changed();
    load();
  }

  function question(fix, isExpanded) {
    const name = query.portal || null;
    const isHost = name !== null && name.includes(".");
    return {
      subject: kept.subject, html: kept.html, text: kept.text, dialect: query.dialect || null,
      portal: isHost ? null : name, host: isHost ? name : null, sample: query.sample || project.samples[0] || null, values: values.get(),
      fix, expand: isExpanded,
    };
  }

  async function load() {
    later.cancel();
    if (size() === 0) {
      answer = failure = null;
      return show();
    }
    try {
      const next = await ask("paste", question("none", false));
      if (!next) return;
      failure = null;
      answer = next;
      show();
    } catch (error) {
      // It stays until the next answer, because nothing can be checked with invalid settings.
      failure = error.message;
      showNotices();
    }
  }

  /** Whether something was typed while the server was working; it is neither overwritten nor copied unchecked. */
  function isTyped(before) {
    if (Object.keys(before).every((name) => kept[name] === before[name])) return false;
    announce("The text changed in the meantime, so nothing was done. Try again.", "error");
    return true;
  }

  /** Puts the result from the server into the boxes. Returns whether it differs from their content. */
  function accept(before, next) {
    if (!Object.keys(before).some((name) => next.fixed[name] !== before[name])) return false;
    kept.steps.push({ before, changes: next.changes });
    setBoxes(next.fixed);
    buttons();
    showSteps();
    return true;
  }

  /**
   * Makes the template ready for the PSA, and passes it to `hand`, which copies or downloads it (`act`). If something
   * stops it, shows what it is, and passes nothing.
   */
  async function finish(act, hand, least = "warning") {
    later.cancel();
    changed();
    const before = { subject: kept.subject, html: kept.html, text: kept.text };
    try {
      const next = await ask("paste", { ...question("none", false), finish: least });
      if (!next) return;
      if (isTyped(before)) return;
      if (next.refused) return refuse(next.refused);
      if (!next.is_finished) {
        deliver = (least) => finish(act, hand, least);
        verdict.show(next.stops, act);
        return;
      }
      accept(before, next);
      await hand();
      await load();
      rescueFocus();
    } catch (error) {
      announce(error.message, "error");
    }
  }

  /** Fixes or expands; the previous content of the boxes can be restored. */
  async function change(fix, isExpanded) {
    later.cancel();
    changed();
    const before = { subject: kept.subject, html: kept.html, text: kept.text };
    try {
      const next = await ask("paste", question(fix, isExpanded));
      if (!next) return;
      if (isTyped(before)) return;
      if (next.refused) return refuse(next.refused);
      if (!accept(before, next)) {
        announce(isExpanded ? "Nothing to expand." : "No changes were made.");
        return;
      }
      announce(next.changes.join(", ") || "Changed.", "good");
      await load();
      rescueFocus();
    } catch (error) {
      announce(error.message, "error");
    }
  }

  async function takeBack() {
    const step = kept.steps.pop();
    if (!step) return;
    changed();
    setBoxes(step.before);
    announce("Undone.");
    await load();
    rescueFocus();
  }

  function fixOne(finding, index) {
    const { kind } = answer.files[index];
    change({ rule: finding.rule, file: kind, line: finding.start.line, column: finding.start.column }, false);
  }

  // A button that was just disabled must not take the focus with it.
  function rescueFocus() {
    if (document.activeElement === document.body || document.activeElement?.disabled) copy.focus({ preventScroll: true });
  }

  function setBoxes(next) {
    for (const name of Object.keys(boxes)) {
      const scroll = [boxes[name].scrollTop, boxes[name].scrollLeft];
      kept[name] = next[name] ?? "";
      if (boxes[name].value !== kept[name]) boxes[name].value = kept[name];
      [boxes[name].scrollTop, boxes[name].scrollLeft] = scroll;
    }
  }

  function show() {
    welcome.hidden = answer !== null;
    result.hidden = answer === null;
    const detected = answer?.is_guessed && answer.dialect ? titleOf(answer.dialect) : null;
    setOptions(psa.select, [["", detected ? `Detected: ${detected}` : answer && !answer.dialect ? "Unknown" : "Detect"], ...project.dialects.map(({ id, title }) => [id, title])], query.dialect ?? "");
    buttons();
    showNotices();
    showSteps();
    if (!answer) return;
    findings.show(answer.files, answer.problem !== null);
    source.show(answer.files);
    if (tabs.selected === "source") source.refresh();
    if (answer.mail) mail.show(answer.mail);
    else mail.fail("The message cannot be rendered until the template is fixed.");
    links.show(answer.mail);
    text.show(answer.mail);
    values.show(answer.values);
    tabs.badge("findings", String(numberOf(answer.files) || ""), worst(answer.files) ?? "plain");
    const wrong = answer.mail?.links.filter((link) => link.problem !== null).length ?? 0;
    tabs.badge("links", wrong ? String(wrong) : "", "error");
  }

  function buttons() {
    const safe = safeOf(answer?.files ?? []);
    fixSafe.textContent = safe > 0 ? `Fix all safe (${safe})` : "Fix all safe";
    fixSafe.disabled = safe === 0;
    expand.disabled = size() === 0;
    undo.disabled = kept.steps.length === 0;
    copy.disabled = save.disabled = kept.html === "";
    for (const name of Object.keys(boxes)) element.querySelector(`#tools-${name}`)?.toggleAttribute("hidden", kept[name] === "");
  }

  function showSteps() {
    const all = kept.steps.flatMap((step) => step.changes);
    steps.hidden = all.length === 0;
    fill(steps, el("p", { class: "steps-title" }, "What changed"), el("ul", { class: "changes" }, all.map((line) => el("li", {}, prose(line)))));
  }

  function copyBox(name) {
    return finish("copy", async () => {
      const isDone = await copyText(kept[name], name === "html" ? "Copied. Paste it into the source (HTML) view of your PSA." : `${NAMES[name]}: copied.`);
      if (!isDone || name !== "html") return;
      setNotice(el("div", { class: "notice", "data-tone": "good" },
        el("p", {}, el("strong", {}, "Copied. "),
          "In your PSA, open the template’s source (HTML) view, select everything, and paste. In the formatted view, the HTML would show up as text.")), true);
    });
  }

  function saveBox(name) {
    return finish("download", () => {
      download(FILES[name][0], kept[name], FILES[name][1]);
      announce(`${NAMES[name]}: saved as ${FILES[name][0]}.`, "good");
    });
  }

  /** Selects a span in its box. */
  function goTo(finding, index) {
    const file = answer.files[index];
    mail.highlight(index, finding.start.line);
    if (tabs.selected === "source") {
      source.goTo(index, finding.start.line, finding.start.column, finding.end);
      return;
    }
    reveal(boxes[file.kind] ?? boxes.html, finding.start, finding.end);
  }

  function select(index, line) {
    const file = answer.files[index];
    if (file) reveal(boxes[file.kind] ?? boxes.html, { line, column: 0 }, { line: line + 1, column: 0 });
  }

  function size() {
    return kept.subject.length + kept.html.length + kept.text.length;
  }

  function titleOf(id) {
    return project.dialects.find((dialect) => dialect.id === id)?.title ?? id;
  }

  return {
    element,
    title: () => "Paste a template",
    update(route) {
      query = route.query;
      if (document.activeElement !== portal) portal.value = query.portal ?? "";
      sample.select.value = query.sample || project.samples[0] || "";
      tabs.select(query.tab ?? "findings");
      mail.set({ width: query.width || usualWidth(), look: query.look || "light" });
      show();
      load();
    },
    changed(next) {
      const isNew = JSON.stringify([project.problem, project.portal]) !== JSON.stringify([next.problem, next.portal]);
      project = next;
      if (isNew) load();
    },
    close() {
      document.removeEventListener("paste", pasted);
    },
  };
}

/** Selects a range in a text box, and scrolls to it. */
function reveal(input, start, end) {
  const lines = input.value.split("\n");
  const offset = ({ line, column }) => lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column;
  input.focus();
  input.setSelectionRange(offset(start), Math.min(offset(end), input.value.length));
  if (input.tagName === "TEXTAREA") {
    const height = parseFloat(getComputedStyle(input).lineHeight) || 18;
    input.scrollTop = Math.max(0, (start.line - 1) * height - input.clientHeight / 3);
    input.scrollLeft = 0;
  }
}

/** `acme` from any way in which people write their portal: its name, its host or its address. */
function portalOf(text) {
  const host = text.trim().toLowerCase().replace(/^[a-z]+:\/\//, "").replace(/[/?#].*$/, "");
  return host.endsWith(".deskdirector.com") ? host.slice(0, -".deskdirector.com".length) : host;
}

function withId(element, id) {
  element.id = id;
  return element;
}
