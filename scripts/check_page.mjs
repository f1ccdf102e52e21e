// The checks of scripts/check-page. Needs RUN and what page_browser.mjs needs in the environment.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { deflateSync } from "node:zlib";
import { browser, open, problems, ready, require, serve } from "./page_browser.mjs";
import { checkClass } from "./page_class_checks.mjs";
import { checkFindings } from "./page_findings_checks.mjs";
import { checkPresenter } from "./page_presenter_checks.mjs";
import { checkViews } from "./page_view_checks.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const place = join(root, "target/page");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { PHANTOM_LIMIT: program, RUN: run, ONLY: only } = process.env;
const pictures = join(place, "pictures");
mkdirSync(pictures, { recursive: true });

/** Times above the bound fail only from this factor on: below it, a busy machine may be the cause. */
const GROSS = 4;
const failures = [];

/** Runs one named check; if it fails, the others still run. */
async function check(name, body) {
  const before = problems.length;
  try {
    await body();
    assert.deepEqual(problems.slice(before), [], "problems in the browser");
    console.log(`ok    ${name}`);
  } catch (error) {
    failures.push(name);
    console.log(`FAIL  ${name}\n      ${String(error.stack ?? error).split("\n").slice(0, 12).join("\n      ")}`);
  }
}

/** Acts on the page and waits for the image that follows; returns its time in milliseconds. */
async function shown(page, act, argument) {
  const came = page.evaluate(() => new Promise((resolve, reject) => {
    document.addEventListener("shown", (event) => resolve(event.detail.milliseconds), { once: true });
    document.addEventListener("refused", (event) => reject(new Error(event.detail)), { once: true });
  }));
  await act(argument);
  return came;
}

