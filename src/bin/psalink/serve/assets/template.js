// One template: the message on one side; its source, links, text, snapshot and values on the other.

import { newest, post } from "./api.js";
import { announce, button, choice, debounce, el, fill, prose, setOptions } from "./element.js";
import { createFindings, findingCard, numberOf, safeOf, tally, worst } from "./findings.js";
import { createLinks } from "./links.js";
import { createMail, usualWidth } from "./mail.js";
import { update as updateRoute } from "./route.js";
import { openSend } from "./send.js";
import { createSnapshot } from "./snapshot.js";
import { createSource } from "./source.js";
import { createTabs } from "./tabs.js";
import { createText } from "./text.js";
import { createValues } from "./values.js";

/** The view of a template. */
export function createTemplateView(route, project) {
  const { path } = route;
  const entry = project.templates.find((template) => template.path === path);
  const name = entry?.name ?? path.split("/").pop();
  const ask = newest();
  let query = {};
  let asked = null;
  let answer = null;
  let isBusy = false;
  let loading = null;

  const psa = choice("PSA", [], "", (value) => set({ dialect: value }));
  const client = choice("Links open in", [["web", "Browser"], ["desktop", "Desktop portal"]], "web", (value) => set({ client: value }));
  const sample = choice("Sample", project.samples.map((one) => [one, one]), "standard", (value) => set({ sample: value }));
  const problem = el("div", { class: "problem", role: "alert", hidden: true });
  const mail = createMail({ onpick: showSource, onset: updateRoute });
  const source = createSource({
    online: (file, line) => mail.highlight(file, line),
    card: (finding, index) => findingCard(finding, { file: answer.files[index], index, isNamed: false, ongo: goTo, onfix: fixOne }),
  });
  const findings = createFindings({ ongo: goTo, onfix: fixOne, onfixsafe: fixSafe });
  const links = createLinks();
  const text = createText();
  const snapshot = createSnapshot({ onaccept: accept });
  const values = createValues({ onchange: debounce(() => load(), 150) });
  const tabs = createTabs("Template", [
    { id: "source", title: "Source", panel: el("div", { class: "source-panel" }, source.element, findings.element) },
    { id: "links", title: "Links", panel: el("div", {}, links.element) },
    { id: "text", title: "Text", panel: el("div", {}, text.element) },
    { id: "snapshot", title: "Snapshot", panel: el("div", {}, snapshot.element) },
    { id: "values", title: "Values", panel: el("div", {}, values.element) },
  ], (tab) => {
    updateRoute({ tab });
    opened(tab);
  });
  const sendButton = button("Send preview…", () => openSend({ ...project.send, problem: project.problem }, answer?.mail?.subject ?? null,
    { path, dialect: answer?.dialect ?? null, sample: answer?.sample ?? null, values: values.get() }));
  const element = el("div", { class: "template-view" },
    el("div", { class: "view-head" },
      el("div", { class: "view-title" }, el("h1", {}, name), el("p", { class: "path" }, path)),
      el("div", { class: "view-tools" }, psa.box, client.box, sample.box, sendButton)),
    problem,
    el("div", { class: "split" }, mail.element,
      el("section", { class: "side card", "aria-label": "About the template" }, tabs.bar, tabs.panels)));

  setOptions(psa.select, withMine(project.dialects.map(({ id, title }) => [id, title]), null), "");

  function set(changes) {
    query = { ...query, ...changes };
    updateRoute(changes);
    load();
  }

  /**
   * Requests the template with the settings of the page. Typing or saving in the meantime aborts the request, so this
   * waits until the page shows the answer to the latest one.
   */
  async function load() {
    let mine = look();
    loading = mine;
    await mine;
    while (loading !== mine) {
      mine = loading;
      await mine;
    }
  }

  async function look() {
    asked = key(query);
    let next;
    try {
      next = await ask("template", { path, dialect: query.dialect || null, client: query.client || null, sample: query.sample || null, values: values.get() });
    } catch (error) {
      showProblem({ message: error.message, file: null, line: null });
      problem.toggleAttribute("data-failed", true);
      mail.fail("The message could not be rendered.");
      return;
    }
    if (next) show(next);
  }

  function show(next) {
    const wasBroken = answer?.problem !== null && answer !== null;
    answer = next;
    setOptions(psa.select, withMine(project.dialects.map(({ id, title }) => [id, title]), next.dialect), next.dialect ?? "");
    client.select.value = next.client;
    setOptions(sample.select, withMine(project.samples.map((one) => [one, one]), next.sample), next.sample);
    showProblem(next.problem);
    if (next.mail) mail.show(next.mail);
    else mail.fail(mail.hasMail ? "This is the previous version of the message. Fix the template to update it." : "The message cannot be rendered until the template is fixed.");
    source.show(next.files);
    findings.show(next.files, next.problem !== null);
    links.show(next.mail);
    text.show(next.mail);
    snapshot.show(next.snapshot);
    values.show(next.values);
    badges(next);
    if (tabs.selected === "source") source.refresh();
    if (wasBroken && next.problem === null) announce("The template works again.", "good");
  }

  function badges({ files, mail: made, snapshot: shot }) {
    tabs.badge("source", String(numberOf(files) || ""), worst(files) ?? "plain");
    const wrong = made?.links.filter((link) => link.problem !== null).length ?? 0;
    tabs.badge("links", wrong ? String(wrong) : "", "error");
    tabs.badge("snapshot", { changed: "changed", new: "new", broken: "broken" }[shot?.state] ?? "", shot?.state === "broken" ? "error" : "warning");
  }

  function showProblem(trouble) {
    problem.hidden = trouble === null;
    problem.toggleAttribute("data-failed", false);
    if (trouble === null) return fill(problem);
    const index = answer?.files.findIndex((file) => file.name === trouble.file) ?? -1;
    fill(problem, el("p", {}, el("strong", {}, "This template cannot be shown. "), prose(trouble.message), adviceFor(trouble.asks)),
      trouble.line !== null && index >= 0
        ? button(`Show line ${trouble.line} of ${trouble.file}`, () => { showSource(index, trouble.line, trouble.column ?? 0); }, { class: "link" })
        : null);
  }

  function showSource(file, line, column = 0, end = null) {
    tabs.select("source");
    updateRoute({ tab: "source" });
    source.goTo(file, line, column, end);
  }

  function goTo(finding, file) {
    showSource(file, finding.start.line, finding.start.column, finding.end);
    mail.highlight(file, finding.start.line);
  }

  function opened(tab) {
    if (tab === "source") source.refresh();
  }

  async function fixOne(finding, index) {
    await fixFindings([index], () => ({ rule: finding.rule, line: finding.start.line, column: finding.start.column }));
  }

  async function fixSafe() {
    const wanted = answer.files
      .map((file, index) => ({ file, index }))
      .filter(({ file }) => file.can_fix && safeOf([file]) > 0)
      .map(({ index }) => index);
    await fixFindings(wanted, () => "safe");
  }

  async function fixFindings(indexes, what) {
    if (isBusy) return;
    isBusy = true;
    const seen = answer;
    const notes = [];
    const before = tally(seen.files);
    try {
      for (const index of indexes) {
        const file = seen.files[index];
        const saved = await post("fix", { path, dialect: query.dialect || null, file: file.name, what: what(), version: file.hash });
        notes.push(...(saved.notes ?? []));
      }
      await load();
      // This announcement and the content of the page come from the same answer.
      const after = tally(answer.files);
      const numbers = answer === seen ? "Saved." : `Saved. Before: ${before || "no findings"}. Now: ${after || "no findings"}.`;
      announce([numbers, ...notes].join(" "), "good");
    } catch (error) {
      announce(error.message, "error");
      if (error.status === 409) await load();
    }
    isBusy = false;
  }

  async function accept() {
    try {
      const saved = await post("accept", { path, dialect: answer.dialect, sample: answer.sample });
      await load();
      announce(["Accepted. The message is now compared with this version.", ...(saved.notes ?? [])].join(" "), "good");
      tabs.bar.querySelector("[aria-selected=true]").focus();
    } catch (error) {
      announce(error.message, "error");
    }
  }

  return {
    element,
    title: () => name,
    update(next) {
      query = next.query;
      mail.set({ width: query.width || usualWidth(), look: query.look || "light" });
      tabs.select(query.tab ?? "source");
      opened(tabs.selected);
      if (asked !== key(query)) load();
    },
    saved: load,
    changed(next) {
      project = next;
    },
  };
}

function key({ dialect, client, sample }) {
  return JSON.stringify([dialect, client, sample]);
}

/** What the user can do about what is missing. */
function adviceFor(asks) {
  if (asks === "portal") return prose(". Add `portal: acme` to psalink.yaml, with the name of your portal.");
  if (asks === "psa") return ". Choose the PSA above.";
  return null;
}

/** The options, including the server's answer even if it is not one of them. */
function withMine(options, value) {
  if (value === null) return [["", "Unknown"], ...options];
  return options.some(([id]) => id === value) ? options : [...options, [value, value]];
}
