// What people do in the workbench, in a real browser.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { FOLDER, browser, click, long, mailSays, open, until, workbench } from "./workbench.mjs";

let chrome;
let bench;
let page;

before(async () => { chrome = await browser(); });
after(() => chrome.close());
beforeEach(async () => { bench = await workbench(FOLDER); });
afterEach(async () => {
  const wrong = page?.wrong ?? [];
  await page?.close();
  page = null;
  bench.close();
  assert.deepEqual(wrong, [], "nothing is wrong in the console");
});

test("a folder is opened, a finding is seen, and its fix changes the file", async () => {
  page = await open(chrome, bench.url);
  const rows = await page.$$eval(".template-row", (all) => all.map((row) => row.innerText.replace(/\s+/g, " ").trim()));
  assert.equal(rows.length, 4);
  assert.match(rows.find((row) => row.startsWith("note.html")), /Ticket #\[SRNumber\]: a note/);
  assert.match(rows.find((row) => row.startsWith("broken.html.j2")), /line 2/);
  await click(page, "note.html");
  await mailSays(page, "Line 80 of the mail");
  const card = await until(page, () => [...document.querySelectorAll(".finding")].find((one) => one.textContent.includes("misspelt-case") && one.textContent.includes("contactfirstname"))?.innerText);
  assert.match(card, /line 5/);
  // The place is underlined in the editor, and marked in the margin.
  await until(page, () => document.querySelector(".ace_editor .finding-mark") && document.querySelector(".ace_gutter-cell.ace_warning, .ace_gutter-cell.ace_error, .ace_gutter-cell.ace_info"));
  const before = bench.read("mails/new/note.html");
  const fix = await page.evaluateHandle(() => [...document.querySelectorAll(".finding")].find((one) => one.textContent.includes("contactfirstname")).querySelector("button.fix"));
  await fix.click();
  await until(page, () => !document.querySelector(".findings").textContent.includes("contactfirstname"));
  assert.equal(bench.read("mails/new/note.html"), before.replace("[ContactFirstName]", "[contactfirstname]"));
  assert.match(await page.$eval("#toast", (toast) => toast.textContent), /^Saved\./);
});

test("all safe fixes go into the body and the subject", async () => {
  page = await open(chrome, `${bench.url}/#/template/mails/new/note.html`);
  await click(page, "Fix all safe (2)");
  await until(page, () => !document.querySelector(".findings").textContent.includes("misspelt-case"));
  assert.equal(bench.read("mails/new/note.html"), long("Hello [contactfirstname],"));
  assert.equal(bench.read("mails/new/note.subject.txt"), "Ticket #[srnumber]: a note\n");
});

test("the numbers after a fix are those that the page shows", async () => {
  const body = "<p>[SRNumber] [ContactFirstName]</p>\n<p>[[srnumber]]</p>\n<p>[nonsense] <a href=\"http://\">x</a></p>\n";
  bench.write("mails/count.html", body);
  page = await open(chrome, `${bench.url}/#/template/mails/count.html`);
  const findings = () => page.$eval(".findings h2", (one) => one.textContent);
  // The event about the written file arrives while the page requests its state, and aborts that request.
  await page.evaluate(() => {
    const real = window.fetch;
    window.fetch = async (url, options) => {
      const answer = await real(url, options);
      if (url === "/api/template") await new Promise((resolve) => setTimeout(resolve, 150));
      return answer;
    };
  });
  for (let round = 0; round < 5; round += 1) {
    bench.write("mails/count.html", body);
    await until(page, () => document.querySelector(".findings").textContent.includes("Fix all safe (2)"));
    const before = await findings();
    // An event may rebuild the list between finding the button and pressing it.
    await page.evaluate(() => [...document.querySelectorAll(".findings button")].find((one) => one.textContent.startsWith("Fix all safe")).click());
    await until(page, () => !document.querySelector(".findings").textContent.includes("Fix all safe"));
    const toast = await until(page, () => document.querySelector("#toast:not([hidden])")?.textContent.match(/^Saved\. .*/)?.[0]);
    assert.equal(toast, `Saved. Before: ${before}. Now: ${await findings()}.`);
    assert.notEqual(before, await findings());
    await page.evaluate(() => { document.querySelector("#toast").textContent = ""; });
  }
});

test("a fix of a file that was changed meanwhile writes nothing", async () => {
  page = await open(chrome, `${bench.url}/#/template/mails/new/note.html`);
  await mailSays(page, "Line 80");
  // A write between the check and the fix wins; the event about it is held back here.
  await page.evaluate(() => { window.realFetch = fetch; window.fetch = (url, options) => new Promise((resolve) => { window.letGo = () => resolve(window.realFetch(url, options)); }); });
  await click(page, "Fix all safe");
  await until(page, () => window.letGo);
  bench.write("mails/new/note.html", "<p>[ContactFirstName] of somebody else</p>\n");
  await page.evaluate(() => { window.fetch = window.realFetch; window.letGo(); });
  await mailSays(page, "of somebody else");
  assert.equal(bench.read("mails/new/note.html"), "<p>[ContactFirstName] of somebody else</p>\n");
  assert.ok(page.wrong.every((line) => /409/.test(line)), page.wrong.join("\n"));
  page.wrong = [];
});

test("a value that is typed changes the mail", async () => {
  page = await open(chrome, `${bench.url}/#/template/mails/new/note.html?tab=values`);
  await mailSays(page, "ticket 148372");
  const input = await page.evaluateHandle(() => [...document.querySelectorAll("table.values tr")].find((row) => row.textContent.includes("[srnumber]")).querySelector("input"));
  await input.click({ clickCount: 3 });
  await page.keyboard.type("<b>77</b>");
  await mailSays(page, "about ticket <b>77</b>.");
  await until(page, () => document.querySelector("input.is-set") === document.activeElement);
  await click(page, "Reset all");
  await mailSays(page, "about ticket 148372.");
  assert.equal(bench.read("mails/new/note.html"), FOLDER["mails/new/note.html"]);
});

test("the sample, the client and the PSA are switched, and stand in the address", async () => {
  page = await open(chrome, `${bench.url}/#/template/mails/new/note.html`);
  await mailSays(page, "Line 80");
  const choose = async (label, value) => {
    const select = await page.evaluateHandle((label) => [...document.querySelectorAll("label.field")].find((one) => one.textContent.startsWith(label)).querySelector("select"), label);
    await select.select(value);
  };
  await choose("Sample", "unicode");
  await until(page, () => !document.querySelector("iframe.mail-frame:not(.is-loading)").contentDocument.body.textContent.includes("148372"));
  await choose("Links open in", "desktop");
  await until(page, () => /client=desktop/.test(location.hash) && /sample=unicode/.test(location.hash));
  await page.reload();
  await until(page, () => [...document.querySelectorAll("select")].map((one) => one.value).join().includes("desktop,unicode"));
});

test("a click in the mail goes to its line, and a line to its place in the mail", async () => {
  page = await open(chrome, `${bench.url}/#/template/mails/new/note.html?tab=links`);
  await mailSays(page, "Line 80");
  const frame = await (await page.$("iframe.mail-frame")).contentFrame();
  await (await frame.evaluateHandle(() => [...document.querySelectorAll("p")].find((one) => one.textContent.startsWith("Line 3 ")))).click();
  await until(page, () => document.querySelector("[data-tab=source]").getAttribute("aria-selected") === "true"
    && ace.edit(document.querySelector(".ace_editor")).getCursorPosition().row === 8);
  await page.evaluate(() => ace.edit(document.querySelector(".ace_editor")).gotoLine(10));
  await until(page, () => document.querySelector("iframe.mail-frame").contentDocument.querySelector("[data-psalink-mark]")?.textContent.startsWith("Line 4 "));
  // A link in the message leads nowhere.
  const address = page.url();
  await (await frame.$("a")).click();
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(page.url().split("#")[0], address.split("#")[0]);
  assert.ok(page.asked.every((url) => url.startsWith(bench.url)), page.asked.join("\n"));
});

test("a mail is accepted, changed, compared and accepted again", async () => {
  page = await open(chrome, `${bench.url}/#/template/mails/new/note.html?tab=snapshot`);
  const file = "mails/new/snapshots/note.connectwise.standard.snap";
  await click(page, "Accept this message");
  await until(page, () => document.querySelector(".snapshot .state")?.textContent === "Unchanged");
  assert.match(bench.read(file), /Line 80 of the mail/);
  bench.write("mails/new/note.html", long("Good morning,"));
  await until(page, () => [...document.querySelectorAll(".snapshot .diff-added")].some((one) => one.textContent.includes("Good morning")));
  await click(page, "Side by side", "label");
  await until(page, () => [...document.querySelectorAll("table.sides .diff-added")].some((one) => one.textContent.includes("Good morning")));
  assert.doesNotMatch(bench.read(file), /Good morning/);
  await click(page, "Accept the change");
  await until(page, () => document.querySelector(".snapshot .state")?.textContent === "Unchanged");
  assert.match(bench.read(file), /Good morning/);
});

test("a saved file is shown at once; tab and scroll stay, and one that breaks recovers", async () => {
  page = await open(chrome, `${bench.url}/#/template/mails/new/note.html?tab=text`);
  await mailSays(page, "Line 80");
  await page.evaluate(() => {
    document.querySelector("iframe.mail-frame").contentWindow.scrollTo(0, 900);
    document.querySelector(".text-body").closest(".panels").querySelector("[role=tabpanel]:not([hidden])").scrollTop = 200;
    document.scrollingElement.scrollTop = 10;
  });
  const places = () => page.evaluate(() => [
    document.querySelector("iframe.mail-frame:not(.is-loading)").contentWindow.scrollY,
    document.querySelector("[role=tabpanel]:not([hidden])").scrollTop,
    document.scrollingElement.scrollTop,
    document.querySelector("[role=tab][aria-selected=true]").dataset.tab,
  ]);
  const were = await places();
  assert.equal(were[0], 900);
  for (const word of ["Good morning", "Good evening"]) {
    bench.write("mails/new/note.html", long(`${word},`));
    await mailSays(page, word);
    assert.deepEqual(await places(), were);
  }
  await until(page, () => document.querySelector(".text-body").textContent.includes("Good evening"));

  await page.goto(`${bench.url}/#/template/mails/broken.html.j2?tab=links`);
  const trouble = await until(page, () => document.querySelector(".problem:not([hidden])")?.textContent);
  assert.match(trouble, /This template cannot be shown.*Show line 2 of mails\/broken\.html\.j2/s);
  bench.write("mails/broken.html.j2", "<p>It works: [srnumber]</p>\n");
  await mailSays(page, "It works: 148372");
  assert.equal(await page.$eval("[role=tab][aria-selected=true]", (tab) => tab.dataset.tab), "links");
  bench.write("mails/broken.html.j2", "<p>{{ </p>\n");
  await until(page, () => !document.querySelector(".problem").hidden && document.querySelector(".mail.is-stale"));
  bench.write("mails/broken.html.j2", "<p>It works again</p>\n");
  await mailSays(page, "It works again");
  await until(page, () => document.querySelector(".problem").hidden);
});

test("the list of templates follows the folder and keeps its filters", async () => {
  page = await open(chrome, `${bench.url}/#/?name=note`);
  await until(page, () => document.querySelectorAll(".template-row").length === 1);
  bench.write("mails/other/note-two.html", "<p>[SRNumber]</p>\n");
  await until(page, () => document.querySelectorAll(".template-row").length === 2);
  await page.evaluate(() => { location.hash = "#/?rule=misspelt-case&level=none"; });
  await until(page, () => document.querySelector(".groups").textContent.includes("No matching templates"));
  await click(page, "Show all");
  await until(page, () => document.querySelectorAll(".template-row").length === 5);
});

/** Puts something into the clipboard, in both formats if there are two. */
async function clipboard(page, text, html = null) {
  await page.bringToFront();
  await page.evaluate(async (text, html) => {
    const flavours = { "text/plain": new Blob([text], { type: "text/plain" }) };
    if (html !== null) flavours["text/html"] = new Blob([html], { type: "text/html" });
    await navigator.clipboard.write([new ClipboardItem(flavours)]);
  }, text, html);
}

async function paste(page) {
  await page.keyboard.down("Control");
  await page.keyboard.press("KeyV", { commands: ["Paste"] });
  await page.keyboard.up("Control");
}

test("a template is pasted, fixed and copied in four actions, and nothing is stored", async () => {
  page = await open(chrome, bench.url);
  const files = Object.keys(FOLDER).map((name) => bench.read(name));
  await clipboard(page, long());
  await click(page, "Paste"); // 1
  await page.waitForSelector("#box-html");
  await paste(page); // 2
  await click(page, "Fix all safe (1)"); // 3
  await until(page, () => document.querySelector("#box-html").value.includes("[contactfirstname]"));
  await click(page, "Make ready and copy HTML"); // 4
  await until(page, () => document.querySelector(".notices").textContent.includes("Copied."));
  assert.match(await page.$eval(".notices", (one) => one.textContent), /source \(HTML\) view/);
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), long("Hello [contactfirstname],"));
  assert.match(await page.$eval(".steps", (one) => one.textContent), /1 finding fixed: misspelt-case/);
  await click(page, "Undo");
  await until(page, () => document.querySelector("#box-html").value.includes("[ContactFirstName]"));
  assert.deepEqual(Object.keys(FOLDER).map((name) => bench.read(name)), files);
  assert.deepEqual(await page.evaluate(() => [Object.keys(localStorage), sessionStorage.length]), [["psalink-key"], 0]);
});

