// Starts the workbench: reads the project, opens the view in the address, and listens for saved files.

import { project as readProject } from "./api.js";
import { announce, button, el, fill, prose } from "./element.js";
import { createFolderView } from "./folder.js";
import { listen } from "./live.js";
import { createPasteView } from "./paste.js";
import { read, write } from "./route.js";
import { createTemplateView } from "./template.js";

const main = document.getElementById("main");
const line = document.getElementById("line");

/** The open view: `{key, element, title(), update(route)}`, and optionally `close()`, `saved()` for when a file was
 * saved, and `changed(project)` for when the project was read again. */
let view = null;
let project = null;
/** Whether files were saved since the project was last read, and whether it is being read. */
let isStale = false;
let isReading = false;

start();

async function start() {
  document.getElementById("skip").addEventListener("click", (event) => {
    // The part of the address after `#` belongs to the views.
    event.preventDefault();
    main.focus();
  });
  try {
    project = await readProject();
  } catch (error) {
    fill(main, error.status === 403 ? locked() : el("div", { class: "empty" },
      el("h1", {}, "psalink is not responding"),
      el("p", {}, error.message),
      button("Try again", () => location.reload(), { class: "primary" })));
    return;
  }
  showProject();
  open();
  addEventListener("hashchange", open);
  listen(changed, showLine);
}

/** Opens the view in the address, or tells the open view that its settings have changed. */
function open() {
  const route = read();
  if (project.root === null && (route.isStart || route.view !== "paste")) {
    history.replaceState(null, "", write({ view: "paste", query: route.view === "paste" ? route.query : {} }));
    return open();
  }
  const key = route.view === "template" ? `template ${route.path}` : route.view;
  if (view?.key === key) {
    view.update(route);
  } else {
    const isFirst = view === null;
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    view?.close?.();
    view = createView(route);
    view.key = key;
    fill(main, view.element);
    view.update(route);
    if (!isFirst) main.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  document.title = `${view.title()} · psalink`;
  for (const [id, name] of [["to-folder", "folder"], ["to-paste", "paste"]]) {
    const isCurrent = route.view === name || (name === "folder" && route.view === "template");
    document.getElementById(id).toggleAttribute("data-current", isCurrent);
    if (route.view === name) document.getElementById(id).setAttribute("aria-current", "page");
    else document.getElementById(id).removeAttribute("aria-current");
  }
}

function createView(route) {
  if (route.view === "template") return createTemplateView(route, project);
  if (route.view === "paste") return createPasteView(project);
  return createFolderView(project);
}

/** Handles saved files. The open view updates at once; the counts of all templates may come later. */
async function changed() {
  view?.saved?.();
  isStale = true;
  if (isReading) return;
  isReading = true;
  while (isStale) {
    isStale = false;
    try {
      project = await readProject();
    } catch (error) {
      if (error.status !== 0) announce(error.message, "error");
      break;
    }
    showProject();
    view?.changed?.(project);
  }
  isReading = false;
}

function showProject() {
  const root = document.getElementById("root");
  root.textContent = project.root ?? "";
  root.title = project.root ? `Open folder: ${project.root}` : "";
  document.getElementById("to-folder").hidden = project.root === null;
  showTrouble(project.problem);
}

/** Invalid settings affect every view, so the problem is shown above each of them. */
function showTrouble(problem) {
  const place = document.getElementById("trouble");
  const key = JSON.stringify(problem);
  if (place.dataset.key === key) return;
  const wasShown = !place.hidden;
  place.dataset.key = key;
  place.hidden = problem === null;
  if (problem === null) {
    fill(place);
    if (wasShown) announce("The settings work again.", "good");
    return;
  }
  const where = [problem.file, problem.line === null ? null : `line ${problem.line}, column ${problem.column}`].filter(Boolean).join(", ");
  fill(place,
    el("p", {}, el("strong", {}, where ? `${where}: ` : ""), prose(problem.message)),
    el("p", { class: "hint" }, "Correct it and save the file. This page then updates by itself."));
}

/** For when the cookie let the page in, but its key is from an earlier run or was deleted. */
function locked() {
  return el("div", { class: "empty" },
    el("h1", {}, "Open the workbench from psalink"),
    el("p", {}, "This page is from an earlier run of psalink, or the browser has deleted its data. Go to the window where psalink is running and press ", el("kbd", {}, "Enter"), " to open the workbench again."),
    button("Try again", () => location.reload(), { class: "primary" }));
}

function showLine(isConnected, status) {
  line.hidden = isConnected;
  const lost = status === 403
    ? "psalink was restarted. Press Enter in the window where it is running to open the workbench again."
    : "Not connected. Is psalink still running?";
  line.textContent = isConnected ? "" : lost;
}
