// Tabs that the arrow keys switch between.

import { el, fill, newId } from "./element.js";

/**
 * A row of tabs with one panel each. `tabs` is a list of `{id, title, panel}`; `onselect(id)` is called when the user
 * changes the tab. Returns `{bar, panels, select(id), badge(id, text, tone), selected}`.
 */
export function createTabs(label, tabs, onselect) {
  const bar = el("div", { role: "tablist", "aria-label": label, class: "tabs" });
  const panels = el("div", { class: "panels" });
  const entries = new Map();
  let selected = null;

  for (const { id, title, panel } of tabs) {
    const tabId = newId("tab");
    const panelId = newId("panel");
    const badge = el("span", { class: "tab-badge", hidden: true });
    const tab = el("button", {
      type: "button", role: "tab", id: tabId, class: "tab", "data-tab": id,
      "aria-controls": panelId, "aria-selected": "false", tabindex: "-1",
      onclick: () => choose(id),
    }, el("span", {}, title), badge);
    panel.id = panelId;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tabId);
    panel.hidden = true;
    bar.append(tab);
    panels.append(panel);
    entries.set(id, { tab, panel, badge });
  }

  bar.addEventListener("keydown", (event) => {
    const ids = [...entries.keys()];
    const at = ids.indexOf(selected);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: ids.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const id = ids[(to + ids.length) % ids.length];
    choose(id);
    entries.get(id).tab.focus();
  });

  function choose(id) {
    if (id === selected) return;
    select(id);
    onselect(id);
  }

  function select(id) {
    const wanted = entries.has(id) ? id : tabs[0].id;
    selected = wanted;
    for (const [name, { tab, panel }] of entries) {
      const isOn = name === wanted;
      tab.setAttribute("aria-selected", String(isOn));
      tab.tabIndex = isOn ? 0 : -1;
      panel.hidden = !isOn;
    }
  }

  return {
    bar,
    panels,
    select,
    get selected() { return selected; },
    badge(id, text, tone = "plain") {
      const { badge } = entries.get(id);
      badge.hidden = !text;
      badge.dataset.tone = tone;
      fill(badge, text ?? "");
    },
  };
}