test("pasted macros are expanded, and text that was copied as it looks is noticed", async () => {
  page = await open(chrome, `${bench.url}/#/paste`);
  await clipboard(page, "<p>[dd:ticket text=\"Open it\"] [contactfirstname]</p>");
  await page.click("#box-html");
  await paste(page);
  await until(page, () => document.querySelector(".paste-view select").textContent.includes("Detected: ConnectWise"));
  await click(page, "Expand links");
  await until(page, () => document.querySelector("#box-html").value.includes("https://acme.deskdirector.com/portal/deeplink?name=ticket"));

  await page.evaluate(() => { document.querySelector("#box-html").value = ""; });
  await clipboard(page, "Hello Anna, ticket 7", "<meta charset='utf-8'><p>Hello <b>Anna</b>, ticket 7</p>");
  await page.click("#box-html");
  await paste(page);
  await until(page, () => document.querySelector(".notices").textContent.includes("You copied the formatted message, not its source"));
  assert.match(await page.$eval("#box-html", (box) => box.value), /<b[ >]/);
  await click(page, "Use the plain text instead");
  await until(page, () => document.querySelector(".notices").textContent.includes("text without HTML tags"));
});

test("a large paste is fixed like a small one", async () => {
  page = await open(chrome, `${bench.url}/#/paste`);
  const large = long().repeat(250);
  assert.ok(large.length > 1_000_000);
  await clipboard(page, large);
  await page.click("#box-html");
  await page.evaluate(() => {
    window.worst = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.worst = Math.max(window.worst, entry.duration); }).observe({ type: "longtask" });
  });
  await paste(page);
  const safe = await page.waitForSelector("#fix-safe:not(:disabled)", { timeout: 60000 });
  await safe.click();
  await page.waitForFunction(() => document.querySelector("#box-html").value.includes("[contactfirstname]"), { timeout: 60000 });
  const worst = await page.evaluate(() => window.worst);
  console.log(`the longest pause of the page with ${large.length} bytes: ${Math.round(worst)} ms`);
});

