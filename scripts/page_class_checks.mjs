// Checks of a class for scripts/check_page.mjs: how phones join, what they are asked, and the curve of
// their answers against the table.
import assert from "node:assert/strict";
import { join } from "node:path";

const PHONES = 30;
/** Questions that each simulated phone answers: into the third ratio. */
const QUESTIONS = 17;
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** Asks as a phone does, and waits where it is told to. */
async function ask(url, options) {
  for (;;) {
    const response = await fetch(url, options);
    if (response.status !== 429 && response.status !== 503) return response;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** The header of an answer with pixels. */
async function header(response) {
  assert.equal(response.status, 200);
  const bytes = Buffer.from(await response.arrayBuffer());
  return JSON.parse(bytes.subarray(4, 4 + bytes.readUInt32LE(0)));
}

/** Joins and answers at random, as a reader with a favourite shape. */
async function phone(address, code, number) {
  const post = (what, body) => ask(`${address}class/${what}`, { method: "POST", body: JSON.stringify(body) });
  const { student } = await (await post("join", { code })).json();
  for (let question = 0; question < QUESTIONS; question++) {
    const { classes } = await header(await ask(`${address}class/question?student=${student}`));
    const answer = (number + question * (number % 3)) % classes.length;
    await header(await post("answer", { student, question, answer }));
  }
}

/** Quantile of Student's t distribution at 0.975 (statrs, scipy.stats.t.ppf), by degrees of freedom. */
const T_975 = { 29: 2.045229642132703, 30: 2.042272456301238 };

/** Share and interval of one ratio from the rows of the table, by the formula of the documentation. */
function level(rows) {
  const students = new Map();
  for (const { student, correct } of rows) {
    const [y, x] = students.get(student) ?? [0, 0];
    students.set(student, [y + (correct === "true" ? 1 : 0), x + 1]);
  }
  const counts = [...students.values()];
  const [m, n] = [counts.length, rows.length];
  const p = counts.reduce((sum, [y]) => sum + y, 0) / n;
  const v = (m / (m - 1)) * counts.reduce((sum, [y, x]) => sum + (y - p * x) ** 2, 0) / n ** 2;
  const effective = n / Math.max(1, v / (p * (1 - p) / n));
  const t = T_975[m - 1];
  const middle = (p + t * t / (2 * effective)) / (1 + t * t / effective);
  const half = t * Math.sqrt(p * (1 - p) / effective + t * t / (4 * effective ** 2)) / (1 + t * t / effective);
  return { students: m, asked: n, share: p, low: middle - half, high: middle + half };
}

export async function checkClass({ check, accessible, open, problems, serve, require, pictures, run }) {
  const jsQR = require("jsqr");
  const { server, url } = await serve("--run", run, "--share=127.0.0.1");
  const page = await open(url, { acceptDownloads: true });
  await page.goto(url);
  await page.waitForFunction(() => document.getElementById("class-word").textContent.length === 6);
  const { address, code } = await page.evaluate(() => window.page.bench.source.standing());

  await check("a phone reads the code from the screen", async () => {
    const image = page.locator("#class-code img");
    await image.scrollIntoViewIfNeeded();
    const bytes = (await image.screenshot()).toString("base64");
    const { data, width, height } = await page.evaluate(async (base64) => {
      const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (it) => it.charCodeAt(0))]));
      const canvas = new OffscreenCanvas(picture.width, picture.height);
      const context = canvas.getContext("2d");
      context.drawImage(picture, 0, 0);
      return { data: [...context.getImageData(0, 0, picture.width, picture.height).data], width: picture.width, height: picture.height };
    }, bytes);
    assert.equal(jsQR(Uint8ClampedArray.from(data), width, height)?.data, `${address}#${code}`);
  });
  await check("a phone joins, sees the shapes first and answers with taps", async () => {
    const student = await open(address, { ...PHONE, colorScheme: "light" });
    await student.goto(address);
    const before = problems.length;
    await student.locator("#code").fill("AAAAAA");
    await student.locator("#join button").tap();
    await student.waitForFunction(() => /not the code/.test(document.getElementById("join-said").textContent));
    // Chromium itself logs the refused request.
    problems.splice(before);
    await student.screenshot({ path: join(pictures, "class-join.png") });
    await accessible(student, "joining a class");
    await student.goto("about:blank");
    await student.goto(`${address}#${code}`);
    await student.waitForFunction(() => document.querySelectorAll("#quiz-shapes canvas").length === 6);
    await student.screenshot({ path: join(pictures, "class-shapes.png") });
    await student.locator("#quiz-start").tap();
    for (let question = 0; question < 3; question++) {
      await student.waitForSelector("#quiz-answers button:not(:disabled)");
      // A page that is loaded again goes on with the same question.
      if (question === 1) {
        await student.reload();
        await student.locator("#quiz-start").tap();
        await student.waitForSelector("#quiz-answers button:not(:disabled)");
      }
      assert.match(await student.locator("#quiz-progress").innerText(), new RegExp(`^Question ${question + 1} of 40 · 5:1 · JPEG 2000`));
      await student.locator("#quiz-answers button").nth(question).tap();
      await student.waitForSelector("#quiz-next");
      assert.match(await student.locator("#quiz-verdict strong").innerText(), /Correct|Wrong/);
      assert.equal(await student.locator("#quiz-answers button.right").count(), 1);
      await student.waitForFunction(() => /networks? trained on originals \d+ %/.test(document.getElementById("quiz-networks").textContent));
      if (question === 2) await student.screenshot({ path: join(pictures, "class-answered.png"), fullPage: true });
      else await student.locator("#quiz-next").tap();
    }
    const over = await student.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${over} pixels too wide`);
    await accessible(student, "the quiz of a class");
    await student.context().close();
  });
  await check(`the curve of a class of ${PHONES} more phones is that of its table`, async () => {
    await Promise.all(Array.from({ length: PHONES }, (_, number) => phone(address, code, number)));
    await page.waitForFunction((count) => document.getElementById("class-count").textContent.startsWith(`${count} students`), PHONES + 1);
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#class-table").click()]);
    const { readFileSync } = await import("node:fs");
    const [head, ...lines] = readFileSync(await download.path(), "utf8").trim().split("\n").map((line) => line.split(","));
    const rows = lines.map((line) => Object.fromEntries(head.map((name, at) => [name, line[at]])));
    assert.equal(rows.length, PHONES * QUESTIONS + 3);
    const { levels } = await page.evaluate(() => window.page.bench.source.standing());
    assert.deepEqual(levels.map(({ ratio }) => ratio), [5, 10, 20]);
    for (const { ratio, students, asked, share, interval } of levels) {
      const expected = level(rows.filter((row) => Number(row.ratio_asked) === ratio));
      const found = { students, asked, share, low: interval[0], high: interval[1] };
      for (const [key, value] of Object.entries(expected)) {
        assert.ok(Math.abs(found[key] - value) < 1e-6, `${ratio}:1 ${key}: ${found[key]} for ${value}`);
      }
    }
    // The chart shows the same points and intervals.
    const drawn = await page.evaluate(() => ["dot", "bar"].map((kind) => document.querySelectorAll(`#class-chart .series.you .${kind}`).length));
    assert.deepEqual(drawn, [3, 3]);
    await page.locator("#class").screenshot({ path: join(pictures, "class.png") });
    await accessible(page, "the class on the presenter's page");
  });
  await check("the class has the whole screen while presenting", async () => {
    await page.setViewportSize({ width: 1366, height: 768 });
    await page.evaluate(() => document.getElementById("present").click());
    for (let turn = 0; turn < 4; turn++) await page.keyboard.press("PageDown");
    await page.waitForFunction(() => document.body.classList.contains("of-students"));
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(pictures, "presenter-class.png") });
    const box = await page.locator("#class-code img").boundingBox();
    assert.ok(box.width > 230 && box.y >= 0 && box.y + box.height < 700, JSON.stringify(box));
    await page.keyboard.press("Escape");
  });
  await check("phones reach nothing else", async () => {
    for (const path of ["page.js", "index.html", "api/catalogue", "api/original", "api/class", "api/class.csv"]) {
      assert.equal((await fetch(address + path)).status, 404, path);
    }
  });
  await page.context().close();
  server.kill("SIGINT");
}
