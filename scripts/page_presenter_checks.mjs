// Checks of presenter mode and of the stories for scripts/check_page.mjs: room and type at two sizes,
// keys, and that each artefact is measured and seen where its story says.
import assert from "node:assert/strict";
import { join } from "node:path";

/** 1366×768, and the same screen at a zoom of 150 %. */
const SIZES = [["1366", { viewport: { width: 1366, height: 768 } }], ["150", { viewport: { width: 911, height: 512 }, deviceScaleFactor: 1.5 }]];

const STORIES = ["blocking", "ringing", "ripple", "blurring"];

/** The least index of each artefact in its story. */
const LEAST_INDEX = { blocking: 0.25, ringing: 0.05, ripple: 0.5, blurring: 0.15 };

/** What the pixels of a story show, original first. */
const evidence = (page, id) => page.evaluate((id) => {
  const { stage } = window.page.bench;
  const { header, samples } = stage.original;
  const { columns, slope, intercept } = header;
  const value = (image) => (row, column) => slope * image[row * columns + column] + intercept;
  const images = [value(samples), value(stage.decoded.samples)];
  const mean = (values) => values.reduce((sum, it) => sum + it, 0) / values.length;
  const deviation = (values) => Math.sqrt(mean(values.map((it) => (it - mean(values)) ** 2)));
  const { row, column } = stage.view;
  if (id === "blocking") {
    // Steps across borders of blocks, over steps within blocks.
    return images.map((at) => {
      const [border, within] = [[], []];
      for (let r = row - 40; r < row + 40; r++) {
        for (let c = column - 40; c < column + 40; c++) (c % 8 === 0 ? border : within).push(Math.abs(at(r, c) - at(r, c - 1)));
      }
      return mean(border) / mean(within);
    });
  }
  if (id === "ringing") {
    // Spread of the values from 3 to 16 pixels below the inner edge of the skull.
    return images.map((at) => {
      const values = [];
      for (let c = column - 9; c < column + 9; c++) {
        let edge = row - 40;
        while (images[0](edge, c) < 500) edge++;
        while (images[0](edge, c) > 90) edge++;
        for (let r = edge + 3; r < edge + 17; r++) values.push(at(r, c));
      }
      return deviation(values);
    });
  }
  if (id === "blurring") {
    // The steepest steps in what is seen.
    return images.map((at) => {
      const steps = [];
      for (let r = row - 30; r < row + 30; r++) for (let c = column - 16; c < column + 16; c++) steps.push(Math.abs(at(r, c) - at(r, c - 1)));
      return mean(steps.sort((a, b) => b - a).slice(0, 40));
    });
  }
  // The fine structure that is gone: the mean step between neighbours.
  return images.map((at) => {
    const steps = [];
    for (let r = row - 40; r < row + 40; r++) for (let c = column - 40; c < column + 40; c++) steps.push(Math.abs(at(r, c) - at(r, c - 1)));
    return mean(steps);
  });
}, id);

/** Waits until the story and its figures are shown. */
const told = (page, id) => page.waitForFunction((id) => {
  const { bench } = window.page;
  return bench.story === id && !bench.isPending && bench.similarity && document.querySelector("#told-text h2");
}, id);

export async function checkPresenter({ check, accessible, open, ready, url, pictures }) {
  for (const [name, size] of SIZES) {
    await check(`presenter mode at ${name}: all of it is seen, in large type`, async () => {
      const page = await open(url, size);
      await page.goto(url);
      await ready(page);
      await page.locator("#present").click();
      for (const [at, id] of STORIES.entries()) {
        await told(page, id);
        await page.waitForTimeout(250);
        const layout = await page.evaluate(() => {
          const box = (id) => document.getElementById(id).getBoundingClientRect();
          const text = document.getElementById("told-text");
          return {
            width: innerWidth, height: innerHeight, stage: box("stage").toJSON(), told: box("told").toJSON(), ruler: box("ruler").toJSON(),
            cut: text.scrollHeight - text.clientHeight, type: parseFloat(getComputedStyle(text).fontSize),
            over: document.documentElement.scrollWidth - innerWidth, at: document.getElementById("told-at").textContent,
          };
        });
        assert.equal(layout.at, `${at + 1} of 4`);
        assert.ok(layout.cut <= 1 && layout.over <= 0, `${id}: the text is cut: ${JSON.stringify(layout)}`);
        assert.ok(layout.stage.width > layout.width * 0.55 && layout.stage.height > layout.height * 0.6, JSON.stringify(layout));
        for (const part of [layout.told, layout.ruler]) assert.ok(part.bottom <= layout.height + 1, JSON.stringify(layout));
        // In pixels of the screen.
        const type = layout.type * (size.deviceScaleFactor ?? 1);
        assert.ok(type >= 20, `${type} pixels`);
        await page.screenshot({ path: join(pictures, `presenter-${name}-${id}.png`) });
        if (at === 0) await accessible(page, `presenter mode at ${name}`);
        await page.keyboard.press("PageDown");
      }
      await page.context().close();
    });
  }
  const page = await open(url);
  await page.goto(url);
  await ready(page);
  await check("each story is measured by its index, and seen where it says", async () => {
    await page.locator("#present").click();
    for (const id of STORIES) {
      await told(page, id);
      const artefacts = await page.evaluate(() => window.page.bench.similarity.artefacts);
      const index = artefacts[id === "blurring" ? "blur" : id];
      const [original, decoded] = await evidence(page, id);
      console.log(`      ${id}: index ${index.toFixed(3)}, original ${original.toFixed(2)}, decoded ${decoded.toFixed(2)}`);
      assert.ok(index > LEAST_INDEX[id], `${id}: ${index}`);
      if (id === "blocking") assert.ok(original < 1.3 && decoded > 2.5);
      if (id === "ringing") assert.ok(original < 5 && decoded > 3 * original);
      if (id === "ripple") assert.ok(decoded < 0.75 * original);
      if (id === "blurring") assert.ok(decoded < 0.7 * original);
      const overlays = await page.evaluate(() => { const { grid, blocks, targets } = window.page.bench.stage.view; return grid || blocks || targets; });
      assert.equal(overlays, false);
      await page.keyboard.press("PageDown");
    }
    await page.keyboard.press("Escape");
    await page.evaluate(() => window.page.bench.reset());
  });
  await check("keys and buttons turn the stories, and a link leads to one", async () => {
    const now = () => page.evaluate(() => window.page.bench.story);
    await page.locator("#present").click();
    await told(page, "blocking");
    await page.keyboard.press("ArrowRight");
    await told(page, "ringing");
    // A presenter's key works on the ruler too, an arrow moves the level there.
    await page.locator("#ratio").focus();
    const ratio = await page.evaluate(() => window.page.bench.settings.ratio);
    await page.keyboard.press("ArrowRight");
    assert.equal(await now(), "ringing");
    assert.ok(await page.evaluate(() => window.page.bench.settings.ratio) > ratio);
    await page.keyboard.press("PageDown");
    await told(page, "ripple");
    await page.locator("#told-before").click();
    await told(page, "ringing");
    const link = await page.evaluate(() => { window.page.bench.writeLink(); return location.href; });
    const other = await open(url);
    await other.goto(link);
    await told(other, "ringing");
    assert.ok(await other.evaluate(() => document.body.classList.contains("presents")));
    await other.keyboard.press("Escape");
    assert.ok(await other.locator("#rail").isVisible());
    assert.equal(await other.locator("#told").isVisible(), false);
    await other.context().close();
  });
  await page.context().close();
}
