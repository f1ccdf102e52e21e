// Checks of networks that are given whole images, for scripts/check_page.mjs: marks and outlines on the
// image and in the table, before compression and after it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export async function checkFindings({ check, accessible, open, ready, shown, fingerprint, serve, program, place, pictures }) {
  const run = join(place, "search");
  if (!existsSync(join(run, "report.html"))) {
    execFileSync(program, ["calibrate", "ct-head", "--task", "locate,outline", "--preset", "smoke", "--path", "native",
      "--regime", "original", "--ratio", "5,60", "--train-images", "10", "--test-images", "8", "--epochs", "2", "--quiet",
      "--out", run]);
  }
  const { server, url } = await serve("--run", run);
  const page = await open(url);
  const rows = () => page.locator("#findings-table tbody tr").evaluateAll((all) =>
    all.map((row) => [...row.children].map((cell) => cell.textContent)));
  const found = () => page.evaluate(() => window.page.bench.stage.found);

  await check("outlines of networks stand on the image and in the table", async () => {
    await page.goto(url);
    await ready(page);
    await page.waitForFunction(() => window.page.bench.stage.found?.decoded.contours);
    const before = await fingerprint(page);
    await page.click("#findings");
    assert.notEqual(await fingerprint(page), before, "the outlines are drawn");
    const { original, decoded } = await found();
    const targets = original.contours.dice.filter((dice) => dice !== null);
    const table = await rows();
    assert.equal(table.length, targets.length + 1);
    assert.deepEqual(table.slice(0, -1).map(([, value]) => value), targets.map((dice) => dice.toFixed(2)));
    const mean = decoded.contours.dice.filter((dice) => dice !== null).reduce((a, b) => a + b, 0) / targets.length;
    assert.equal(table.at(-1)[2], mean.toFixed(3));
    await page.screenshot({ path: join(pictures, "findings-outlines.png") });
  });

  await check("marks of networks in images to be searched, with and without targets", async () => {
    await shown(page, () => page.selectOption("#phantom", "ct-head-search"));
    const sizes = new Set();
    for (let number = 0; number < 8; number++) {
      if (number > 0) await shown(page, () => page.click("#another"));
      await page.waitForFunction(() => window.page.bench.stage.found?.decoded.marks);
      const { original, decoded } = await found();
      const targets = original.marks.found.length;
      sizes.add(targets);
      assert.equal(await page.locator("#target").isHidden(), targets === 0);
      const table = await rows();
      assert.equal(table.length, targets + 1);
      assert.deepEqual(table.at(-1).slice(1), [original, decoded].map(({ marks }) => String(marks.false_marks.length)));
      for (const [at, [, mine, theirs]] of table.slice(0, -1).entries()) {
        assert.equal(mine, `${original.marks.found[at]} of 1`);
        assert.equal(theirs, `${decoded.marks.found[at]} of 1`);
      }
    }
    assert.ok(sizes.has(0) && sizes.size > 1, [...sizes].join());
    await page.keyboard.press("t");
    await page.screenshot({ path: join(pictures, "findings-marks.png") });
    await accessible(page, "findings");
    // A link leads to the same overlay.
    await page.waitForFunction(() => location.hash.includes("findings") && location.hash.includes("ct-head-search"));
  });

  await check("two codecs have marks of their own, and the quiz asks about regions", async () => {
    await shown(page, () => page.keyboard.press("c"));
    await page.waitForFunction(() => window.page.bench.stage.found?.other?.marks);
    assert.equal((await rows()).at(-1).length, 4);
    await page.click("#quiz-start");
    await page.waitForSelector("#quiz-region canvas");
    await page.locator("#quiz-answers button").first().click();
    await page.waitForFunction(() => document.getElementById("quiz-verdict").textContent.length > 0);
  });

  await check("the quiz in whole images knows what a target is, and what none is", async () => {
    const truthOf = async (number) => {
      const answer = await fetch(`${url}api/original?phantom=ct-head-search&case=${number}`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      return JSON.parse(bytes.subarray(4, 4 + bytes.readUInt32LE(0))).truth.regions;
    };
    const truths = await Promise.all([...Array(8).keys()].map(truthOf));
    const [held, empty] = [truths.findIndex((it) => it.length > 0), truths.findIndex((it) => it.length === 0)];
    const next = (number) => page.evaluate((share) => { Math.random = () => share; }, (number + 0.5) / 1000);
    const verdict = () => page.locator("#search-verdict strong").innerText();
    const click = async ([row, column]) => {
      const box = await page.locator("#search-canvas").boundingBox();
      await page.mouse.click(box.x + (column / 512) * box.width, box.y + (row / 512) * box.height);
    };
    await next(held);
    await page.locator("#search-start").click();
    await page.locator("#search-canvas").scrollIntoViewIfNeeded();
    await click(truths[held][0].center);
    assert.match(await verdict(), /Correct/);
    await page.waitForFunction(() => /mark the targets/.test(document.getElementById("search-networks").textContent));
    await page.locator("#search").screenshot({ path: join(pictures, "search-quiz.png") });
    await next(empty);
    await page.locator("#search-next").click();
    await page.locator("#search-none").click();
    assert.match(await verdict(), /Correct/);
    await page.locator("#search-next").click();
    await page.waitForSelector("#search-none");
    await click([256, 256]);
    assert.match(await verdict(), /Wrong/);
    await next(held);
    await page.locator("#search-next").click();
    await page.waitForSelector("#search-none");
    // From the middle, where no target is, by the keys.
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    const { center, extent } = truths[held][0];
    const isOn = truths[held].some(({ center, extent }) => Math.hypot(center[0] - 256, center[1] - 248) <= extent + 3);
    assert.match(await verdict(), isOn ? /Correct/ : /Wrong/, `${center} ${extent}`);
    assert.ok(await page.locator("#search-chart .dot").count() >= 1);
    await accessible(page, "quiz in whole images");
  });
  await page.context().close();
  server.kill();
}
