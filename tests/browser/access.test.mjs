// The workbench for everyone: by keyboard alone, and without accessibility problems that a program can find.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DESKTOP, FOLDER, PHONE, axe, browser, click, mailSays, open, until, workbench } from "./workbench.mjs";

let chrome;
let bench;

before(async () => {
  chrome = await browser();
  bench = await workbench(FOLDER);
});
after(async () => {
  bench.close();
  await chrome.close();
});

/** The problems that axe finds, with those inside the third-party editor listed separately. */
async function barriers(page) {
  // Elements are half transparent while they appear.
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))));
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await axe.run(document, { iframes: false, resultTypes: ["violations"] });
    const found = { ours: [], editor: [] };
    for (const { id, help, nodes } of violations) {
      for (const { target, failureSummary } of nodes) {
        const isEditor = document.querySelector(target[0])?.closest(".ace_editor");
        found[isEditor ? "editor" : "ours"].push(`${id}: ${help}: ${target} ${isEditor ? "" : failureSummary.replace(/\s+/g, " ")}`);
      }
    }
    return found;
  });
}

const VIEWS = {
  "templates": ["#/"],
  "templates, none fits": ["#/?name=nothing-like-this"],
  ...Object.fromEntries(["source", "links", "text", "snapshot", "values"].map((tab) =>
    [`template, ${tab}`, [`#/template/mails/closed/done.html?tab=${tab}`, (page) => mailSays(page, "148372")]])),
  "template, dark as inverted": ["#/template/mails/new/note.html?look=inverted", (page) => mailSays(page, "148372")],
  "template, broken": ["#/template/mails/broken.html.j2", (page) => page.waitForSelector(".problem:not([hidden])")],
  "template, gone": ["#/template/mails/none.html", (page) => page.waitForSelector(".problem:not([hidden])"), /409/],
  "snapshot, diff": ["#/template/mails/changed.html?tab=snapshot", (page) => page.waitForSelector(".snapshot .diff")],
  "snapshot, side by side": ["#/template/mails/changed.html?tab=snapshot", async (page) => {
    await click(page, "Side by side", "label");
    await page.waitForSelector("table.sides");
  }],
  "a rule": ["#/template/mails/closed/done.html", async (page) => {
    await (await page.waitForSelector(".finding-rule")).click();
    await page.waitForSelector("dialog[open] h2");
  }],
  "send": ["#/template/mails/closed/done.html", async (page) => {
    await mailSays(page, "148372");
    await click(page, "Send preview");
    await page.waitForSelector("dialog[open] h2");
  }],
  "paste": ["#/paste"],
  ...Object.fromEntries(["findings", "mail", "source", "links", "text", "values"].map((tab) =>
    [`paste, ${tab}`, [`#/paste?tab=${tab}`, async (page) => {
      await page.type("#box-html", "<p>[SRNumber] <a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket\">here</a></p>");
      await page.waitForSelector("#fix-safe:not(:disabled)");
      await click(page, "Fix all safe");
      await page.waitForSelector(".steps li");
    }]])),
};

test("no view has a barrier, on a desktop and a phone, light and dark", async () => {
  const ours = [];
  const editor = new Set();
  const wrong = [];
  bench.write("mails/changed.html", "<p>Before [srnumber]</p>\n");
  const first = await open(chrome, `${bench.url}/#/template/mails/changed.html?tab=snapshot`);
  await click(first, "Accept this message");
  await until(first, () => document.querySelector(".snapshot .state").textContent === "Unchanged");
  await first.close();
  bench.write("mails/changed.html", "<p>After [srnumber]</p>\n");
  const views = Object.entries(VIEWS);
  const look = async () => {
    for (let view = views.shift(); view; view = views.shift()) {
      const [name, [address, ready, allowed]] = view;
      const page = await open(chrome, `${bench.url}/${address}`);
      await ready?.(page);
      for (const [sizeName, size] of [["desktop", DESKTOP], ["phone", PHONE]]) {
        await page.setViewport(size);
        for (const scheme of ["light", "dark"]) {
          await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
          const found = await barriers(page);
          const where = `${name}, ${sizeName}, ${scheme}`;
          ours.push(...found.ours.map((line) => `${where}: ${line}`));
          found.editor.forEach((line) => editor.add(line));
          const overflow = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
          if (overflow > 0) ours.push(`${where}: ${overflow} pixels wider than the window`);
        }
      }
      wrong.push(...page.wrong.filter((line) => !allowed?.test(line)).map((line) => `${name}: ${line}`));
      await page.close();
    }
  };
  await Promise.all([look(), look()]);
  for (const line of editor) console.log(`in the editor that others make: ${line}`);
  assert.deepEqual(ours, []);
  assert.deepEqual(wrong, [], "nothing is wrong in the console");
});

