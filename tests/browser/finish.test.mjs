// What the paste page copies can go into the PSA; if it cannot, the page says why, and copies nothing.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { SETTINGS, browser, click, open, until, workbench } from "./workbench.mjs";

let chrome;
let bench;
let page;

before(async () => { chrome = await browser(); });
after(() => chrome.close());
beforeEach(async () => {
  bench = await workbench({ "psalink.yaml": SETTINGS, "mails/a.html": "<p>[srnumber]</p>\n" });
  page = await open(chrome, `${bench.url}/#/paste`);
  await page.waitForSelector("#box-html");
  await page.evaluate(() => navigator.clipboard.writeText("nothing yet"));
});
afterEach(async () => {
  const wrong = page?.wrong ?? [];
  await page?.close();
  bench.close();
  assert.deepEqual(wrong, [], "nothing is wrong in the console");
});

/** Puts texts into the boxes, and waits until they have been checked. */
async function put(texts) {
  await page.evaluate((texts) => {
    for (const [name, text] of Object.entries(texts)) {
      const box = document.getElementById(`box-${name}`);
      box.value = text;
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }, texts);
  await until(page, () => !document.querySelector(".result").hidden);
  await page.waitForNetworkIdle({ idleTime: 500, concurrency: 1 });
}

const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
const html = () => page.$eval("#box-html", (box) => box.value);
const CHAT = '<p>[dd:ticket action=chat text="Chat with us"] for [contactfirstname]</p>';
const CHAT_LINK = '<p><a href="https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[srnumber]&amp;action=chat">Chat with us</a> for [contactfirstname]</p>';

test("a macro is found, and becomes a link before anything is copied", async () => {
  await put({ html: CHAT });
  const said = await page.$eval(".findings", (one) => one.textContent);
  assert.match(said, /1 error.*psalink-only-syntax/s);
  assert.doesNotMatch(said, /can use the template as is/);
  await click(page, "Make ready and copy HTML");
  await until(page, () => document.querySelector(".notices").textContent.includes("Copied."));
  assert.equal(await clipboard(), CHAT_LINK);
  assert.equal(await html(), CHAT_LINK);
  assert.match(await page.$eval(".steps", (one) => one.textContent), /1 macro expanded to a link/);
  await until(page, () => document.querySelector(".findings").textContent.includes("can use the template as is"));
  await click(page, "Undo");
  await until(page, (text) => document.querySelector("#box-html").value === text, CHAT);
});

test("settings and comments for psalink stay behind, and the subject goes to its box", async () => {
  await put({ html: '---\nsubject: Ticket [SRNumber]\ndialect: connectwise\n---\n<!-- psalink: allow script-in-mail -->\n<p>[srnumber]</p><script>x</script>' });
  await click(page, "Make ready and copy HTML");
  await until(page, () => document.querySelector(".notices").textContent.includes("Copied."));
  assert.doesNotMatch(await clipboard(), /psalink|---/);
  assert.equal(await page.$eval("#box-subject", (box) => box.value), "Ticket [srnumber]");
});

test("every button that copies or downloads looks first", async () => {
  const texts = { html: CHAT, subject: "Ticket [SRNumber]", text: "Chat: [dd:ticket action=chat]" };
  await page.evaluate(() => {
    window.files = [];
    URL.createObjectURL = (blob) => { blob.text().then((text) => window.files.push(text)); return "about:blank#none"; };
    HTMLAnchorElement.prototype.click = () => {};
  });
  for (const [name, label, expected] of [["subject", "Subject", "Ticket [srnumber]"], ["html", "HTML body", CHAT_LINK], ["text", "Text-only body", "deeplink?name=ticket&ticket_id=[srnumber]&action=chat"]]) {
    await put(texts);
    await click(page, `Make ready and copy: ${label}`);
    await until(page, (text) => navigator.clipboard.readText().then((copied) => copied.includes(text)), expected);
    await put(texts);
    await click(page, `Make ready and download: ${label}`);
    await until(page, (text) => window.files.some((file) => file.includes(text)), expected);
  }
  await put({ ...texts, text: "Chat: [dd:tikcet]" });
  await page.evaluate(() => { window.files = []; return navigator.clipboard.writeText("nothing yet"); });
  for (const label of ["Make ready and copy HTML", "Make ready and download the HTML body", "Make ready and copy: Subject", "Make ready and download: Text-only body"]) {
    await click(page, label);
    await until(page, () => !document.querySelector(".verdict").hidden && document.querySelector(".verdict").textContent.includes("tikcet"));
    assert.equal(await clipboard(), "nothing yet", label);
    assert.deepEqual(await page.evaluate(() => window.files), [], label);
    await click(page, "Findings", "[role=tab]");
    await put({ subject: `Ticket ${label}` });
    assert.ok(await page.$eval(".verdict", (one) => one.hidden), "what is typed takes the verdict away");
  }
});

test("what stops a template is named at its place, and nothing is copied", async () => {
  await put({ html: `${CHAT}\n<p>[SRNumber] [dd:tikcet]</p>` });
  await click(page, "Make ready and copy HTML");
  await until(page, () => !document.querySelector(".verdict").hidden);
  const said = await page.$eval(".verdict", (one) => one.textContent);
  assert.match(said, /cannot go into your PSA yet/);
  assert.match(said, /line 2, column 15.*tikcet/s);
  assert.equal(await page.$("#anyway"), null);
  assert.equal(await clipboard(), "nothing yet");
  assert.equal(await html(), `${CHAT}\n<p>[SRNumber] [dd:tikcet]</p>`);
  assert.doesNotMatch(await page.$eval(".notices", (one) => one.textContent), /Copied/);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Not copied: this template cannot go into your PSA yet");
  await (await page.$(".verdict .finding-place")).click();
  assert.equal(await page.$eval("#box-html", (box) => box.value.slice(box.selectionStart, box.selectionEnd)), "[dd:tikcet]");
});

test("a template that only warnings stop is copied when the user says so", async () => {
  await put({ html: `${CHAT}<script>x</script>` });
  await click(page, "Make ready and copy HTML");
  await page.waitForSelector("#anyway");
  assert.equal(await clipboard(), "nothing yet");
  await click(page, "Copy anyway");
  await until(page, () => document.querySelector(".notices").textContent.includes("Copied."));
  assert.equal(await clipboard(), `${CHAT_LINK}<script>x</script>`);
  assert.ok(await page.$eval(".verdict", (one) => one.hidden));
});

test("a PSA that nothing tells is asked for, not guessed", async () => {
  const shown = () => page.$eval(".paste-view select", (select) => select.selectedOptions[0].textContent);
  await put({ html: "<p>Hello world</p>" });
  assert.equal(await shown(), "Unknown");
  assert.match(await page.$eval(".notices", (one) => one.textContent), /psalink cannot tell the PSA from this template\. Which PSA is this template for\?/);
  await click(page, "Autotask PSA", "button");
  await until(page, () => document.querySelector(".paste-view select").value === "autotask" && document.querySelector(".notices").textContent === "");
  await page.select(".paste-view select", "");
  for (const [text, expected] of [["<p>[srnumber]</p>", "Detected: ConnectWise PSA"], ["<p>[Ticket: Number]</p>", "Detected: Autotask PSA"], ["<p>[nonsense] {{ x }}</p>", "Unknown"]]) {
    await put({ html: text });
    assert.equal(await shown(), expected, text);
  }
  // A subject may reveal it.
  await put({ html: "<p>[dd:ticket]</p>", subject: "Ticket [Ticket: Number]" });
  assert.equal(await shown(), "Detected: Autotask PSA");
  await click(page, "Expand links");
  await until(page, () => document.querySelector("#box-html").value.includes("ticket_id=[Ticket: ID]"));
  await put({ subject: "" });
  // A macro needs it, and the page asks for it.
  await put({ html: "<p>[dd:ticket]</p>" });
  await click(page, "Make ready and copy HTML");
  await until(page, () => document.activeElement === document.querySelector(".paste-view select"));
  assert.match(await page.$eval(".notices", (one) => one.textContent), /cannot tell whether.*Which PSA is this template for\?/s);
  assert.equal(await clipboard(), "nothing yet");
  // The same for a template in the folder, where the settings do not name a PSA either.
  bench.write("psalink.yaml", "portal: acme\n");
  bench.write("mails/b.html", "<p>Hello world</p>");
  await page.goto(`${bench.url}/#/template/mails/b.html`);
  const psaOf = (text) => until(page, (text) => document.querySelector(".ace_content")?.textContent.includes("Hello")
    && document.querySelector(".template-view select").selectedOptions[0].textContent === text, text);
  await psaOf("Unknown");
  bench.write("psalink.yaml", "portal: acme\ndialect: autotask\n");
  await psaOf("Autotask PSA");
  page.wrong = [];
});

test("a portal that is missing is asked for where it can be given", async () => {
  const lonely = await workbench({}, []);
  try {
    await page.close();
    page = await open(chrome, lonely.url);
    await page.waitForSelector("#box-html");
    await page.evaluate(() => navigator.clipboard.writeText("nothing yet"));
    await put({ html: CHAT });
    for (const name of ["Expand links", "Make ready and copy HTML"]) {
      await page.focus("#box-html");
      await click(page, name);
      await until(page, () => document.activeElement?.closest("label")?.textContent.includes("Portal"));
      assert.match(await page.$eval(".notices", (one) => one.textContent), /no portal is set.*Enter the name of your portal/is);
      assert.doesNotMatch(await page.$eval("#toast", (one) => one.textContent), /nothing to expand/i);
      assert.equal(await clipboard(), "nothing yet");
    }
    await page.keyboard.type("acme");
    await until(page, () => document.querySelector(".notices").textContent === "");
    await click(page, "Make ready and copy HTML");
    await until(page, () => document.querySelector(".notices").textContent.includes("Copied."));
    assert.equal(await clipboard(), CHAT_LINK);
    assert.deepEqual(page.wrong, []);
    await page.close(); // before its server goes
    page = null;
  } finally {
    lonely.close();
  }
});

test("what was said goes with the next change, whatever it is", async () => {
  const copied = async () => {
    await put({ html: `<p>[SRNumber] [contactfirstname] [dd:ticket]</p>` });
    await click(page, "Make ready and copy HTML");
    await until(page, () => document.querySelector(".notices").textContent.includes("Copied.") && document.querySelector("#toast").textContent.startsWith("Copied."));
    await page.waitForNetworkIdle({ idleTime: 300, concurrency: 1 });
  };
  const changes = {
    typing: async () => { await page.focus("#box-html"); await page.keyboard.type("x"); },
    "typing a subject": async () => { await page.focus("#box-subject"); await page.keyboard.type("x"); },
    undo: () => click(page, "Undo"),
    "a fix": async () => { await page.evaluate(() => document.querySelector("#fix-safe").disabled = false); await click(page, "Fix all safe"); },
    expanding: () => click(page, "Expand links"),
    "another PSA": () => page.select(".paste-view select", "autotask"),
    "another sample": () => page.select(".paste-view label.field:last-of-type select", "unicode"),
    "another portal": async () => { await page.focus(".view-tools input"); await page.keyboard.type("other"); },
    "another tab": () => click(page, "Links", "[role=tab]"),
    "another view": () => page.evaluate(() => { location.hash = "#/"; }),
  };
  for (const [name, change] of Object.entries(changes)) {
    await page.goto(`${bench.url}/#/`);
    await page.goto(`${bench.url}/#/paste?tab=findings`);
    await page.waitForSelector("#box-html");
    await copied();
    await change();
    await until(page, () => !document.querySelector(".notices")?.textContent.includes("Copied.") && !document.querySelector("#toast").textContent.startsWith("Copied."))
      .catch(async () => assert.fail(`after ${name} it still says: ${await page.evaluate(() => `${document.querySelector(".notices")?.textContent} / ${document.querySelector("#toast").textContent}`)}`));
  }
});

test("what is typed while psalink is at work is neither overwritten nor copied", async () => {
  await put({ html: CHAT });
  await page.evaluate(() => { window.realFetch = fetch; window.fetch = (url, options) => new Promise((resolve) => { window.letGo = () => resolve(window.realFetch(url, options)); }); });
  await click(page, "Make ready and copy HTML");
  await until(page, () => window.letGo);
  await page.evaluate(() => {
    window.fetch = window.realFetch;
    window.letGo();
    const box = document.getElementById("box-html");
    box.value += " typed";
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await page.waitForNetworkIdle({ idleTime: 800, concurrency: 1 });
  assert.equal(await html(), `${CHAT} typed`);
  assert.equal(await clipboard(), "nothing yet");
});
