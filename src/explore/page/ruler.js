// The ruler on which the level is set, by ratio or by JPEG quality, with its ticks, the guidelines
// and up to where networks are shown to be safe. Requests nothing.
import { byId, element, input } from "./elements.js";
import { clamp, nearest, ratioText } from "./numbers.js";
import { Segments } from "./segments.js";
import { levelText } from "./settings.js";
import { isForImage } from "./stage_keys.js";
/** @import { Bench } from "./bench.js" */

/** Ratios at the ends of the ruler. */
const LEAST_RATIO = 2;
const MOST_RATIO = 200;

/** Steps of the range control. */
const STEPS = 1000;

const TICKS = [2, 5, 10, 20, 50, 100, 200];
const FINE_TICKS = [3, 4, 6, 8, 15, 30, 40, 80, 150];
const QUALITY_TICKS = [1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100];

/** Steps of the keys; Home and End go to the ends. */
const KEY_STEPS = new Map([
  ["ArrowRight", 1], ["ArrowUp", 1], ["ArrowLeft", -1], ["ArrowDown", -1], ["PageUp", 5],
  ["PageDown", -5], ["Home", -STEPS], ["End", STEPS],
]);

/** @param {Bench} bench */
export function ruler(bench) {
  const control = input("ratio");
  const kind = new Segments("level-kind", [], "ratio", (chosen) => bench.change({
    // The quality of the present image, so that it stays as it is.
    quality: chosen === "ratio" ? null : clamp(Math.round(bench.figures?.quality ?? 50), 1, 100),
  }));
  control.addEventListener("input", () => setLevel(bench, Number(control.value) / STEPS));
  control.addEventListener("keydown", (event) => {
    const step = KEY_STEPS.get(event.key);
    if (step === undefined) return;
    event.preventDefault();
    stepLevel(bench, step);
  });
  document.addEventListener("keydown", (event) => {
    const step = { "]": 1, "[": -1 }[event.key];
    if (!step || !isForImage(event, bench.stage.root)) return;
    event.preventDefault();
    stepLevel(bench, step);
  });
  bench.when("settings", () => show(bench, control, kind));
  let comparesCodecs = bench.comparesCodecs;
  bench.when("view", () => {
    if (comparesCodecs === bench.comparesCodecs) return;
    comparesCodecs = bench.comparesCodecs;
    show(bench, control, kind);
  });
  bench.when("figures", () => {
    showReached(bench);
    if (bench.settings.codec === "lossless") show(bench, control, kind);
  });
}

/**
 * What was asked for and what the image has are told apart.
 * @param {Bench} bench
 */
function showReached({ figures, other, settings, isPending }) {
  const lossless = settings.codec === "lossless";
  const reached = [figures, other?.figures].flatMap((it) => (it ? [ratioText(it.ratio_stored)] : []));
  byId("ratio-reached").textContent =
    `${lossless ? "" : `asked ${levelText(settings)}, `}reached ${isPending ? "…" : reached.join(" and ")}`;
}

/**
 * @param {Bench} bench
 * @param {HTMLInputElement} control
 * @param {Segments} kind
 */
function show(bench, control, kind) {
  const { settings, catalogue, source } = bench;
  const { codec, ratio, quality } = settings;
  control.disabled = codec === "lossless";
  // Two codecs are compared at one ratio.
  const hasQuality = !source.isStatic && !bench.comparesCodecs && catalogue.with_quality.includes(codec);
  kind.options(hasQuality ? [["ratio", "by ratio"], ["quality", "by quality"]] : [], quality === null ? "ratio" : "quality");
  byId("ratio-label").textContent =
    quality === null ? "Compression ratio, on stored bits" : "JPEG quality, 1 to 100";
  const reached = bench.figures?.ratio_stored;
  if (codec !== "lossless") placeThumb(control, quality === null ? ratioShare(ratio) : qualityShare(quality));
  else if (reached && !bench.isPending) placeThumb(control, clamp(ratioShare(reached), 0, 1));
  showReached(bench);
  const level = levelText(settings);
  control.setAttribute("aria-valuetext", level);
  byId("ratio-value").textContent = level;
  byId("scale").replaceChildren(...(quality === null ? ratioMarks(bench) : qualityMarks()));
}

