// The list of templates: by folder and PSA, with their findings, and filters that are kept in the address.

import { choice, count, debounce, el, fill, prose, setOptions } from "./element.js";
import { update as updateRoute, write } from "./route.js";

const LEVELS = [
  ["", "Any"],
  ["error", "With errors"],
  ["warning", "With warnings"],
  ["note", "With notes"],
  ["none", "Without findings"],
];

/** The view of the folder. */
export function createFolderView(project) {
  let query = {};
  const summary = el("p", { class: "summary", role: "status" });
  const list = el("div", { class: "groups" });
  const search = el("input", {
    type: "search", placeholder: "Name or subject", autocomplete: "off", spellcheck: "false",
    oninput: debounce(() => set({ name: search.value.trim() }), 120),
  });
  const rule = choice("Rule", [], "", (value) => set({ rule: value }));
  const level = choice("Findings", LEVELS, "", (value) => set({ level: value }));
  const clear = el("button", { type: "button", class: "quiet", onclick: () => {
    set({ name: "", rule: "", level: "" });
    search.focus();
  } }, "Show all");
  const element = el("div", { class: "folder page" },
    el("div", { class: "page-head" }, el("h1", {}, "Templates"), summary),
    el("form", { class: "filters", role: "search", "aria-label": "Templates", onsubmit: (event) => event.preventDefault() },
      el("label", { class: "field grow" }, el("span", { class: "field-name" }, "Find"), search), level.box, rule.box, clear),
    list);

  function set(changes) {
    query = { ...query, ...changes };
    updateRoute(changes);
    show();
  }

  function show() {
    if (document.activeElement !== search) search.value = query.name ?? "";
    level.select.value = query.level ?? "";
    setOptions(rule.select, ruleOptions(project, query.rule), query.rule ?? "");
    const shown = project.templates.filter((template) => isWanted(template, query));
    const paths = new Map();
    for (const { path } of project.templates) paths.set(path, (paths.get(path) ?? 0) + 1);
    clear.hidden = !query.name && !query.rule && !query.level;
    fill(summary, project.problem !== null && project.templates.length === 0 ? null : describe(shown, project.templates.length));
    if (project.templates.length === 0 && project.problem !== null) {
      fill(list, el("div", { class: "empty" },
        el("h2", {}, "Can't list the templates"),
        el("p", {}, "Fix the problem shown above, and the templates appear here.")));
    } else if (project.templates.length === 0) {
      fill(list, el("div", { class: "empty" },
        el("h2", {}, "No templates in this folder yet"),
        el("p", {}, "Save an .html file here, and it appears right away. To create a starter set, run ", el("code", {}, "psalink init"), "."),
        el("p", {}, el("a", { href: "#/paste" }, "Or paste a template from your PSA"))));
    } else if (shown.length === 0) {
      fill(list, el("div", { class: "empty" }, el("h2", {}, "No matching templates"), el("p", {}, "No template matches all of these filters.")));
    } else {
      const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      fill(list, groups(shown).map((group) => table(group, paths)));
      if (focused) [...list.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus({ preventScroll: true });
    }
  }

  return {
    element,
    title: () => project.root ?? "Templates",
    update(route) {
      query = route.query;
      show();
    },
    changed(next) {
      project = next;
      show();
    },
  };
}

function isWanted(template, { name, rule, level }) {
  const words = (name ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${template.path} ${template.subject ?? ""}`.toLowerCase();
  if (!words.every((word) => text.includes(word))) return false;
  if (rule && !template.rules[rule]) return false;
  if (level === "error") return template.errors > 0 || template.problem !== null;
  if (level === "warning") return template.warnings > 0;
  if (level === "note") return template.notes > 0;
  if (level === "none") return template.errors + template.warnings + template.notes === 0 && template.problem === null;
  return true;
}

/** The rules that occur, with their counts; a selected rule stays even if it no longer occurs. */
function ruleOptions(project, wanted) {
  const rules = new Map();
  for (const template of project.templates) {
    for (const [name, times] of Object.entries(template.rules)) rules.set(name, (rules.get(name) ?? 0) + times);
  }
  if (wanted && !rules.has(wanted)) rules.set(wanted, 0);
  return [["", "Any"], ...[...rules].sort().map(([name, times]) => [name, `${name} (${times})`])];
}

function describe(shown, all) {
  const sum = (key) => shown.reduce((total, template) => total + template[key], 0);
  const broken = shown.filter((template) => template.problem !== null).length;
  const parts = [
    shown.length === all ? count(all, "template") : `${shown.length} of ${count(all, "template")}`,
    count(sum("errors"), "error"), count(sum("warnings"), "warning"), count(sum("notes"), "note"),
  ];
  if (broken) parts.push(`${broken} cannot be read`);
  return parts.join(" · ");
}

function groups(templates) {
  const found = new Map();
  for (const template of templates) {
    const key = `${template.folder}\n${template.dialect ?? ""}`;
    if (!found.has(key)) found.set(key, { folder: template.folder, psa: template.psa ?? template.dialect, templates: [] });
    found.get(key).templates.push(template);
  }
  return [...found.values()];
}

function table({ folder, psa, templates }, paths) {
  const heading = el("h2", { class: "group-title" },
    el("span", {}, folder === "" || folder === "." ? "This folder" : folder), " ",
    el("span", { class: "psa" }, psa ?? "Unknown PSA"));
  const head = el("tr", {},
    el("th", { scope: "col" }, heading),
    ...["Errors", "Warnings", "Notes"].map((name) => el("th", { scope: "col", class: "number" }, name)));
  return el("section", { class: "group card" },
    el("table", { class: "templates" }, el("thead", {}, head), el("tbody", {}, templates.map((template) => row(template, paths.get(template.path) > 1)))));
}

function row(template, isTwice) {
  const address = write({
    view: "template", path: template.path,
    // A source is listed once for each PSA; any other template is for one PSA.
    query: { dialect: isTwice ? template.dialect : "" },
  });
  const about = template.problem !== null
    ? el("span", { class: "problem-line" }, prose(template.problem))
    : el("span", { class: "subject" }, template.subject ?? "No subject");
  const isBroken = template.problem !== null;
  return el("tr", { class: "template-row" },
    el("th", { scope: "row", colspan: isBroken ? "4" : null }, el("a", { href: address, class: "template-link" }, template.name), about),
    isBroken ? null : [cell("error", template.errors), cell("warning", template.warnings), cell("note", template.notes)]);
}

function cell(level, number) {
  return el("td", { class: "number" }, number === 0
    ? [el("span", { class: "none", "aria-hidden": "true" }, "–"), el("span", { class: "unseen" }, "0")]
    : el("span", { class: "count", "data-tone": level, title: count(number, level) }, String(number)));
}
