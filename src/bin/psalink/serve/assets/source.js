// The source with its findings: underlined in the editor, marked in the margin, and explained in tooltips.

import { choice, el, setOptions } from "./element.js";

const SEVERITY = { error: "error", warning: "warning", note: "info" };
/** Longer lines than this are not highlighted, because it would take too long. */
const LONG_LINE = 20000;

/**
 * The read-only editor. `online(file, line)` is called when the cursor moves to a line; `card(finding, file)` makes the
 * tooltip. Returns `{element, show(files), goTo(file, line, column), refresh()}`; a file is its index in `files`.
 */
export function createSource({ online, card }) {
  const file = choice("File", [], "", (value) => open(Number(value)), { "aria-label": "File" });
  const place = el("div", { class: "editor" });
  const element = el("div", { class: "source" }, file.box, place);
  file.box.hidden = true;
  let editor = null;
  let files = [];
  let current = 0;
  let isMoved = false;
  const sessions = new Map();

  function show(next) {
    const wasNamed = files[current]?.name;
    files = next;
    const again = files.findIndex((one) => one.name === wasNamed);
    current = again >= 0 ? again : 0;
    setOptions(file.select, files.map((one, at) => [String(at), one.name]), String(current));
    file.box.hidden = files.length < 2;
    for (const name of sessions.keys()) {
      if (!files.some((one) => one.name === name)) sessions.delete(name);
    }
    if (!place.hidden && element.offsetParent !== null) refresh();
  }

  /** Updates the editor; must be called when its panel is opened. */
  function refresh() {
    if (files.length === 0) return;
    if (!editor) editor = createEditor(place, { card: (at) => at.map((finding) => card(finding, current)), findingsAt, moved });
    open(current);
    editor.resize();
  }

  function open(index) {
    current = index;
    file.select.value = String(index);
    if (!editor) return;
    const { session } = sessionOf(files[index]);
    if (editor.getSession() !== session) quietly(() => editor.setSession(session));
    editor.textInput.getElement().setAttribute("aria-label", `Source of ${files[index].name}, read only`);
  }

  function sessionOf(one) {
    let entry = sessions.get(one.name);
    if (!entry) {
      entry = { session: ace.createEditSession("", "ace/mode/text"), markers: [], text: null };
      entry.session.setUseWorker(false);
      entry.session.setUseWrapMode(true);
      entry.session.setTabSize(2);
      sessions.set(one.name, entry);
    }
    if (entry.text !== one.text) {
      const { session } = entry;
      const range = session.getSelection().getRange();
      const scroll = session.getScrollTop();
      const isHtml = one.kind !== "text" && one.kind !== "subject" && !one.text.split("\n").some((line) => line.length > LONG_LINE);
      session.setMode(isHtml ? "ace/mode/html" : "ace/mode/text");
      quietly(() => {
        session.setValue(one.text);
        session.getSelection().setRange(range);
        session.setScrollTop(scroll);
      });
      entry.text = one.text;
    }
    if (entry.findings !== one.findings) {
      markFindings(entry, one.findings);
      entry.findings = one.findings;
    }
    return entry;
  }

  function findingsAt(row, column) {
    return (files[current]?.findings ?? []).filter((finding) => rangeOf(finding).contains(row, column));
  }

  function moved(row) {
    if (!isMoved) online(current, row + 1);
  }

  // Runs an action whose cursor movements do not come from the user.
  function quietly(action) {
    isMoved = true;
    try {
      action();
    } finally {
      isMoved = false;
    }
  }

  /** Goes to a position; lines count from 1, columns from 0. */
  function goTo(index, line, column = 0, end = null) {
    if (!files[index]) return;
    current = index;
    refresh();
    if (!editor) return;
    quietly(() => {
      editor.gotoLine(line, column, false);
      editor.scrollToLine(line - 1, true, false);
      if (end) editor.selection.setRange(new (range())(line - 1, column, end.line - 1, end.column));
    });
  }

  return { element, show, refresh, goTo, get current() { return current; } };
}

function createEditor(place, { card, findingsAt, moved }) {
  ace.config.set("useStrictCSP", true);
  ace.config.set("basePath", "/assets/ace");
  const editor = ace.edit(place, {
    readOnly: true, showPrintMargin: false, useWorker: false, fontSize: 13, highlightActiveLine: true, wrap: true,
    highlightGutterLine: true, showFoldWidgets: false, enableKeyboardAccessibility: true, cursorStyle: "slim",
    dragEnabled: false, indentedSoftWrap: false, theme: { cssClass: "ace-psalink", isDark: false },
  });
  editor.on("changeSelection", () => moved(editor.getCursorPosition().row));
  const tooltip = new (ace.require("ace/tooltip").HoverTooltip)();
  tooltip.getElement().classList.add("finding-tooltip");
  tooltip.setDataProvider((event) => {
    const { row, column } = event.getDocumentPosition();
    const findings = findingsAt(row, column);
    if (findings.length === 0) return;
    const box = el("div", { class: "finding-cards" }, card(findings));
    box.addEventListener("click", (click) => { if (click.target.closest("button")) tooltip.hide(); });
    tooltip.showForRange(editor, rangeOf(findings[0]), box, event);
  });
  tooltip.addToEditor(editor);
  return editor;
}

function markFindings(entry, findings) {
  const { session } = entry;
  for (const marker of entry.markers) session.removeMarker(marker);
  entry.markers = findings.map((finding) => session.addMarker(rangeOf(finding), `finding-mark finding-mark-${finding.level}`, "text"));
  session.setAnnotations(findings.map((finding) => ({
    row: finding.start.line - 1, column: finding.start.column, text: `${finding.level}: ${finding.message}`, type: SEVERITY[finding.level],
  })));
}

function rangeOf({ start, end }) {
  // An empty finding would have no underline.
  const isEmpty = start.line === end.line && start.column === end.column;
  return new (range())(start.line - 1, start.column, end.line - 1, isEmpty ? end.column + 1 : end.column);
}

function range() {
  return ace.require("ace/range").Range;
}
