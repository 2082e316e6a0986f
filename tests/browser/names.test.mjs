// A message whose elements have the names of what the page reads from a document: the page is not misled.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SETTINGS, browser, click, open, until, workbench } from "./workbench.mjs";

test("no name in a mail keeps the page from showing it and from guarding its clicks", async () => {
  const chrome = await browser();
  const bench = await workbench({ "psalink.yaml": SETTINGS, "mails/a.html": "<p>The mail</p>\n" });
  try {
    const page = await open(chrome, bench.url);
    // Every property of a document, a form or a window, as a name and as an id.
    const { ofDocuments, ofForms } = await page.evaluate(() => {
      const names = (...types) => {
        const all = new Set();
        for (const type of types) {
          for (let one = type.prototype; one && one !== Object.prototype; one = Object.getPrototypeOf(one)) Object.getOwnPropertyNames(one).forEach((name) => all.add(name));
        }
        return [...all].filter((name) => /^[a-z]+$/i.test(name));
      };
      return { ofDocuments: names(HTMLDocument, Window), ofForms: names(HTMLFormElement) };
    });
    assert.ok(ofDocuments.includes("images") && ofDocuments.includes("addEventListener") && ofDocuments.includes("querySelectorAll"));
    assert.ok(ofForms.includes("closest") && ofForms.includes("getAttribute") && ofForms.includes("style"));
    const clobbering = [
      '<!doctype html><html><head><meta name="color-scheme" content="light dark"></head><body>',
      ...ofDocuments.map((name) => `<img name="${name}" id="${name}" alt=""><form name="${name}"></form><form id="${name}"></form><object name="${name}" id="${name}"></object>`),
      `<form id="form" data-psalink-file="0" data-psalink-line="1">${ofForms.map((name) => `<input name="${name}" id="${name}">`).join("")}<b id="inside">press</b></form>`,
      `<p><a id="out" href="${bench.url}/api/project">out</a></p><p id="last">After all names</p></body></html>`,
    ].join("\n");
    // The server removes all names, so the page gets the message unchanged: each of the two defenses works alone.
    await page.setRequestInterception(true);
    page.on("request", (request) => {
      if (!request.url().includes("/mail/")) return request.continue();
      return request.respond({
        status: 200, contentType: "text/html; charset=utf-8", body: clobbering,
        headers: { "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-same-origin" },
      });
    });
    await page.goto(`${bench.url}/#/template/mails/a.html?tab=links`);
    const frame = await (await page.waitForSelector("iframe.mail-frame:not(.is-loading)")).contentFrame();
    await frame.waitForSelector("#last");
    assert.notEqual(await frame.evaluate(() => typeof document.images), "undefined");
    assert.equal(await frame.evaluate(() => typeof document.querySelectorAll), "object", "the names do what they are meant to do");

    for (const look of ["Dark, authored", "Dark, inverted", "Light", "Phone", "Desktop"]) await click(page, look, "label");
    await until(page, () => document.querySelector(".mail-stage").dataset.width === "desktop");
    // A click leads nowhere, but goes to the line of the element.
    const before = frame.url();
    await frame.$eval("#out", (link) => HTMLElement.prototype.click.call(link));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(frame.url(), before);
    await frame.$eval("#inside", (one) => HTMLElement.prototype.click.call(one));
    await until(page, () => document.querySelector("[data-tab=source]").getAttribute("aria-selected") === "true");
    assert.equal(await frame.$eval("#form", (form) => Element.prototype.hasAttribute.call(form, "data-psalink-mark")), true);
    const scripts = page.wrong.filter((line) => line.startsWith("script:"));
    assert.deepEqual(scripts, []);
    await page.close();
  } finally {
    bench.close();
    await chrome.close();
  }
});
