// Takes new screenshots for the README and docs/workbench.md:
//   PSALINK=target/release/psalink PSALINK_MODULES=target/browser/node_modules node tests/browser/screenshots.mjs

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { browser, open, until, workbench } from "./workbench.mjs";

const PICTURES = "fixtures/screenshots";
const SIZE = { width: 1280, height: 860 };
const DAMAGED = "templates/older/damaged-links.html";
const SETTINGS = "dialect: autotask\nportal: acme\n";

process.env.PSALINK = join(process.cwd(), process.env.PSALINK);
const bench = await workbench({ "psalink.yaml": SETTINGS, "templates/empty.html": "" }, ["templates"]);
const project = bench.path("starter");
execFileSync(process.env.PSALINK, ["init", project, "--dialect", "autotask", "--portal", "acme"], { stdio: "ignore" });
cpSync(join(project, "templates"), bench.path("templates"), { recursive: true });
mkdirSync(bench.path("templates/older"));
cpSync("fixtures/templates/autotask/damaged-links.html", bench.path(DAMAGED));
const chrome = await browser();
const take = async (address, name) => {
  const page = await open(chrome, `${bench.url}/#/${address}`, { size: SIZE });
  await until(page, () => document.querySelector("iframe") && document.querySelector('[role="tab"][aria-selected="true"]'));
  await page.waitForNetworkIdle({ idleTime: 800, concurrency: 1 });
  await page.screenshot({ path: join(PICTURES, name) });
  await page.close();
};
await take(`template/${DAMAGED}`, "template.png");
await take("template/templates/approval-needed.html.j2?sample=markup&tab=links", "links.png");
await chrome.close();
bench.close();
