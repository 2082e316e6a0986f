// The measurements of `benches/serve`; see there.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SETTINGS, browser, long, mailSays, open, workbench } from "../tests/browser/workbench.mjs";

const rounds = Number(process.argv[2] ?? 40);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const sorted = (all) => [...all].sort((one, other) => one - other);
const at = (all, part) => sorted(all)[Math.min(all.length - 1, Math.floor(all.length * part))];

const bench = await workbench({ "psalink.yaml": SETTINGS, "mails/note.html": long(), "mails/other.html": long() });
try {
  await screen();
  await answers();
} finally {
  bench.close();
}

/** The time from just before a file is written until a frame with the new message has been drawn. */
async function screen() {
  const chrome = await browser();
  const page = await open(chrome, `${bench.url}/#/template/mails/note.html`);
  await mailSays(page, "Line 80");
  const took = [];
  for (let round = 0; round < rounds + 3; round += 1) {
    const word = `Save ${round}.`;
    const drawn = page.evaluate((word) => new Promise((resolve) => {
      const look = () => {
        const frame = document.querySelector("iframe.mail-frame:not(.is-loading)");
        // The first callback runs before a frame is drawn, the second one after it.
        if (frame?.contentDocument?.body?.textContent.includes(word)) requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
        else requestAnimationFrame(look);
      };
      look();
    }), word);
    const start = performance.timeOrigin + performance.now();
    bench.write("mails/note.html", long(word));
    const end = await drawn;
    if (round >= 3) took.push(end - start); // the first ones warm up
    await wait(250);
  }
  const text = (part) => `${at(took, part).toFixed(0)} ms`;
  console.log(`saved to drawn:  median ${text(0.5)}, best ${text(0)}, 9 of 10 within ${text(0.9)}, worst ${text(1)} (${took.length} saves)`);
  await page.close();
  await chrome.close();
}

function ask(url, agent, options, body) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, ...options }, (answer) => {
      let bytes = 0;
      answer.on("data", (chunk) => { bytes += chunk.length; });
      answer.on("end", () => (answer.statusCode === 200 ? resolve(bytes) : reject(new Error(`${url}: ${answer.statusCode}`))));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** Answers a second, with that many requests at a time. */
async function rate(question, at_a_time, seconds) {
  const end = performance.now() + seconds * 1000;
  let count = 0;
  const start = performance.now();
  await Promise.all(Array.from({ length: at_a_time }, async () => {
    for (; performance.now() < end; count += 1) await question();
  }));
  return count / (performance.now() - start) * 1000;
}

async function answers() {
  // One connection for each request: on a persistent one, http.server waits for the system to send its two packets.
  const agent = new Agent({ keepAlive: false, maxSockets: 16 });
  const body = JSON.stringify({ path: "mails/note.html" });
  const page = await fetch(await bench.address());
  const cookie = page.headers.get("set-cookie").split(";")[0];
  const key = (await page.text()).match(/name="psalink-key" content="(\w+)"/)[1];
  const headers = { "Content-Type": "application/json", Cookie: cookie, "X-Psalink": key, "Content-Length": Buffer.byteLength(body) };
  const ours = () => ask(`${bench.url}/api/template`, agent, { method: "POST", headers }, body);
  const size = await ours();
  const folder = mkdtempSync(join(tmpdir(), "psalink-bench-"));
  writeFileSync(join(folder, "answer.json"), "x".repeat(size));
  const port = 20000 + process.pid % 20000;
  const python = spawn("python3", ["-m", "http.server", "--bind", "127.0.0.1", String(port)], { cwd: folder, stdio: "ignore" });
  const theirs = () => ask(`http://127.0.0.1:${port}/answer.json`, agent, {});
  try {
    for (let tries = 0; ; tries += 1) {
      try {
        await theirs();
        break;
      } catch (error) {
        if (tries > 50) throw error;
        await wait(100);
      }
    }
    for (const many of [1, 8]) {
      const [mine, other] = [[], []];
      for (let turn = 0; turn < 5; turn += 1) {
        mine.push(await rate(ours, many, 1));
        other.push(await rate(theirs, many, 1));
      }
      const [one, two] = [at(mine, 0.5), at(other, 0.5)];
      console.log(`/api/template, ${many} at a time: ${one.toFixed(0)} answers of ${size} bytes a second; http.server sends ${two.toFixed(0)} (ratio ${(one / two).toFixed(2)})`);
    }
  } finally {
    python.kill();
    agent.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}
