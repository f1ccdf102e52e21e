// The pictures of scripts/update-readme: the artefact page and the report of a run, as PNG files in
// docs/. Needs RUN and what page_browser.mjs needs in the environment.
import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { browser, open, problems, ready, serve } from "./page_browser.mjs";

const docs = join(dirname(fileURLToPath(import.meta.url)), "../docs");
const { RUN: run } = process.env;
mkdirSync(docs, { recursive: true });

/** Takes a picture and prints its size. */
async function picture(name, page) {
  const path = join(docs, `${name}.png`);
  await page.screenshot({ path });
  console.log(`${path}: ${Math.round(statSync(path).size / 1000)} kB`);
}

const { server, url } = await serve("--run", run);
try {
  const page = await open(url, { viewport: { width: 1280, height: 860 }, colorScheme: "light" });
  await page.goto(url);
  await ready(page);
  await page.waitForSelector("#reading table tbody tr");
  await page.waitForSelector("#target-figures dd:not(:empty)");
  await page.evaluate(() => window.page.bench.change({ ratio: 50 }));
  await ready(page);
  await page.waitForFunction(() => !document.querySelector("#target-figures .waiting"));
  await page.waitForTimeout(1000);
  await picture("page", page);
  await page.context().close();

  const file = pathToFileURL(join(run, "report.html")).href;
  const report = await open(file, { viewport: { width: 1280, height: 1030 }, colorScheme: "light" });
  await report.goto(file);
  await picture("report", report);
  await report.context().close();
} finally {
  server.kill("SIGINT");
  await browser.close();
}
if (problems.length > 0) {
  console.log(problems.join("\n"));
  process.exit(1);
}
