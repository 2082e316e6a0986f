// A workbench in its own folder, a browser that shows it, and a record of everything that goes wrong in the page.

import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const modules = createRequire(join(process.env.PSALINK_MODULES, "package.json"));
const puppeteer = modules("puppeteer-core");

/** The source of axe-core, which runs in a page. */
export const axe = readFileSync(modules.resolve("axe-core/axe.min.js"), "utf8");

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** The path of the first program that is installed. */
function program(names) {
  for (const folder of process.env.PATH.split(delimiter)) {
    for (const name of names) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch { /* not here */ }
    }
  }
  throw new Error(`none of these programs is installed: ${names.join(", ")}`);
}

/** Starts a browser without a window. With `isOrdinary`, its pages may be opened in ordinary windows, not private ones. */
export function browser(args = [], { isOrdinary = false } = {}) {
  return puppeteer.launch({
    ...(isOrdinary ? { userDataDir: mkdtempSync(join(tmpdir(), "psalink-profile-")) } : {}),
    executablePath: program(["chromium", "chromium-browser", "google-chrome"]),
    // The browser's sandbox does not work for root, and only our own pages are opened.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", ...args],
  });
}

/** Writes `files` (texts by name) into a new folder, and runs `psalink serve` for the templates in its `mails`. */
export async function workbench(files, args = ["mails"]) {
  const folder = mkdtempSync(join(tmpdir(), "psalink-browser-"));
  const path = (name) => join(folder, name);
  const write = (name, text) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  const child = spawn(process.env.PSALINK, ["serve", "--no-open", "--port", "0", ...args], { cwd: folder, stdio: ["pipe", "ignore", "pipe"] });
  let said = "";
  const addresses = [];
  const waiting = [];
  const whole = new Promise((_, reject) => child.on("exit", () => reject(new Error(`psalink has ended: ${said}`))));
  whole.catch(() => {});
  let rest = "";
  child.stderr.on("data", (bytes) => {
    said += bytes;
    const lines = (rest + bytes).split("\n");
    rest = lines.pop();
    for (const found of lines.map((line) => line.match(/^the workbench.* is at (http:\S+)/)).filter(Boolean)) {
      if (waiting.length) waiting.shift()(found[1]);
      else addresses.push(found[1]);
    }
  });
  const printed = () => Promise.race([whole, addresses.length ? addresses.shift() : new Promise((resolve) => { waiting.push(resolve); })]);
  const first = await printed();
  const url = new URL(first).origin;
  addresses.push(first);
  /** An address that works once: first the printed one, then those that pressing Enter in the terminal prints. */
  const address = async () => {
    if (addresses.length === 0) child.stdin.write("\n");
    return printed();
  };
  const bench = {
    url, write, path, address,
    get said() { return said; },
    read: (name) => readFileSync(path(name), "utf8"),
    close() {
      benches.delete(url);
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  benches.set(url, bench);
  return bench;
}

/** The running workbenches, by the origin of their addresses. */
const benches = new Map();

/**
 * Opens an address of the workbench in a browser that has access. `page.wrong` collects errors from the console, from
 * scripts and from the policy.
 */
export async function open(browser, url, { size = DESKTOP, scheme = "light", isOrdinary = false } = {}) {
  // A private window does not connect ahead of time, so it could not show that.
  const context = isOrdinary ? browser.defaultBrowserContext() : await browser.createBrowserContext();
  await context.overridePermissions(new URL(url).origin, ["clipboard-read", "clipboard-write", "clipboard-sanitized-write"]);
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.wrong = [];
  page.asked = [];
  const note = (text) => page.wrong.push(text);
  page.on("pageerror", (error) => note(`script: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) note(`console: ${message.text()} (${message.location().url ?? ""})`);
  });
  const session = await page.createCDPSession();
  await session.send("Log.enable");
  session.on("Log.entryAdded", ({ entry }) => {
    if (["error", "warning"].includes(entry.level)) note(`log: ${entry.text} (${entry.url ?? ""})`);
  });
  page.on("request", (request) => page.asked.push(request.url()));
  await page.evaluateOnNewDocument(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.setViewport(size);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  const { origin, hash } = new URL(url);
  await page.goto(`${await benches.get(origin).address()}${hash}`, { waitUntil: "load" });
  await page.waitForFunction(() => location.pathname === "/" && location.search === "" && document.querySelector("main h1") && document.getElementById("root"));
  if (!isOrdinary) page.close = () => context.close();
  return page;
}

/** Waits until a function in the page returns something true, and returns that. */
export async function until(page, action, ...values) {
  const handle = await page.waitForFunction(action, { polling: 20 }, ...values);
  return handle.jsonValue();
}

/** Waits until the frame shows a message with a text. */
export function mailSays(page, text) {
  return until(page, (text) => {
    const frame = document.querySelector("iframe.mail-frame:not(.is-loading)");
    return frame?.contentDocument?.body?.textContent.includes(text);
  }, text);
}

/** Clicks the visible button or tab whose name begins like this. */
export async function click(page, name, selector = "button, a, [role=tab]") {
  const handle = await page.waitForFunction((name, selector) => [...document.querySelectorAll(selector)].find((one) => {
    const text = (one.getAttribute("aria-label") ?? one.textContent).trim();
    return text.startsWith(name) && one.getClientRects().length > 0 && !one.disabled;
  }), { polling: 20 }, name, selector);
  await handle.asElement().click();
}

/** A server that counts connections and requests. */
export async function sink() {
  const seen = { connections: 0, requests: [] };
  const server = createServer((request, answer) => {
    seen.requests.push(request.url);
    answer.setHeader("Access-Control-Allow-Origin", "*");
    answer.setHeader("Content-Type", request.url === "/" ? "text/html" : "image/svg+xml");
    answer.end(request.url === "/" ? "<!doctype html><p>Another site</p>" : "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>");
  });
  server.on("connection", () => { seen.connections += 1; });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return { seen, port, url: `http://127.0.0.1:${port}`, close: () => { server.closeAllConnections(); server.close(); } };
}

export const SETTINGS = "portal: acme\ndialect: connectwise\n";

/** A message that is longer than any window. */
export function long(first = "Hello [ContactFirstName],") {
  const lines = Array.from({ length: 80 }, (_, at) => `<p>Line ${at + 1} of the mail about ticket [srnumber].</p>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Note</title></head>
<body>
<p id="first">${first}</p>
<p><a href="https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[srnumber]">Open ticket [srnumber]</a></p>
${lines.join("\n")}
</body>
</html>
`;
}

/** A folder with a bit of everything. */
export const FOLDER = {
  "psalink.yaml": SETTINGS,
  "mails/new/note.html": long(),
  "mails/new/note.subject.txt": "Ticket #[SRNumber]: a note\n",
  "mails/closed/done.html": "<p>Ticket [srnumber] is closed, <img src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\">.</p>\n<p>[nonsense]</p>\n",
  "mails/closed/text.txt": "Closed: [srnumber]\n",
  "mails/broken.html.j2": "<p>\n{% if %}</p>\n",
};
