// What has changed since the message was last accepted: in words, as a diff, and side by side.

import { compare } from "./compare.js";
import { button, count, el, fill, newId, prose } from "./element.js";

const STATES = {
  same: { title: "Unchanged", tone: "good", text: "The message matches the accepted one." },
  changed: { title: "Changed", tone: "warning", text: "The message differs from the accepted one." },
  new: { title: "New", tone: "note", text: "This message has not been accepted yet." },
  broken: { title: "Broken", tone: "error", text: "The message cannot be compared." },
};
/** The number of unchanged lines around a change. */
const AROUND = 3;

/** The panel of the snapshot. The button calls `onaccept()`. Returns `{element, show(snapshot)}`. */
export function createSnapshot({ onaccept }) {
  const element = el("div", { class: "panel snapshot" });
  let form = "diff";
  let shown = null;

  function show(snapshot) {
    const key = JSON.stringify(snapshot);
    if (key === shown) return;
    shown = key;
    draw(snapshot);
  }

  function draw(snapshot) {
    if (!snapshot) {
      fill(element, el("p", { class: "empty-line" }, "There is no snapshot to compare with."));
      return;
    }
    const state = STATES[snapshot.state] ?? STATES.broken;
    const canAccept = snapshot.state === "changed" || snapshot.state === "new";
    fill(element,
      el("div", { class: "panel-head" },
        el("p", { class: "panel-lead" }, el("span", { class: "state", "data-tone": state.tone }, state.title), " ", prose(snapshot.problem ?? state.text)),
        canAccept ? button(snapshot.state === "new" ? "Accept this message" : "Accept the change", onaccept, { class: "primary" }) : null),
      snapshot.summary.length > 0 ? el("ul", { class: "changes" }, snapshot.summary.map((line) => el("li", {}, prose(line)))) : null,
      canAccept ? forms(snapshot) : null);
  }

  function forms(snapshot) {
    if (snapshot.state === "new") {
      return el("pre", { class: "text-body", tabindex: "0", role: "region", "aria-label": "The new message" }, snapshot.new);
    }
    const name = newId("form");
    const place = el("div", { class: "comparison" });
    const choose = (value) => {
      form = value;
      fill(place, value === "sides" ? sides(snapshot) : unified(snapshot.diff));
    };
    const option = (value, title) => el("label", {},
      el("input", { type: "radio", name, value, checked: form === value, onchange: () => choose(value) }), el("span", {}, title));
    choose(form);
    return [
      el("fieldset", { class: "segments" }, el("legend", { class: "unseen" }, "How to compare"), option("diff", "Diff"), option("sides", "Side by side")),
      place,
    ];
  }

  return { element, show };
}

function unified(diff) {
  const pre = el("pre", { class: "diff", tabindex: "0", role: "region", "aria-label": "Diff" });
  for (const line of diff.replace(/\n$/, "").split("\n")) {
    const kind = line.startsWith("@@") ? "place" : line.startsWith("+++") || line.startsWith("---") ? "file"
      : line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "same";
    pre.append(el("span", { class: `diff-line diff-${kind}` }, `${line}\n`));
  }
  return pre;
}

function sides(snapshot) {
  const rows = compare(snapshot.old, snapshot.new);
  const isNear = rows.map((_, at) => rows.slice(Math.max(0, at - AROUND), at + AROUND + 1).some((row) => row.kind !== "same"));
  const body = el("tbody");
  for (let at = 0; at < rows.length; at += 1) {
    if (isNear[at]) {
      body.append(sideRow(rows[at]));
    } else {
      const start = at;
      while (at + 1 < rows.length && !isNear[at + 1]) at += 1;
      body.append(el("tr", { class: "side-gap" }, el("td", { colspan: "4" }, `${count(at - start + 1, "line")} the same`)));
    }
  }
  return el("div", { class: "sides-scroll", tabindex: "0", role: "region", "aria-label": "Side by side" },
    el("table", { class: "sides" },
      el("colgroup", {}, ["number", "text", "number", "text"].map((kind) => el("col", { class: `side-${kind}` }))),
      el("thead", {}, el("tr", {},
        el("th", { scope: "col", colspan: "2" }, "Accepted"), el("th", { scope: "col", colspan: "2" }, "Now"))),
      body));
}

function sideRow(row) {
  const cells = (side, kind) => [
    el("td", { class: "side-number" }, side ? String(side.number) : ""),
    el("td", { class: `side-text ${side ? kind : "side-void"}` }, side ? side.text : ""),
  ];
  return el("tr", {},
    cells(row.old, row.kind === "same" ? "" : "diff-removed"), cells(row.new, row.kind === "same" ? "" : "diff-added"));
}
