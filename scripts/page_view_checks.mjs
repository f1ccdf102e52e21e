// Checks of the page's views for scripts/check_page.mjs: links, what can be taken away, refitting,
// marks that hold, keys, touch, explanations, print.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Links that are opened again. */
const LINKS = 50;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** What a link must lead to. */
const state = (page) => page.evaluate(() => {
  const { bench } = window.page;
  const { view, fitted, region } = bench.stage;
  const { profile, zoom, row, column, window: shown, tool, ...rest } = view;
  const round = (value) => Math.round(value * 1000) / 1000;
  return {
    settings: bench.settings, fitted, region, ...rest, divider: round(rest.divider), tool,
    window: { center: round(shown.center), width: round(shown.width) },
    place: fitted ? null : [zoom, row, column].map(round), profile: tool === "profile" ? profile.map(round) : null,
  };
});

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Links hold four decimals. */
const hundredth = (value) => Math.round(100 * value) / 100;

/** The width over the height of what is bright in a picture. */
const brightAspect = (page, bytes) => page.evaluate(async (base64) => {
  // The page's policy allows no data address.
  const image = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (it) => it.charCodeAt(0))]));
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  // The skull; labels and controls lie above and below it.
  let [left, right, top, bottom] = [Infinity, 0, Infinity, 0];
  for (let y = Math.round(image.height * 0.15); y < image.height * 0.85; y++) {
    for (let x = Math.round(image.width * 0.1); x < image.width * 0.9; x++) {
      if (data[4 * (y * image.width + x)] < 200) continue;
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    }
  }
  return (right - left) / (bottom - top);
}, bytes.toString("base64"));