/**
 * @param {HTMLInputElement} control
 * @param {number} share of the ruler
 */
function placeThumb(control, share) {
  control.value = String(Math.round(STEPS * share));
}

/**
 * @param {Bench} bench
 * @param {number} share of the ruler
 */
function setLevel(bench, share) {
  const { settings } = bench;
  if (settings.quality !== null) {
    const quality = Math.round(1 + 99 * share);
    if (quality !== settings.quality) bench.change({ quality });
    return;
  }
  const ratio = nearest(bench.catalogue.ratios, LEAST_RATIO * (MOST_RATIO / LEAST_RATIO) ** share);
  if (ratio !== settings.ratio) bench.change({ ratio });
  else placeThumb(input("ratio"), ratioShare(ratio));
}

/**
 * @param {Bench} bench
 * @param {number} step levels, up or down
 */
function stepLevel(bench, step) {
  const { settings, catalogue: { ratios } } = bench;
  if (settings.quality !== null) {
    bench.change({ quality: clamp(settings.quality + step, 1, 100) });
    return;
  }
  const at = ratios.indexOf(nearest(ratios, settings.ratio));
  const ratio = ratios[clamp(at + step, 0, ratios.length - 1)];
  if (ratio !== settings.ratio && settings.codec !== "lossless") bench.change({ ratio });
}

/**
 * Guidelines of the phantom, and up to where its networks are shown to be safe, below the ticks.
 * @param {Bench} bench
 */
function ratioMarks(bench) {
  const { upload, phantom, codec, path } = bench.settings;
  const marks = [];
  if (!upload) {
    /** @type {Map<number, string[]>} */
    const bodies = new Map();
    for (const { body, ratio } of bench.phantom.guidelines) {
      bodies.set(ratio, [...(bodies.get(ratio) ?? []), body]);
    }
    for (const [ratio, names] of bodies) marks.push(mark(ratioShare(ratio), "guide", names.join(" ")));
    // What networks were shown holds for the images that they rated, and for no others.
    const curve = bench.curvesOf({ phantom, codec, path }).find((it) => it.safe !== null);
    if (curve?.safe && bench.isAsMeasured) {
      const of = bench.comparesCodecs ? `${bench.catalogue.codecs[codec]}, ` : "";
      marks.push(mark(ratioShare(curve.safe), "limit", `${of}networks: safe up to ${ratioText(curve.safe)}`));
    }
  }
  for (const ratio of FINE_TICKS) marks.push(mark(ratioShare(ratio), "fine", ""));
  // Last, so that their numbers cover the lines of the others.
  for (const ratio of TICKS) marks.push(mark(ratioShare(ratio), "", `${ratio}`));
  return marks;
}

function qualityMarks() {
  return QUALITY_TICKS.map((quality) => mark(qualityShare(quality), "", String(quality)));
}

/**
 * @param {number} share of the ruler
 * @param {string} kind
 * @param {string} text
 */
function mark(share, kind, text) {
  const made = element("span", { class: kind }, text);
  made.style.left = `${100 * clamp(share, 0, 1)}%`;
  return made;
}

/**
 * Where a ratio stands on the ruler, 0 to 1.
 * @param {number} ratio
 */
function ratioShare(ratio) {
  return Math.log(ratio / LEAST_RATIO) / Math.log(MOST_RATIO / LEAST_RATIO);
}

/**
 * Where a quality stands on the ruler, 0 to 1.
 * @param {number} quality
 */
function qualityShare(quality) {
  return (quality - 1) / 99;
}