/** The focused element, whether it is visible, and whether its focus is visible. */
function focused(page) {
  return page.evaluate(() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const box = one.getBoundingClientRect();
    const label = one.closest("label");
    // A radio button and the editor's text field show their focus on the element around them.
    const shown = [one, label, label?.querySelector("span"), one.nextElementSibling, one.closest(".ace_editor"), one.closest(".field"), one.closest(".template-row")].filter(Boolean)
      .map((it) => getComputedStyle(it));
    return {
      key: `${one.tagName} ${one.id} ${one.getAttribute("aria-label") ?? one.textContent.trim().slice(0, 40)} ${one.name ?? ""} ${[...document.querySelectorAll("*")].indexOf(one)}`,
      name: `${one.tagName.toLowerCase()} ${one.className} ${one.getAttribute("aria-label") ?? one.textContent.trim().slice(0, 40)}`,
      isMarked: shown.some((style) => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none"),
      isSeen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    };
  });
}

test("the keyboard reaches everything in every view, shows where it is, and is nowhere caught", async () => {
  for (const address of ["#/", "#/template/mails/new/note.html?tab=source", "#/template/mails/new/note.html?tab=values", "#/template/mails/new/note.html?tab=snapshot", "#/template/mails/new/note.html?tab=links", "#/paste"]) {
    const page = await open(chrome, `${bench.url}/${address}`);
    if (address.includes("template")) await mailSays(page, "Line 80");
    const wanted = await page.evaluate(() => {
      const isOne = (one) => one.getClientRects().length > 0 && !one.disabled && one.tabIndex >= 0 && !one.closest(".ace_editor")
        && getComputedStyle(one).visibility !== "hidden" && (one.type !== "radio" || one.checked);
      return [...document.querySelectorAll("a[href], button, input, select, textarea, iframe, [tabindex='0']")].filter(isOne).length;
    });
    const seen = new Map();
    const trouble = [];
    let last = null;
    let isRound = false;
    for (let step = 0; step < wanted + 60 && !isRound; step += 1) {
      await page.keyboard.press("Tab");
      const now = await focused(page);
      if (now === null || (seen.size > 3 && now.key === [...seen.keys()][0])) {
        isRound = true;
      } else {
        if (now.key === last && !now.name.startsWith("iframe")) trouble.push(`stays at ${now.name}`);
        if (!now.isMarked && !now.name.startsWith("iframe")) trouble.push(`not marked: ${now.name}`);
        if (!now.isSeen) trouble.push(`out of sight: ${now.name}`);
        seen.set(now.key, now.name);
        last = now.key;
      }
    }
    assert.deepEqual(trouble, [], address);
    assert.ok(isRound, `${address}: the keyboard comes round; last at ${last}`);
    const reached = [...seen.values()].filter((name) => !name.includes("ace_")).length;
    assert.ok(reached >= wanted, `${address}: ${reached} of ${wanted} reached: ${[...seen.values()].join(" | ")}`);
    await page.close();
  }
});

/** Presses Tab until an element with this name has the focus. */
async function tabTo(page, name) {
  for (let step = 0; step < 120; step += 1) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => (document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent ?? "").trim())).startsWith(name)) return;
  }
  assert.fail(`Tab does not lead to ${name}`);
}

test("a template is found, fixed, looked at and accepted by keyboard alone", async () => {
  const place = await workbench(FOLDER);
  try {
    const page = await open(chrome, place.url);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter"); // past the header
    await tabTo(page, "note.html");
    await page.keyboard.press("Enter");
    await mailSays(page, "Line 80");
    await tabTo(page, "Fix all safe");
    await page.keyboard.press("Enter");
    await until(page, () => document.querySelector("#toast").textContent.startsWith("Saved."));
    assert.match(place.read("mails/new/note.html"), /\[contactfirstname\]/);
    assert.notEqual(await page.evaluate(() => document.activeElement.tagName), "BODY", "the keyboard keeps its place");
    await page.keyboard.down("Shift");
    await tabTo(page, "Source");
    await page.keyboard.up("Shift");
    for (const tab of ["links", "text", "snapshot"]) {
      await page.keyboard.press("ArrowRight");
      await until(page, (tab) => document.activeElement.dataset.tab === tab && document.activeElement.getAttribute("aria-selected") === "true", tab);
    }
    await tabTo(page, "Accept this message");
    await page.keyboard.press("Space");
    await until(page, () => document.querySelector(".snapshot .state").textContent === "Unchanged");
    await until(page, () => document.activeElement.dataset.tab === "snapshot");
    await page.keyboard.press("ArrowRight");
    await tabTo(page, "[").catch(() => {});
    await page.keyboard.press("Escape");
    await page.close();

    const paste = await open(chrome, `${place.url}/#/paste`);
    await paste.keyboard.press("Tab");
    await paste.keyboard.press("Enter");
    for (let step = 0; step < 30 && await paste.evaluate(() => document.activeElement.id) !== "box-html"; step += 1) await paste.keyboard.press("Tab");
    await paste.keyboard.type("<p>[SRNumber]</p>");
    await paste.waitForSelector("#fix-safe:not(:disabled)");
    await tabTo(paste, "Fix all safe");
    await paste.keyboard.press("Enter");
    await until(paste, () => document.querySelector("#box-html").value === "<p>[srnumber]</p>" && document.activeElement.id === "copy-html");
    await paste.keyboard.press("Enter");
    await until(paste, () => document.querySelector(".notices").textContent.includes("Copied."));
    await paste.close();
  } finally {
    place.close();
  }
});