export async function checkViews({ check, open, ready, shown, fingerprint, serve, url, pictures }) {
  const page = await open(url, { acceptDownloads: true });
  await page.goto(url);
  await ready(page);

  await check(`${LINKS} links lead to what they were made of`, async () => {
    const random = generator(1);
    const one = (values) => values[Math.floor(random() * values.length)];
    const ratios = await page.evaluate(() => window.page.bench.catalogue.ratios);
    const other = await open(url);
    for (let number = 0; number < LINKS; number++) {
      const codec = one(["jpeg", "jpeg2000", "jpeg12", "jpegls", "lossless"]);
      const settings = {
        case: Math.floor(random() * 20), codec, path: one(["native", "windowed"]), ratio: one(ratios),
        quality: codec.startsWith("jpeg") && codec !== "jpeg2000" && random() < 0.3 ? 1 + Math.floor(random() * 99) : null,
        contrast: random() < 0.3 ? 40 + Math.floor(random() * 60) : null, noise: random() < 0.2 ? 8 : null,
      };
      const view = {
        mode: one(["divider", "side", "codecs", "flicker"]), right: one(["decoded", "difference"]), shows: one(["pixels", "dct", "wavelet"]),
        tool: one(["window", "pan", "profile"]), gain: one([1, 4, 16]), grid: random() < 0.5, blocks: random() < 0.5, targets: random() < 0.5,
        divider: hundredth(random()), profile: [10, 20, 300.5, 200],
        ...(random() < 0.6 ? { zoom: hundredth(0.5 + 8 * random()), row: hundredth(512 * random()), column: hundredth(512 * random()) } : {}),
        ...(random() < 0.4 ? { window: { center: hundredth(400 * random()), width: hundredth(20 + 900 * random()) } } : {}),
      };
      await page.evaluate(async ([settings, view, region]) => {
        const { bench } = window.page;
        await bench.reset();
        await bench.change(settings);
        bench.stage.set(view);
        bench.commitWindow();
        bench.select(region);
      }, [settings, view, Math.floor(random() * 8)]);
      await page.waitForFunction(() => !window.page.bench.isPending);
      const link = await page.evaluate(() => { window.page.bench.writeLink(); return location.href; });
      await other.goto("about:blank");
      await other.goto(link);
      await other.waitForFunction(() => window.page?.bench.stage.decoded && !window.page.bench.isPending);
      assert.deepEqual(await state(other), await state(page), link);
    }
    await other.context().close();
  });
  await check("a story and the quiz are in the link", async () => {
    await page.evaluate(() => window.page.bench.reset());
    await page.locator("#story-ringing button").click();
    await page.waitForFunction(() => location.hash.includes("story=ringing") && !window.page.bench.isPending);
    await page.locator("#quiz-start").click();
    await page.waitForSelector("#quiz-answers button");
    const other = await open(url);
    await other.goto(await page.evaluate(() => location.href));
    await other.waitForSelector("#quiz-answers button");
    assert.equal(await other.locator("#story-ringing").getAttribute("aria-current"), "true");
    await other.context().close();
  });
  await check("everything is reset", async () => {
    const other = await open(url);
    await other.goto(url);
    await ready(other);
    await page.locator("#reset-all").click();
    await page.waitForFunction(() => !window.page.bench.isPending && window.page.bench.stage.fitted);
    const [reset, fresh] = [await state(page), await state(other)];
    assert.deepEqual({ ...reset, region: 0 }, { ...fresh, region: 0 });
    await other.context().close();
  });
  await check("a link, a picture and the codestream can be taken away", async () => {
    await shown(page, () => page.evaluate(() => window.page.bench.change({ codec: "jpeg2000", ratio: 24 })));
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.locator("#copy-link").click();
    await page.waitForFunction(() => /copied/.test(document.getElementById("taken").textContent));
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await page.evaluate(() => location.href));
    const taken = async (id) => {
      const [download] = await Promise.all([page.waitForEvent("download"), page.locator(id).click()]);
      return { name: download.suggestedFilename(), path: await download.path() };
    };
    const picture = await taken("#save-picture");
    assert.match(picture.name, /^ct-head-0-jpeg-2000-.*\.png$/);
    const bytes = readFileSync(picture.path);
    const height = await page.evaluate(() => document.querySelector("#stage canvas").height);
    // Width and height of the PNG's header: the stage, and a caption below it.
    assert.ok(bytes.readUInt32BE(20) > height + 40, `${bytes.readUInt32BE(20)} rows`);
    const file = await taken("#save-codestream");
    assert.equal(file.name, "ct-head-0-native-jpeg2000-24to1.j2k");
    const expected = await page.evaluate(() => window.page.bench.figures.bytes);
    assert.equal(statSync(file.path).size, expected);
    // SOC and SIZ (T.800, Table A.2).
    assert.equal(readFileSync(file.path).subarray(0, 4).toString("hex"), "ff4fff51");
  });
  await check("presets set the window, and the histogram is drawn", async () => {
    const before = await fingerprint(page);
    await page.locator("#window-preset").selectOption("Bone");
    assert.deepEqual(await page.evaluate(() => ({ ...window.page.bench.stage.view.window })), { center: 400, width: 1800 });
    assert.notEqual(await fingerprint(page), before);
    const colours = await page.evaluate(() => {
      const canvas = document.getElementById("histogram");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    assert.ok(colours > 2, `${colours} colours`);
    await page.locator("#view-reset").click();
    assert.equal(await page.locator("#window-preset").inputValue(), "Default");
    assert.equal(await fingerprint(page), before);
  });
  await check("each pane shows the whole image side by side, and the same part when zoomed", async () => {
    const extent = () => page.evaluate(() => {
      const { stage } = window.page.bench;
      const { clientWidth, clientHeight } = stage.root;
      const width = ["side", "codecs"].includes(stage.view.mode) ? clientWidth / 3 : clientWidth;
      return { columns: width / stage.view.zoom, rows: clientHeight / stage.view.zoom, zoom: stage.view.zoom };
    });
    await page.evaluate(() => window.page.bench.stage.fit());
    await page.locator("#mode button[value=side]").click();
    await page.waitForTimeout(200);
    const fitted = await extent();
    assert.ok(fitted.columns >= 511 && fitted.rows >= 511, JSON.stringify(fitted));
    await page.locator("#mode button[value=divider]").click();
    await page.waitForTimeout(200);
    await page.evaluate(() => window.page.bench.stage.set({ zoom: 6, row: 200, column: 220 }));
    await page.locator("#mode button[value=side]").click();
    assert.ok((await extent()).zoom < 6);
    await page.locator("#mode button[value=divider]").click();
    assert.ok(Math.abs((await extent()).zoom - 6) < 1e-6);
    // What is seen stays when the window becomes smaller.
    const seen = await extent();
    await page.setViewportSize({ width: 1100, height: 700 });
    await page.waitForTimeout(200);
    const after = await extent();
    const least = ({ columns, rows }) => Math.min(columns, rows);
    assert.ok(Math.abs(least(after) / least(seen) - 1) < 0.01, `${JSON.stringify(seen)} became ${JSON.stringify(after)}`);
    await page.setViewportSize({ width: 1440, height: 1000 });
    await page.waitForTimeout(200);
    await page.evaluate(() => window.page.bench.stage.fit());
  });
  await check("two codecs stand side by side at one ratio, zoomed and moved together", async () => {
    await shown(page, () => page.evaluate(() => window.page.bench.change({ codec: "jpeg2000", path: "windowed", ratio: 20 })));
    await page.locator("#mode button[value=codecs]").click();
    await page.waitForFunction(() => window.page.bench.other && !window.page.bench.isPending);
    assert.match(await page.locator("#ratio-reached").innerText(), /^asked 20:1, reached \d+\.\d:1 and \d+\.\d:1$/);
    const names = () => page.evaluate(() => [window.page.bench.decodedName, window.page.bench.otherName]);
    assert.match((await names()).join(), /^JPEG 2000 · (20|21)\.\d:1,JPEG · (20|21)\.\d:1$/);
    // Each pane shows what its codec gave, and figures of both stand side by side.
    const same = await page.evaluate(async () => {
      const { bench } = window.page;
      const [original, ...decoded] = await Promise.all([bench.source.original({ phantom: "ct-head", case: bench.settings.case, path: "windowed" }),
        ...["jpeg2000", "jpeg"].map((codec) => bench.source.rendition({ phantom: "ct-head", case: bench.settings.case, path: "windowed", codec, ratio: 20, generations: 1 }))]);
      const equal = (a, b) => a.length === b.length && a.every((value, at) => value === b[at]);
      return [equal(bench.stage.original.samples, original.samples), equal(bench.stage.decoded.samples, decoded[0].samples), equal(bench.stage.other.samples, decoded[1].samples)];
    });
    assert.deepEqual(same, [true, true, true]);
    await page.waitForFunction(() => /\d/.test(document.getElementById("figure-other-blocking")?.textContent));
    const blocking = await page.evaluate(() => ["figure-blocking", "figure-other-blocking"].map((id) => Number(document.getElementById(id).textContent.replace("−", "-"))));
    assert.ok(blocking[1] > blocking[0] + 0.05, `blocking of JPEG 2000 and JPEG: ${blocking}`);
    // One zoom and one place for all panes: the same corner of the image in each of them.
    await page.evaluate(() => window.page.bench.stage.look({ row: 250, column: 250, across: 60 }));
    const box = await page.locator("#stage").boundingBox();
    const at = (pane) => page.evaluate(([x, y]) => window.page.bench.stage.pointAt(x, y), [box.width * (pane + 0.5) / 3, box.height / 2]);
    const points = [await at(0), await at(1), await at(2)];
    for (const [column, row] of points) assert.ok(Math.abs(column - points[0][0]) < 1 && Math.abs(row - 250) < 1, JSON.stringify(points));
    await page.mouse.move(box.x + box.width * 0.9, box.y + 40);
    await page.waitForFunction(() => /→/.test(document.getElementById("readout").textContent));
    await page.screenshot({ path: join(pictures, "codecs.png") });
    // The second codec is never the first.
    await shown(page, () => page.locator("#codec button[value=jpeg]").click());
    assert.match((await names()).join(), /^JPEG · .*,JPEG 2000 · /);
    await shown(page, () => page.locator("#against button[value=jpeg12]").click());
    assert.match((await names()).join(), /^JPEG · .*,JPEG 12-bit · /);
    await page.locator("#reset-all").click();
    await page.waitForFunction(() => !window.page.bench.isPending && window.page.bench.other === null);
  });
  await check("no image stands under the name of another", async () => {
    await page.evaluate(() => {
      window.names = [];
      document.addEventListener("shown", ({ detail: { query } }) => {
        const { bench } = window.page;
        window.names.push([query.codec, bench.decodedName, document.getElementById("figure-bytes").textContent.replace(/\D/g, ""), String(bench.figures.bytes)]);
      });
    });
    // Each answer takes a while, in which the codec is changed again.
    await page.route("**/api/rendition*", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 120));
      await route.continue();
    });
    await page.evaluate(async () => {
      for (const codec of ["jpeg", "jpeg2000", "lossless", "jpeg12", "jpeg2000", "jpeg"]) {
        window.page.bench.change({ codec });
        await new Promise((resolve) => setTimeout(resolve, 90));
      }
    });
    await page.waitForFunction(() => !window.page.bench.isPending && !window.page.bench.isBusy);
    await page.unroute("**/api/rendition*");
    const seen = await page.evaluate(() => window.names);
    const titles = await page.evaluate(() => window.page.bench.catalogue.codecs);
    assert.ok(seen.length >= 3, `${seen.length} images`);
    for (const [codec, name, bytes, expected] of seen) {
      assert.ok(name.startsWith(`${titles[codec]} · `) && bytes === expected, JSON.stringify(seen));
    }
  });
  await check("lossless moves the thumb, and what was asked and reached are told apart", async () => {
    await shown(page, () => page.evaluate(() => window.page.bench.change({ codec: "jpeg", ratio: 50 })));
    assert.match(await page.locator("#ratio-reached").innerText(), /^asked 50:1, reached \d+\.\d:1$/);
    const thumb = () => page.locator("#ratio").inputValue().then(Number);
    const before = await thumb();
    await shown(page, () => page.evaluate(() => window.page.bench.change({ codec: "lossless" })));
    const [after, reached] = [await thumb(), await page.evaluate(() => window.page.bench.figures.ratio_stored)];
    assert.ok(after < before);
    assert.ok(Math.abs(2 * 100 ** (after / 1000) - Math.max(2, reached)) < 0.05, `${after} for ${reached}`);
  });
  await check("while an image is computed the page says so, and no figure is another image's", async () => {
    await shown(page, () => page.evaluate(() => window.page.bench.change({ codec: "jpeg2000", ratio: 20 })));
    await page.route("**/api/rendition*", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 700));
      await route.continue();
    });
    const busyAfter = await page.evaluate(() => new Promise((resolve) => {
      const began = performance.now();
      const busy = document.getElementById("busy");
      new MutationObserver(() => { if (!busy.hidden) resolve(performance.now() - began); }).observe(busy, { attributes: true });
      window.page.bench.change({ ratio: 60 });
    }));
    console.log(`      busy is shown after ${busyAfter.toFixed(0)} ms`);
    assert.ok(busyAfter < 400, `${busyAfter} ms`);
    assert.match(await page.evaluate(() => window.page.bench.decodedName), /20\.\d:1$/);
    assert.equal(await page.locator("#ratio-reached").innerText(), "asked 60:1, reached …");
    await page.waitForFunction(() => document.getElementById("busy").hidden);
    await page.unroute("**/api/rendition*");
  });
  await check("a limit stands only on the images that it is of", async () => {
    const { server, url: published } = await serve();
    const other = await open(published);
    await other.goto(published);
    await ready(other);
    const limits = () => other.locator("#scale .limit").count();
    assert.equal(await limits(), 1);
    for (const change of [{ contrast: 100 }, { contrast: null, radius: 2 }, { radius: null, noise: 12 }, { noise: null, generations: 3 }]) {
      await shown(other, () => other.evaluate((change) => window.page.bench.change(change), change));
      assert.equal(await limits(), 0, JSON.stringify(change));
    }
    await shown(other, () => other.evaluate(() => window.page.bench.change({ generations: 1 })));
    assert.equal(await limits(), 1);
    await other.context().close();
    server.kill("SIGINT");
  });
  await check("keys work after a click anywhere", async () => {
    const view = () => page.evaluate(() => ({ ...window.page.bench.stage.view }));
    for (const id of ["#zoom-in", "#story-blocking h3", "#ratio", "#figures"]) {
      await page.locator(id).click();
      const before = await view();
      await page.keyboard.press("g");
      assert.notEqual((await view()).grid, before.grid, id);
    }
    await page.locator("#center").click();
    const before = await view();
    await page.keyboard.press("g");
    assert.equal((await view()).grid, before.grid, "in a field");
  });
  await check("every sign explains something", async () => {
    await page.locator("#codec button[value=jpeg]").click();
    await ready(page);
    const signs = page.locator(".sign:visible");
    assert.ok(await signs.count() >= 14, `${await signs.count()} signs`);
    for (const id of ["psnr", "blocking", "ringing", "ripple", "blur", "detectability", "p", "view"]) {
      await page.locator(`.sign[data-help=${id}]`).first().click();
      assert.ok((await page.locator("#help p").innerText()).length > 40, id);
      await page.keyboard.press("Escape");
    }
  });
  await check("controls explain themselves, and every value has its unit", async () => {
    await page.locator("#mode button[value=codecs]").click();
    await page.waitForFunction(() => window.page.bench.other && !window.page.bench.isPending);
    await page.locator("#right button[value=difference]").click();
    for (const id of ["contrast", "radius", "noise", "generations", "path", "window", "against", "mode", "view", "gain", "ruler"]) {
      await page.locator(`.sign[data-help=${id}]`).click();
      assert.ok((await page.locator("#help p").innerText()).length > 40, id);
      await page.keyboard.press("Escape");
    }
    for (const [id, unit] of [["contrast-value", / HU$/], ["radius-value", / mm$/], ["noise-value", / HU$/], ["gain-value", / HU$/],
      ["ratio-value", /:1$/], ["figure-ratio", /:1$/], ["figure-psnr", / dB$/], ["figure-max-error", / HU$/], ["histogram-range", / HU$/]]) {
      assert.match(await page.locator(`#${id}`).textContent(), unit, id);
    }
    assert.match(await page.locator("label[for=width]").innerText(), /^Width, HU/);
    assert.match(await page.locator("#target-figures").innerText(), / mm/);
    await page.locator("#reset-all").click();
    await page.waitForFunction(() => !window.page.bench.isPending && window.page.bench.other === null);
  });
  await check("legends look as their curves do, in light and dark", async () => {
    for (const colorScheme of ["light", "dark"]) {
      const other = await open(url, { colorScheme });
      await other.goto(url);
      await ready(other);
      const pairs = await other.evaluate(() => [...document.querySelectorAll("#curves-legend li")].map((item) => {
        const line = getComputedStyle(item, "::before");
        const curve = getComputedStyle(document.querySelector(`#curves .series.${[...item.classList].join(".")} .curve`));
        return { name: item.className, legend: line.borderTopColor, curve: curve.stroke, solid: line.borderTopStyle === "solid", whole: curve.strokeDasharray === "none", paper: getComputedStyle(document.body).backgroundColor };
      }));
      assert.ok(pairs.length >= 2, `${pairs.length} curves`);
      const luminance = (colour) => colour.match(/\d+/g).slice(0, 3).map((it) => it / 255)
        .map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4)).reduce((sum, it, at) => sum + it * [0.2126, 0.7152, 0.0722][at], 0);
      for (const { name, legend, curve, solid, whole, paper } of pairs) {
        assert.equal(legend, curve, `${name} in ${colorScheme}`);
        assert.equal(solid, whole, `${name} in ${colorScheme}`);
        const [light, dark] = [luminance(curve), luminance(paper)].sort((a, b) => b - a);
        assert.ok((light + 0.05) / (dark + 0.05) >= 3, `${name} in ${colorScheme}: ${curve} on ${paper}`);
      }
      await other.context().close();
    }
  });
  await check("a print keeps the aspect", async () => {
    await page.locator("#reset-all").click();
    await page.waitForFunction(() => !window.page.bench.isPending && window.page.bench.settings.codec === "jpeg2000");
    await page.waitForTimeout(300);
    const onScreen = await brightAspect(page, await page.locator("#stage").screenshot());
    await page.emulateMedia({ media: "print" });
    const inPrint = await brightAspect(page, await page.locator("#stage canvas").screenshot());
    await page.emulateMedia({ media: "screen" });
    assert.ok(Math.abs(inPrint / onScreen - 1) < 0.04, `${onScreen} became ${inPrint}`);
  });
  await page.context().close();

  await check("a swipe scrolls, a long press sets the window", async () => {
    const phone = await open(url, PHONE);
    await phone.goto(url);
    await ready(phone);
    const session = await phone.context().newCDPSession(phone);
    const box = await phone.locator("#stage").boundingBox();
    const [x, y] = [Math.round(box.x + box.width / 4), Math.round(box.y + box.height / 2)];
    const now = () => phone.evaluate(() => ({ scrolled: scrollY, window: { ...window.page.bench.stage.view.window } }));
    const before = await now();
    const touch = (type, dx, dy) => session.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x: x + dx, y: y + dy, id: 0 }] });
    await touch("touchStart", 0, 0);
    for (let step = 1; step <= 14; step++) {
      await touch("touchMove", 0, -12 * step);
      await phone.waitForTimeout(16);
    }
    await touch("touchEnd", 0, 0);
    await phone.waitForTimeout(300);
    const swiped = await now();
    assert.ok(swiped.scrolled > before.scrolled + 100, `scrolled ${swiped.scrolled}`);
    assert.deepEqual(swiped.window, before.window);
    await phone.evaluate(() => scrollTo(0, 0));
    await phone.waitForTimeout(200);
    await touch("touchStart", 0, 0);
    await phone.waitForTimeout(700);
    for (const step of [10, 25, 40, 60]) await touch("touchMove", step, step / 2);
    await touch("touchEnd", 0, 0);
    const held = await now();
    assert.notDeepEqual(held.window, before.window);
    assert.equal(held.scrolled, 0);
    // The reset stands beside the image.
    const reset = await phone.locator("#view-reset").boundingBox();
    assert.ok(reset.y < box.y + box.height + 60);
    await phone.locator("#view-reset").tap();
    assert.deepEqual((await now()).window, before.window);
    await phone.context().close();
  });
}
