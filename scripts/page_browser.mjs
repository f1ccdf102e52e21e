// What scripts/check_page.mjs and scripts/readme_pictures.mjs share: the browser, pages that record
// their problems, and the server. Needs PHANTOM_LIMIT, CHROMIUM and MODULES in the environment.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

const { PHANTOM_LIMIT: program, CHROMIUM: executablePath, MODULES: modules } = process.env;
export const require = createRequire(join(modules, "package.json"));
const { chromium } = require("playwright-core");

export const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** Console errors, errors of scripts and requests outside `home`. */
export const problems = [];

/** A page in a context of its own, which records its problems. */
export async function open(home, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`page: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(home) && !url.startsWith("data:") && !url.startsWith("blob:")) {
      problems.push(`external request: ${url}`);
    }
  });
  return page;
}

/** Waits until the image and all its figures are shown. */
export async function ready(page) {
  await page.waitForFunction(() => window.page?.bench.stage.decoded && document.getElementById("notice").hidden);
  await page.waitForFunction(() => !document.querySelector(".figures .pending") && document.getElementById("figure-psnr"));
}

/** Starts a server; returns its process and the address of the page. */
export async function serve(...options) {
  const server = spawn(program, ["explore", "ct-head", ...options, "--port", "0", "--no-open"], { stdio: ["ignore", "pipe", "ignore"] });
  const url = await new Promise((resolve, reject) => {
    server.stdout.once("data", (data) => resolve(String(data).trim()));
    server.once("exit", (code) => reject(new Error(`the program ended with ${code} before it served`)));
  });
  return { server, url };
}
