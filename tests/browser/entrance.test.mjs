// The entrance to the workbench: an address works once, and then for as long as the browser runs.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { FOLDER, axe, browser, mailSays, open, until, workbench } from "./workbench.mjs";

let chrome;
let bench;

before(async () => { chrome = await browser(); });
after(() => chrome.close());
beforeEach(async () => { bench = await workbench(FOLDER); });
afterEach(() => bench.close());

const isLocked = (page) => until(page, () => document.querySelector("h1")?.textContent === "Open the workbench from psalink");
const hasRows = (page) => until(page, () => document.querySelectorAll(".template-row").length === 4);

test("a file leads to the workbench; it outlives a reload and opens in a second tab", async () => {
  // The way psalink starts the browser: with a file on this computer, which is a different site than the workbench.
  const address = await bench.address();
  writeFileSync(bench.path("open.html"), `<meta http-equiv="refresh" content="0;url=${address}">`);
  const context = await chrome.createBrowserContext();
  const page = await context.newPage();
  const sent = [];
  page.on("request", (request) => sent.push([request.url(), request.headers().referer ?? ""]));
  await page.goto(`file://${bench.path("open.html")}`);
  await hasRows(page);
  assert.equal(page.url(), `${bench.url}/`, "the token has left the address");
  for (let times = 0; times < 2; times += 1) {
    await page.reload();
    await hasRows(page);
  }
  const token = new URL(address).searchParams.get("token");
  assert.ok(sent.every(([url, referrer]) => (url === address || !url.includes(token)) && !referrer.includes(token)), JSON.stringify(sent));
  const second = await context.newPage();
  await second.goto(`${bench.url}/#/template/mails/new/note.html`);
  await mailSays(second, "Line 80");
  await page.close();
  await second.close();
  // All tabs were closed, but the browser is still running.
  const third = await context.newPage();
  await third.goto(bench.url);
  await hasRows(third);
  // The same address again, and in a browser that was never let in.
  await third.goto(address);
  await isLocked(third);
  await context.close();
  const other = await chrome.createBrowserContext();
  for (const url of [address, bench.url, `${bench.url}/#/paste`]) {
    const stranger = await other.newPage();
    await stranger.goto(url);
    await isLocked(stranger);
    await stranger.evaluate(axe);
    const { violations } = await stranger.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    assert.deepEqual(violations.map(({ id }) => id), []);
    if (process.env.PSALINK_SHOTS) await stranger.screenshot({ path: `${process.env.PSALINK_SHOTS}/locked.png` });
    await stranger.close();
  }
  const let_in = await other.newPage();
  await let_in.goto(await bench.address());
  await hasRows(let_in);
  await other.close();
});

test("a page whose key is gone says what to do", async () => {
  const page = await open(chrome, bench.url);
  await hasRows(page);
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await isLocked(page);
  await page.close();
});

test("another port of this computer sees the cookie at most, and gets nothing with it", async () => {
  const seen = [];
  const server = createServer((request, answer) => {
    seen.push(request.headers.cookie ?? "");
    answer.setHeader("Content-Type", "text/html");
    answer.end("<!doctype html><p>Another port</p>");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const page = await open(chrome, bench.url);
    await hasRows(page);
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const stolen = await page.evaluate(async (url) => {
      const got = [Object.keys(localStorage).join(), document.cookie];
      for (const [path, options] of [["/", {}], ["/api/project", {}], ["/api/project", { credentials: "include", mode: "no-cors" }], ["/events", { credentials: "include" }]]) {
        got.push(await fetch(url + path, options).then((answer) => answer.text(), () => ""));
      }
      const frame = document.createElement("iframe");
      frame.src = `${url}/`;
      document.body.append(frame);
      await new Promise((resolve) => { frame.onload = resolve; setTimeout(resolve, 1000); });
      try { got.push(frame.contentDocument?.body?.textContent ?? ""); } catch { /* another origin */ }
      return got.filter(Boolean);
    }, bench.url);
    assert.deepEqual(stolen, []);
    const cookie = seen.find((one) => one.includes("psalink-"));
    assert.ok(cookie, "browsers do send it to every port");
    for (const path of ["/api/project", "/events"]) {
      assert.equal((await fetch(bench.url + path, { headers: { Cookie: cookie } })).status, 403);
    }
    await page.close();
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