test("settings that are wrong are reported in every view, and everything comes back when they are corrected", async () => {
  const wrong = "dialect: connectwise\nportl: acme\n";
  const trouble = () => until(page, () => document.querySelector("#trouble:not([hidden])")?.innerText.replace(/\s+/g, " "));
  const isRight = () => until(page, () => document.querySelector("#trouble").hidden);
  page = await open(chrome, bench.url);
  for (const [hash, isThere] of [
    ["#/", () => document.querySelectorAll(".template-row").length === 4],
    ["#/template/mails/new/note.html", () => document.querySelector("iframe.mail-frame:not(.is-loading)")?.contentDocument.body.textContent.includes("Line 80")
      && document.querySelector(".problem").hidden],
    ["#/paste", () => document.querySelector("#box-html")],
  ]) {
    await page.evaluate((hash) => { location.hash = hash; }, hash);
    await until(page, isThere);
    bench.write("psalink.yaml", wrong);
    assert.match(await trouble(), /psalink\.yaml, line 2, column 1: Unknown key portl; did you mean portal\?/);
    if (hash === "#/") await until(page, () => document.querySelector(".groups").textContent.includes("Can't list"));
    if (hash.includes("template")) {
      await until(page, () => /portl/.test(document.querySelector(".problem").textContent));
      await click(page, "Send preview");
      const text = await until(page, () => document.querySelector("dialog[open]")?.textContent);
      assert.match(text, /Fix the settings before you send a preview.*portl/);
      await click(page, "Close", "dialog button");
    }
    if (hash === "#/paste") {
      await page.type("#box-html", "<p>[SRNumber]</p>");
      await until(page, () => /portl/.test(document.querySelector(".notices").textContent));
    }
    bench.write("psalink.yaml", FOLDER["psalink.yaml"]);
    await isRight();
    await until(page, isThere);
    if (hash === "#/paste") await until(page, () => !document.querySelector("#fix-safe").disabled && document.querySelector(".notices").textContent === "");
  }
  assert.match(bench.said, /unknown key `portl`[\s\S]*the settings are valid again/);
  assert.ok(page.wrong.every((line) => /422/.test(line)), page.wrong.join("\n"));
  page.wrong = [];
});

test("without a folder the paste page is the first", async () => {
  const lonely = await workbench({}, []);
  try {
    page = await open(chrome, lonely.url);
    await page.waitForSelector("#box-html");
    await page.type("#box-html", "<p>[SRNumber] [contactfirstname]</p>");
    await click(page, "Fix all safe");
    await until(page, () => document.querySelector("#box-html").value.includes("[srnumber]"));
    assert.deepEqual(page.wrong, []);
    await page.close();
    page = null;
  } finally {
    lonely.close();
  }
});