/** A hash of the pixels of the stage. */
const fingerprint = (page) => page.evaluate(async () => {
  await window.page.bench.stage.shown();
  const canvas = document.querySelector("#stage canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let hash = 2166136261;
  for (const value of data) hash = Math.imul(hash ^ value, 16777619);
  return hash >>> 0;
});

async function accessible(page, name, isPaper = false) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((isPaper) => window.axe.run(document, {
    resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    // Nobody touches paper.
    rules: { "target-size": { enabled: !isPaper } },
  }), isPaper);
  for (const { id, impact, nodes, help } of violations) {
    console.log(`      axe ${name}: ${impact} ${id}: ${help} (${nodes.length}) ${nodes[0].html.slice(0, 140)}`);
  }
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  assert.deepEqual(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`), []);
}

/** A 16-bit grey PNG. */
function png(rows, columns, value) {
  const table = Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n >>> 0;
  });
  const chunk = (type, body) => {
    const bytes = Buffer.concat([Buffer.from(type), body]);
    let crc = 0xffffffff;
    for (const byte of bytes) crc = table[(crc ^ byte) & 255] ^ (crc >>> 8);
    const framed = Buffer.alloc(bytes.length + 8);
    framed.writeUInt32BE(body.length, 0);
    bytes.copy(framed, 4);
    framed.writeUInt32BE((crc ^ 0xffffffff) >>> 0, bytes.length + 4);
    return framed;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(columns, 0);
  header.writeUInt32BE(rows, 4);
  header.set([16, 0, 0, 0, 0], 8);
  const lines = Buffer.alloc(rows * (1 + 2 * columns));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      lines.writeUInt16BE(value(row, column), row * (1 + 2 * columns) + 1 + 2 * column);
    }
  }
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", deflateSync(lines)), chunk("IEND", Buffer.alloc(0))]);
}

const setRatio = (page, ratio) => page.evaluate((ratio) => window.page.bench.change({ ratio }), ratio);
const wants = (part) => !only || only === part;
const figure = (page, id) => page.locator(`#figure-${id}`).innerText();

/** Reports a time with its bound, and fails if it is far above. */
function timed(name, milliseconds, bound) {
  const standing = milliseconds <= bound ? "within" : "ABOVE";
  console.log(`      ${name}: ${milliseconds.toFixed(0)} ms, ${standing} ${bound} ms`);
  assert.ok(milliseconds <= GROSS * bound, `${name}: ${milliseconds.toFixed(0)} ms, more than ${GROSS} times ${bound}`);
}

const { server, url } = await serve("--run", run);

try {
  if (wants("page")) {
    const page = await open(url);
    await check("the page loads without console error or external request", async () => {
      await page.goto(url);
      await ready(page);
    });
    await check("moving the ratio changes the decoded pixels and the figures", async () => {
      await shown(page, () => setRatio(page, 5));
      const before = [await fingerprint(page), await figure(page, "ratio"), await figure(page, "psnr"), await figure(page, "bytes")];
      const ruler = page.locator("#ratio");
      await ruler.focus();
      await shown(page, () => ruler.press("End"));
      const after = [await fingerprint(page), await figure(page, "ratio"), await figure(page, "psnr"), await figure(page, "bytes")];
      before.forEach((value, at) => assert.notEqual(after[at], value));
      assert.match(after[1], /^2\d\d:1$/);
      // The same ratio again gives the same pixels.
      await shown(page, () => setRatio(page, 5));
      assert.equal(await fingerprint(page), before[0]);
    });
    await check("the divider, window, zoom and overlays change the canvas", async () => {
      for (const [name, act] of [
        ["divider", () => page.locator(".divider").press("ArrowLeft")],
        ["window by dragging", async () => {
          const box = await page.locator("#stage").boundingBox();
          await page.mouse.move(box.x + 80, box.y + 80);
          await page.mouse.down();
          await page.mouse.move(box.x + 140, box.y + 110, { steps: 4 });
          await page.mouse.up();
        }],
        ["zoom", () => page.locator("#zoom-in").click()],
        ["grid", () => page.locator("#grid").click()],
        ["code-blocks", () => page.locator("#blocks").click()],
        ["targets", () => page.locator("#targets").click()],
        ["difference", () => page.getByRole("radio", { name: "Difference" }).click()],
        ["DCT", () => page.getByRole("radio", { name: "DCT" }).click()],
        ["wavelets", () => page.getByRole("radio", { name: "Wavelets" }).click()],
        ["side by side", () => page.getByRole("radio", { name: "Side by side" }).click()],
      ]) {
        const before = await fingerprint(page);
        await act();
        assert.notEqual(await fingerprint(page), before, name);
      }
    });
    await check("the transforms are those of the standards", async () => {
      // As a module of its own: it imports nothing.
      const source = readFileSync(join(root, "src/explore/page/transforms.js"), "utf8");
      const { blockDct, waveletTransform } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
      const flat = new Uint16Array(64 * 64).fill(100);
      const impulse = new Uint16Array(64);
      impulse[0] = 64;
      const dct = blockDct(flat, 64, 64, 0);
      const wavelet = waveletTransform(flat, 64, 64, 0, 3);
      // Orthonormal DCT: DC of a flat block is 8 times its value, of an impulse a/8. The low-pass
      // of T.800 has gain 1, the high-pass of a flat line is 0.
      assert.ok(Math.abs(dct[0] - 800) < 0.01 && Math.max(...dct.subarray(1, 8).map(Math.abs)) < 0.01);
      assert.ok(Math.abs(blockDct(impulse, 8, 8, 0)[0] - 8) < 0.001);
      assert.ok(Math.abs(wavelet[0] - 100) < 0.01 && Math.max(...wavelet.subarray(8, 64).map(Math.abs)) < 0.01);
    });
    await check("keys work on the image", async () => {
      const stage = page.locator("#stage");
      await stage.focus();
      const view = () => page.evaluate(() => ({ ...window.page.bench.stage.view }));
      await stage.press("d");
      assert.equal((await view()).mode, "divider");
      await stage.press("f");
      assert.equal((await view()).mode, "flicker");
      await stage.press("s");
      assert.equal((await view()).mode, "side");
      await stage.press("p");
      const before = await view();
      await stage.press("+");
      await stage.press("ArrowRight");
      const after = await view();
      assert.ok(after.zoom > before.zoom && after.column > before.column);
      await stage.press("w");
      await stage.press("ArrowUp");
      assert.notEqual((await view()).window.center, after.window.center);
      await stage.press("0");
      await shown(page, () => stage.press("]"));
      await stage.press("l");
      assert.ok(await page.locator("#profile svg").isVisible());
      await stage.press("w");
      await stage.press("d");
    });
    await check("every control can be reached and has a name", async () => {
      const unnamed = await page.evaluate(() => [...document.querySelectorAll("input, select, button, [tabindex='0']")]
        .filter((it) => it.offsetParent && !it.labels?.length && !it.getAttribute("aria-label") && !it.getAttribute("aria-labelledby") && !it.textContent.trim())
        .map((it) => it.outerHTML.slice(0, 80)));
      assert.deepEqual(unnamed, []);
    });
    await check("redrawn phantoms follow contrast, radius, noise and number", async () => {
      await page.evaluate(() => window.page.bench.stage.set({ mode: "divider", right: "decoded", shows: "pixels", tool: "window", targets: false, grid: false, blocks: false }));
      for (const change of [{ contrast: 100 }, { radius: 1 }, { noise: 12 }, { case: 7 }, { contrast: null, radius: null, noise: null }]) {
        const before = await fingerprint(page);
        await shown(page, () => page.evaluate((change) => window.page.bench.change(change), change));
        assert.notEqual(await fingerprint(page), before, JSON.stringify(change));
      }
    });
    await check("the networks of the run answer", async () => {
      await page.waitForSelector("#reading table tbody tr");
      const text = await page.locator("#reading").innerText();
      assert.match(text, /% correct, over \d+ network/);
      // Patients have different numbers of regions: the answers are those of the image that is shown.
      await page.waitForFunction(() => document.querySelectorAll("#reading tbody tr").length === document.querySelectorAll("#region option").length);
      // The selected target has votes of the networks and a d′ that is a number.
      const present = await page.evaluate(() => [...document.querySelectorAll("#region option")].find((it) => !/nothing/.test(it.text)).value);
      await page.locator("#region").selectOption(present);
      await page.waitForFunction(() => /d′ before compression[\s?]+\d+\.\d[^]*classified as/.test(document.getElementById("target-figures").innerText));
    });
    await check("each story sets the page", async () => {
      for (const [id, codec] of [["blocking", "jpeg"], ["ringing", "jpeg2000"], ["ripple", "jpeg2000"], ["blurring", "jpeg2000"]]) {
        await page.locator(`#story-${id} button`).click();
        await page.waitForFunction((codec) => window.page.bench.settings.codec === codec && !document.querySelector(".figures .pending"), codec);
        await page.waitForTimeout(400);
        await page.locator("#stage").screenshot({ path: join(pictures, `story-${id}.png`) });
      }
    });
    await check("the quiz scores", async () => {
      // The shapes come first, uncompressed.
      await page.locator("#quiz").scrollIntoViewIfNeeded();
      await page.waitForFunction(() => document.querySelectorAll("#quiz-shapes canvas").length === 6);
      await page.locator("#quiz").screenshot({ path: join(pictures, "quiz-shapes.png") });
      assert.match(await page.locator("#quiz-what").innerText(), /^28 regions/);
      await page.locator("#quiz-each").selectOption("8");
      assert.match(await page.locator("#quiz-what").innerText(), /^56 regions/);
      await page.locator("#quiz-each").selectOption("4");
      await page.locator("#quiz-start").click();
      for (let number = 0; number < 5; number++) {
        await page.waitForSelector("#quiz-answers button:not(:disabled)");
        const { truth, classes } = await page.evaluate(() => ({ truth: window.page.quiz.truth, classes: document.querySelectorAll("#quiz-answers button").length }));
        // Correct, correct, wrong, correct, correct; the second by a key.
        const answer = number === 2 ? (truth + 1) % classes : truth;
        if (number === 1) await page.keyboard.press(String(answer + 1));
        else await page.locator(`#quiz-answers button[data-class="${answer}"]`).click();
        await page.waitForSelector("#quiz-next");
        assert.match(await page.locator("#quiz-verdict").innerText(), number === 2 ? /^✗ Wrong/ : /^✓ Correct/);
        // Right and wrong are marked where one has answered, and the networks of the run have had their say.
        assert.equal(await page.locator("#quiz-answers button.right").getAttribute("data-class"), String(truth));
        assert.equal(await page.locator("#quiz-answers button.wrong").count(), number === 2 ? 1 : 0);
        await page.waitForFunction(() => /^Of \d+ networks?, \d+ had it right/.test(document.getElementById("quiz-networks").textContent));
        if (number === 3) await page.locator("#quiz").screenshot({ path: join(pictures, "quiz.png") });
        await page.locator("#quiz-next").click();
      }
      const { correct, asked } = await page.locator("#quiz-body").evaluate((body) => ({ ...body.dataset }));
      assert.deepEqual([correct, asked], ["4", "5"]);
      const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#quiz-download").click()]);
      const table = readFileSync(await download.path(), "utf8").trim().split("\n");
      assert.match(table[0], /^question,codec,ratio_asked,ratio_reached,phantom,path,image,row,column,truth,answer,correct$/);
      assert.deepEqual(table.slice(1).map((row) => row.split(",").at(-1)), ["true", "true", "false", "true", "true"]);
      assert.ok(await page.locator("#quiz-chart .dot").count() >= 2);
    });
    await check("the quiz has the curves of the networks and of the ideal observer", async () => {
      // The calibration that is included in the program has an ideal observer, a smoke run has none.
      const { server, url } = await serve();
      const published = await open(url);
      await published.goto(url);
      await ready(published);
      await published.locator("#quiz-start").click();
      await published.waitForSelector("#quiz-answers button:not(:disabled)");
      await published.locator("#quiz-answers button").first().click();
      await published.waitForFunction(() => /5 networks trained on originals \d+ %/.test(document.getElementById("quiz-networks")?.textContent));
      const [ideal, networks, you] = await published.evaluate(() => ["ideal .curve", "jpeg2000 .curve", "you .dot"]
        .map((name) => document.querySelectorAll(`#quiz-chart .series.${name}`).length));
      assert.deepEqual([ideal, networks, you], [1, 2, 1]);
      await published.locator("#quiz").screenshot({ path: join(pictures, "quiz-published.png") });
      await published.locator("#networks").screenshot({ path: join(pictures, "networks-published.png") });
      await published.context().close();
      server.kill("SIGINT");
    });
    await check("an image can be dropped in, and another file is refused with a reason", async () => {
      const drop = async (bytes, name) => page.evaluate(([base64, name]) => {
        const file = new File([Uint8Array.from(atob(base64), (it) => it.charCodeAt(0))], name);
        const transfer = new DataTransfer();
        transfer.items.add(file);
        document.getElementById("stage").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }, [bytes.toString("base64"), name]);
      await shown(page, () => drop(png(200, 300, (row, column) => 10 * row + (column % 40 < 20 ? 300 : 0)), "mine.png"));
      const { rows, columns } = await page.evaluate(() => ({ rows: window.page.bench.stage.rows, columns: window.page.bench.stage.columns }));
      assert.deepEqual([rows, columns], [200, 300]);
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: join(pictures, "dropped.png") });
      const before = problems.length;
      await drop(Buffer.from("no picture"), "notes.txt");
      await page.waitForFunction(() => /PNG/.test(document.getElementById("notice").textContent));
      // Chromium itself logs the refused request.
      problems.splice(before);
      await shown(page, () => page.locator("#back").click());
    });
    await check("axe-core finds no serious violation on the page", async () => {
      await ready(page);
      await accessible(page, "page");
    });
    await page.context().close();
    for (const [name, options] of [
      ["light", { colorScheme: "light" }],
      ["dark", { colorScheme: "dark" }],
      ["phone-light", { colorScheme: "light", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }],
      ["phone-dark", { colorScheme: "dark", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }],
    ]) {
      await check(`the page in ${name}: no overflow, picture taken, axe-core content`, async () => {
        const other = await open(url, options);
        await other.goto(url);
        await ready(other);
        await other.waitForTimeout(300);
        await other.screenshot({ path: join(pictures, `page-${name}.png`) });
        await other.screenshot({ path: join(pictures, `page-${name}-whole.png`), fullPage: true });
        const over = await other.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${over} pixels too wide`);
        await accessible(other, name);
        await other.context().close();
      });
    }
    await check("pinching and dragging work on a phone", async () => {
      const phone = await open(url, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
      await phone.goto(url);
      await ready(phone);
      const box = await phone.locator("#stage").boundingBox();
      const session = await phone.context().newCDPSession(phone);
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      const zoom = () => phone.evaluate(() => window.page.bench.stage.view.zoom);
      const before = await zoom();
      const touch = (type, spread) => session.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x: x - spread, y, id: 0 }, { x: x + spread, y, id: 1 }] });
      await touch("touchStart", 30);
      for (const spread of [40, 60, 90]) await touch("touchMove", spread);
      await touch("touchEnd", 0);
      assert.ok(await zoom() > before * 1.5, `${before} became ${await zoom()}`);
      await phone.context().close();
    });
  }

  if (wants("views")) await checkViews({ check, open, ready, shown, fingerprint, serve, url, pictures });

  if (wants("presenter")) await checkPresenter({ check, accessible, open, ready, url, pictures });

  if (wants("class")) await checkClass({ check, accessible, open, problems, serve, require, pictures, run });
  if (wants("findings")) {
    await checkFindings({ check, accessible, open, ready, shown, fingerprint, serve, program, place, pictures });
  }

  if (wants("speed")) {
    const page = await open(url);
    await page.goto(url);
    await ready(page);
    const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
    const measure = async (name, settings, changes) => {
      await shown(page, () => page.evaluate((settings) => window.page.bench.change(settings), settings));
      const times = [];
      for (const change of changes) {
        // At the pace of a moving control; similarity and networks follow after a rest.
        await page.waitForTimeout(60);
        times.push(await shown(page, () => page.evaluate((change) => window.page.bench.change(change), change)));
      }
      timed(`${name}, median of ${times.length} (worst ${Math.max(...times).toFixed(0)} ms)`, median(times), 150);
    };
    const ratios = await page.evaluate(() => window.page.bench.catalogue.ratios.filter((_, at) => at % 3 === 0));
    for (const [codec, path] of [["jpeg2000", "native"], ["jpeg2000", "windowed"], ["jpeg", "windowed"]]) {
      const settings = { codec, path, ratio: 20, case: 3 };
      await check(`${codec} ${path}: the new image comes in time`, async () => {
        await measure(`${codec} ${path}, ratio`, settings, ratios.map((ratio) => ({ ratio })));
        const cases = Array.from({ length: 9 }, (_, number) => ({ case: 20 + number }));
        await measure(`${codec} ${path}, another image`, settings, cases);
        const contrasts = Array.from({ length: 9 }, (_, number) => ({ contrast: 20 + 5 * number }));
        await measure(`${codec} ${path}, contrast`, settings, contrasts);
      });
    }
    await check("dragging the window sends no request", async () => {
      // Similarity and networks of what was shown before follow after a rest.
      const count = () => page.evaluate(() => performance.getEntriesByType("resource").length);
      for (let seen = -1; seen !== await count();) {
        seen = await count();
        await page.waitForTimeout(600);
      }
      const { requests, each } = await page.evaluate(async () => {
        const { stage } = window.page.bench;
        const before = performance.getEntriesByType("resource").length;
        const started = performance.now();
        for (let step = 0; step < 30; step++) {
          stage.set({ window: { center: 40 + step, width: 120 + step } });
          await stage.shown();
        }
        return { requests: performance.getEntriesByType("resource").length - before, each: (performance.now() - started) / 30 };
      });
      timed("a step of the window", each, 17);
      assert.equal(requests, 0);
    });
    await page.context().close();
  }

  if (wants("export")) {
    const directory = join(place, "export");
    await check("the exported copy opens from a file and sends no request", async () => {
      execFileSync(program, ["explore", "ct-head", "--run", run, "--export", directory], { stdio: ["ignore", "ignore", "inherit"] });
      const home = pathToFileURL(directory).href;
      const page = await open(home);
      await page.goto(`${home}/index.html`);
      await ready(page);
      const before = await fingerprint(page);
      await shown(page, () => setRatio(page, 120));
      assert.notEqual(await fingerprint(page), before);
      const exported = await page.evaluate(() => Array.from(window.page.bench.stage.decoded.samples.slice(0, 262144)));
      const psnr = await figure(page, "psnr");
      await page.screenshot({ path: join(pictures, "export.png") });
      // The same image as the served one, pixel for pixel.
      const served = await open(url);
      await served.goto(`${url}#codec=jpeg2000&path=native&ratio=120`);
      await ready(served);
      await shown(served, () => served.evaluate(() => window.page.bench.change({ ratio: 120, generations: 1 })));
      assert.deepEqual(await served.evaluate(() => Array.from(window.page.bench.stage.decoded.samples.slice(0, 262144))), exported);
      assert.equal(await figure(served, "psnr"), psnr);
      await served.context().close();
      await page.locator("#quiz-start").click();
      await page.waitForSelector("#quiz-answers button");
      await page.context().close();
    });
  }

  if (wants("report")) {
    // Networks trained at one level each, for the sections that only their reports hold.
    const levels = join(place, "levels");
    await check("a run with networks of single levels ends", () => {
      execFileSync(program, ["calibrate", "ct-head", "--preset", "smoke", "--regime", "original,matched,matrix",
        "--codec", "jpeg2000", "--path", "native", "--ratio", "10,50", "--replicates", "5", "--train-images", "3",
        "--test-images", "6", "--epochs", "2", "--quiet", "--out", levels], { stdio: ["ignore", "ignore", "inherit"] });
    });
    for (const [name, directory, more] of [["the report", run, []], ["a report of training levels", levels, ["training"]]]) {
      const file = join(directory, "report.html");
      const home = pathToFileURL(file).href;
      const files = readdirSync(join(directory, "figures"));
      const plots = files.filter((it) => it.endsWith(".svg")).map((it) => it.slice(0, -4));
      await check(`${name} opens from a file with every section and figure`, async () => {
        const { size } = statSync(file);
        console.log(`      ${(size / 1e6).toFixed(2)} MB, at most 5 MB`);
        assert.ok(size < 5e6);
        const page = await open(home);
        const started = performance.now();
        await page.goto(home);
        timed("opened", performance.now() - started, 2000);
        // A link to a folded section unfolds it.
        const unfolded = () => page.locator("#levels").isVisible();
        assert.equal(await unfolded(), false);
        await page.locator('nav a[href="#levels"]').click();
        assert.equal(await unfolded(), true);
        await page.evaluate(() => { for (const it of document.querySelectorAll("details")) it.open = true; });
        const sections = await page.evaluate(() => [...document.querySelectorAll("main > section")]
          .filter((it) => it.querySelector("h2") && it.innerText.length > it.querySelector("h2").innerText.length + 40)
          .map((it) => it.id || it.querySelector("details > div").id));
        for (const id of ["limit", "curves", "levels", "detail", "quality", "pictures", "looks", "answers", "leaks", "meaning", "certificates", "made", ...more]) {
          assert.ok(sections.includes(id), `no section ${id} in ${sections}`);
        }
        const counts = await page.evaluate(() => Object.fromEntries(Object.entries({
          curves: "#curves svg.plot", contours: "#detail svg .heat", heat: "#training svg .heat", saliency: "#looks img",
          strips: "#pictures img", confusions: "#answers table.confusion", leaks: "#leaks tbody tr", certificates: "#certificates article",
        }).map(([name, selector]) => [name, document.querySelectorAll(selector).length])));
        console.log(`      ${Object.entries(counts).map(([name, count]) => `${name} ${count}`).join(", ")}`);
        for (const [name, count] of Object.entries(counts)) {
          const has = name !== "certificates" && !(name === "heat" && more.length === 0);
          assert.ok(count > 0 || !has, `nothing of ${name}`);
        }
        // Preset smoke leaves no certificate and no limit, and the report says why.
        assert.equal(counts.certificates, 0);
        assert.match(await page.locator("#certificates").innerText(), /preset smoke concludes nothing/);
        // Every plot is a file too, and is drawn in the page.
        assert.ok(plots.length > 4, `${plots.length} plots`);
        for (const plot of plots) {
          const box = await page.locator(`svg[aria-labelledby^="${plot}-title "]`).boundingBox();
          assert.ok(box && box.width > 150 && box.height > 100, `${plot} has no room in the page`);
        }
        const broken = await page.evaluate(() => [...document.images].filter((image) => !image.complete || image.naturalWidth === 0).length);
        assert.equal(broken, 0);
        await page.context().close();
      });
      await check(`${name} says what, of what and the answer on the first screen, and prints on few pages`, async () => {
        const page = await open(home, { viewport: { width: 1366, height: 768 } });
        await page.goto(home);
        for (const part of [".question", ".subject img", ".answered"]) {
          const box = await page.locator(part).boundingBox();
          assert.ok(box && box.y >= 0 && box.y + box.height <= 768, `${part} ends at ${box?.y + box?.height}`);
        }
        const paper = (await page.pdf({ format: "A4", preferCSSPageSize: true })).toString("latin1");
        const pages = paper.match(/\/Type\s*\/Page\b/g).length;
        console.log(`      ${pages} pages of A4, at most 8`);
        assert.ok(pages <= 8);
        await page.context().close();
      });
      await check(`wide tables of ${name} show that there is more to see`, async () => {
        const page = await open(home, { viewport: { width: 390, height: 844 } });
        await page.goto(home);
        await page.evaluate(() => { for (const it of document.querySelectorAll("details")) it.open = true; });
        const wide = page.locator(".scroll").filter({ has: page.locator("table.levels") }).first();
        await wide.scrollIntoViewIfNeeded();
        const edges = async (left) => {
          await wide.evaluate((it, left) => { it.scrollLeft = left; }, left);
          const bytes = (await wide.screenshot()).toString("base64");
          return page.evaluate(async (base64) => {
            const image = new Image();
            image.src = `data:image/png;base64,${base64}`;
            await image.decode();
            const canvas = new OffscreenCanvas(image.width, image.height);
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            // The median grey of the last column but one: text and lines are few.
            const { data } = context.getImageData(image.width - 2, 0, 1, image.height);
            const greys = Array.from({ length: image.height }, (_, row) => data[4 * row]).sort((a, b) => a - b);
            return greys[greys.length >> 1];
          }, bytes);
        };
        const [more, end] = [await edges(0), await edges(1e6)];
        assert.ok(more < 235 && end > 245, `grey ${more} with more to see, ${end} at the end`);
        await page.context().close();
      });
      await check(`plots of ${name} are PNG files that show something`, async () => {
        const page = await open("about:blank");
        for (const plot of plots) {
          const bytes = readFileSync(join(directory, "figures", `${plot}.png`)).toString("base64");
          const colours = await page.evaluate(async (bytes) => {
            const image = new Image();
            image.src = `data:image/png;base64,${bytes}`;
            await image.decode();
            const canvas = new OffscreenCanvas(image.width, image.height);
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size;
          }, bytes);
          assert.ok(colours > 20, `${plot}.png has ${colours} colours`);
        }
        await page.context().close();
      });
      for (const [look, options, media] of [
        ["light", { colorScheme: "light" }], ["dark", { colorScheme: "dark" }],
        ["phone", { colorScheme: "light", viewport: { width: 390, height: 844 } }],
        ["print", { colorScheme: "light", viewport: { width: 794, height: 1123 } }, "print"],
      ]) {
        await check(`${name} in ${look}: no overflow, axe-core content`, async () => {
          const page = await open(home, options);
          if (media) await page.emulateMedia({ media });
          await page.goto(home);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(over <= 0 || media, `${over} pixels too wide`);
          const picture = `report${more.length > 0 ? "-levels" : ""}-${look}.png`;
          await page.screenshot({ path: join(pictures, picture), fullPage: true });
          await accessible(page, `${name} ${look}`, media === "print");
          await page.context().close();
        });
      }
    }
  }
} finally {
  server.kill("SIGINT");
  await browser.close();
}
const code = await new Promise((resolve) => (server.exitCode === null ? server.once("exit", resolve) : resolve(server.exitCode)));
if (code !== 0) failures.push(`the server ended with ${code}`);
if (failures.length > 0) {
  console.log(`\n${failures.length} failed: ${failures.join("; ")}`);
  process.exit(1);
}
console.log("\nall checks hold");
