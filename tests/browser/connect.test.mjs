// A message in an ordinary browser window, which connects ahead of time if it can: no server hears of it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer as createPages } from "node:http";
import { createServer } from "node:net";
import { test } from "node:test";
import { SETTINGS, browser, click, mailSays, open, until, workbench } from "./workbench.mjs";

/** A listener that counts connections, and does not answer. */
async function listener() {
  const heard = { connections: 0 };
  const server = createServer((socket) => {
    heard.connections += 1;
    socket.on("error", () => {});
    setTimeout(() => socket.destroy(), 100);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { heard, port: server.address().port, close: () => server.close() };
}

/** Ways to make a browser connect; `$` is the sender's address. Each message has its number at the end. */
const FORMS = [
  '<link rel=preconnect href="$">', "<LINK/REL=preconnect/HREF='$'>", '<link\trel="preconnect"\thref="$"\tcrossorigin>', '<link rel="dns-prefetch preconnect" href=$/>',
  '<svg><link rel=preconnect href="$"></svg>', '<svg><foreignObject><link rel=preconnect href="$"></foreignObject></svg>', '<svg/><link rel=preconnect href="$">',
  '<math><mtext><link rel=preconnect href="$"></mtext></math>', '<noscript><link rel=preconnect href="$"></noscript>',
  '<template shadowrootmode="open"><link rel=preconnect href="$"></template>', '<div><template shadowrootmode=closed><slot></slot><link rel=preconnect href="$"></template></div>',
  '<iframe srcdoc="<link rel=preconnect href=\'$\'>"></iframe>', '<iframe srcdoc="&lt;iframe srcdoc=&quot;&amp;lt;link rel=preconnect href=\'$\'&amp;gt;&quot;>"></iframe>',
  '<iframe srcdoc="<img src=\'$\'>" sandbox></iframe>', '<iframe src="$"></iframe>', "<IFRAME/SRC='$'></IFRAME>", '<iframe src="data:text/html,<link rel=preconnect href=\'$\'>"></iframe>',
  '<frameset><frame src="$"></frameset>', '<!-- <a title=" --><link rel=preconnect href="$">', '<textarea></textarea\n><link rel=preconnect href="$">',
  '<script><!--<script></script><link rel=preconnect href="$">', '<style></style ><link rel=preconnect href="$">', '<select><link rel=preconnect href="$"></select>',
  '<table><link rel=preconnect href="$"></table>', '<p title="</p><link rel=preconnect href=\'$\'>">x</p>', '<xmp></xmp><link rel=preconnect href="$">',
  '<link rel=preload as=image href="$/a">', '<link rel=preload as=image imagesrcset="$/a 1x">', '<link rel=prefetch href="$/a">', '<link rel=modulepreload href="$/a.js">',
  '<link rel=prerender href="$/a">', '<link rel=stylesheet href="$/a.css">', '<link rel=icon href="$/a.ico">', '<link rel=manifest href="$/a">', '<link rel="alternate stylesheet" href="$/a">',
  '<meta http-equiv=refresh content="0;url=$">', '<meta http-equiv=Link content="<$>; rel=preconnect">', '<meta http-equiv=Content-Security-Policy content="default-src *">',
  '<base href="$/"><img src=a><link rel=preconnect href=/>', '<object data="$/a"></object>', '<embed src="$/a">', '<applet code="$/a"></applet>', '<object type=text/html data="$"><param name=src value="$"></object>',
  '<video src="$/a" poster="$/b" autoplay preload=auto></video>', '<audio src="$/a" autoplay></audio>', '<video><source src="$/a"><track default src="$/b"></video>',
  '<img src="$/a">', '<img srcset="$/a 1x, $/b 2x" sizes=100vw>', '<img loading=eager src="$/a">', '<picture><source srcset="$/a"><img></picture>', '<image src="$/a">', '<input type=image src="$/a">',
  '<svg><image href="$/a" xlink:href="$/a"/></svg>', '<svg><use href="$/a#b"/></svg>', '<svg><filter id=f><feImage href="$/a"/></filter><rect filter="url(#f)" width=9 height=9 /></svg>',
  '<svg><rect mask="url($/a#m)" fill="url($/a#f)" width=9 height=9 /></svg>', '<svg><style>svg{background:&#117;rl($/a)}</style></svg>',
  '<p style="background:url($/a)">x</p>', '<p style="background:u\\72l(\'$/a\')">x</p>', '<p style="list-style:url($/a);display:list-item;cursor:url($/a),auto">x</p>',
  '<p style="background:image-set(\'$/a\' 1x)">x</p>', '<style>@import "$/a";</style>', '<style>@import url($/a);p{color:red}</style>', '<style>@\\69mport "$/a";</style>',
  '<style>@font-face{font-family:f;src:url($/a)}p{font-family:f}</style><p>x</p>', '<style>p::after{content:url($/a)}</style><p>x</p>', '<style>p{border-image:url($/a) 1}</style><p>x</p>',
  '<style>:root{--a:"$/a"}p{background:image-set(var(--a) 1x)}</style><p>x</p>', '<style>@media all{p{background:url($/a)}}</style><p>x</p>',
  '<form action="$" id=f><button formaction="$">x</button></form>', '<body background="$/a">', '<table background="$/a"><td background="$/b">x</table>',
  '<portal src="$"></portal><fencedframe src="$"></fencedframe>', '<?xml-stylesheet href="$/a"?>', '<!DOCTYPE html SYSTEM "$/a.dtd">', '<html manifest="$/a">',
  '<script type=speculationrules>{"prefetch":[{"source":"list","urls":["$/a"]}],"prerender":[{"source":"document","eagerness":"immediate"}]}</script><a href="$/a">x</a>',
  '<!--[if !mso]><!--><link rel=preconnect href="$"><!--<![endif]-->', '<![if !mso]><link rel=preconnect href="$"><![endif]>', '<bgsound src="$/a">', '<blockquote cite="$/a">x</blockquote>',
  '<a ping="$/a" href="#">x</a>', '<head profile="$/a">', '<details open><summary>x</summary><link rel=preconnect href="$"></details>', '<dialog open><iframe src="$"></iframe></dialog>',
];

/** The policy of a message without pictures, for a page without any other protection. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; sandbox allow-same-origin";

test("no form of markup makes an ordinary browser connect, and a pressed link neither", async () => {
  const sender = await listener();
  const chrome = await browser([], { isOrdinary: true });
  const bench = await workbench({ "psalink.yaml": SETTINGS, "mails/a.html": "<p>[srnumber]</p>\n" });
  // The same messages unchanged, to show that the listener would notice them.
  const bare = createPages((request, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.setHeader("Content-Security-Policy", POLICY);
    answer.setHeader("X-DNS-Prefetch-Control", "off");
    answer.end(mails[Number(request.url.slice(1))] ?? "");
  });
  await new Promise((resolve) => bare.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${sender.port}`;
  const mails = [
    ...FORMS.map((form, at) => `${form.replaceAll("$", url)}\n<p>Mail ${at} of the sender</p>`),
    `<p><a id="link" href="${url}/a" style="display:block;padding:2em">Press here</a></p>\n<p>Mail ${FORMS.length} of the sender</p>`,
  ];
  try {
    const page = await open(chrome, `${bench.url}/#/paste?tab=mail`, { isOrdinary: true });
    await page.waitForSelector("#box-html");
    for (const [at, mail] of mails.entries()) {
      await page.evaluate((text) => {
        const box = document.getElementById("box-html");
        box.value = text;
        box.dispatchEvent(new Event("input", { bubbles: true }));
      }, mail);
      // Some forms swallow everything after them, for example as the text of a hidden element.
      await until(page, (mail) => {
        const frame = document.querySelector("iframe.mail-frame:not(.is-loading)");
        return window.lastMail !== frame?.src && frame?.contentDocument?.readyState === "complete" && document.getElementById("box-html").value === mail
          && (window.lastMail = frame.src);
      }, mail);
      assert.equal(sender.heard.connections, 0, mail);
    }
    const frame = await (await page.$("iframe.mail-frame:not(.is-loading)")).contentFrame();
    const link = await frame.$("#link");
    await link.hover();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await page.mouse.down();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await page.mouse.up();
    await link.click({ button: "middle" });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(sender.heard.connections, 0, "no one has connected after all of them");
    assert.equal(await link.evaluate((it) => it.title), `${url}/a`, "it says where it would lead");

    const control = await chrome.newPage();
    const heard = [];
    for (const at of [0, FORMS.findIndex((form) => form.startsWith("<iframe srcdoc")), FORMS.length]) {
      const before = sender.heard.connections;
      await control.goto(`http://127.0.0.1:${bare.address().port}/${at}`);
      const link = await control.$("#link");
      if (link) {
        await link.hover();
        await control.mouse.down();
      }
      await new Promise((resolve) => setTimeout(resolve, 800));
      heard.push(sender.heard.connections > before);
    }
    assert.deepEqual(heard, [true, true, true], "without the defence the sender hears of it");
  } finally {
    bench.close();
    await chrome.close();
    bare.closeAllConnections();
    bare.close();
    sender.close();
  }
});

test("with pictures allowed none comes from this computer or its network", async () => {
  const own = await listener();
  const chrome = await browser(["--host-resolver-rules=MAP pictures.example 192.0.2.1"], { isOrdinary: true });
  const hosts = [
    "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "a.localhost", "127.1", "127.0.0.1.", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "0", "0.0.0.0",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.255.255.254", "%6c%6fcalhost", "１２７.0.0.1", "user@127.0.0.1",
  ];
  const pictures = hosts.flatMap((host) => ["https", "http"].map((scheme) => `${scheme}://${host}:${own.port}/${encodeURIComponent(host)}.png`));
  const body = [
    ...pictures.map((url) => `<img src="${url}" alt=""><img srcset="${url} 1x" alt=""><p style="background:url('${url}')">x</p><table background="${url}"><td>x</table>`),
    `<img src="//127.0.0.1:${own.port}/x" alt=""><img src="/assets/icon.svg" alt=""><img src="/api/project" alt="">`,
    '<img id="remote" src="https://pictures.example/a.png" alt="A picture">',
    "<p>After the pictures</p>",
  ].join("\n");
  const bench = await workbench({ "psalink.yaml": SETTINGS, "mails/a.html": body });
  try {
    const page = await open(chrome, `${bench.url}/#/template/mails/a.html`, { isOrdinary: true });
    await mailSays(page, "After the pictures");
    page.asked.length = 0;
    await click(page, "Remote images", "label");
    await until(page, () => document.querySelector("iframe.mail-frame:not(.is-loading)")?.src.endsWith("images=1"));
    await mailSays(page, "After the pictures");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(own.heard.connections, 0);
    assert.ok(page.asked.includes("https://pictures.example/a.png"), "a picture of the internet is asked for");
    const strange = page.asked.filter((url) => !/^https:\/\/pictures\.example\/|^data:/.test(url) && !url.startsWith(`${bench.url}/mail/`));
    assert.deepEqual(strange, []);
    // The listener does notice a picture that is loaded.
    const control = await chrome.newPage();
    await control.setContent(`<img src="https://localhost:${own.port}/x">`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.ok(own.heard.connections > 0);
  } finally {
    bench.close();
    await chrome.close();
    own.close();
  }
});

test("the pages of a preview run nothing and connect nowhere, also where the mail is opened by itself", async () => {
  const sender = await listener();
  const chrome = await browser(["--host-resolver-rules=MAP pictures.example 192.0.2.1"], { isOrdinary: true });
  const url = `http://127.0.0.1:${sender.port}`;
  const forms = FORMS.filter((form) => !/^<(frameset|template|textarea|script|xmp|style>@import|html|select)/.test(form));
  const body = `<!doctype html>\n<p id="first">Before</p><script>document.title = "ran"</script><img src=x onerror="document.title='ran'">${forms.join("\n").replaceAll("$", url)}\n<img src="https://pictures.example/a.png"><p>After the harm of [srnumber]</p>`;
  const bench = await workbench({ "psalink.yaml": SETTINGS, "mails/a.html": body });
  const run = (...args) => spawnSync(process.env.PSALINK, ["preview", bench.path("mails/a.html"), ...args], { cwd: bench.path("."), encoding: "utf8" });
  try {
    assert.notEqual(run("-o", bench.path("out"), "--html").status, 2);
    assert.notEqual(run("-o", bench.path("images"), "--remote-images").status, 2);
    const page = await chrome.newPage();
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    for (const file of ["out/index.html", "out/a.page.html", "out/a.mail.html"]) {
      await page.goto(`file://${bench.path(file)}`);
      await new Promise((resolve) => setTimeout(resolve, 800));
      assert.notEqual(await page.title(), "ran", file);
      assert.equal(sender.heard.connections, 0, file);
    }
    assert.equal(await page.$eval("#first", (one) => one.textContent), "Before");
    assert.match(await page.$eval("body", (one) => one.innerText), /After the harm of 148372/);
    const strange = () => asked.filter((address) => !/^(file|data|about):/.test(address));
    assert.deepEqual(strange(), []);
    await page.goto(`file://${bench.path("out/a.page.html")}`);
    const texts = [];
    for (const frame of page.frames().slice(1)) texts.push(await frame.evaluate(() => document.body.innerText));
    assert.equal(texts.length, 2);
    assert.ok(texts.every((text) => text.includes("After the harm of 148372")), "both frames show the mail");
    await page.goto(`file://${bench.path("images/a.mail.html")}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual([...new Set(strange())], ["https://pictures.example/a.png"]);
    assert.equal(sender.heard.connections, 0);
    // The message itself does connect, which its copy prevents.
    await page.goto(`file://${bench.path("out/a.raw.html")}`, { waitUntil: "domcontentloaded" }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 800));
    assert.ok(sender.heard.connections > 0);
  } finally {
    bench.close();
    await chrome.close();
    sender.close();
  }
});
