// The quiz in which whole images are searched for one target, at one ratio after the other. Draws no
// image and compresses none.
import { contextOf, byId, element } from "./elements.js";
import { messageOf, SourceError } from "./errors.js";
import { drawResult, greyPicture, one } from "./quiz_result.js";
/** @import { Bench } from "./bench.js" */
/** @import { Tally } from "./quiz_result.js" */

/** Ratios, lowest first, and images at each. */
const RATIOS = [5, 10, 20, 30, 50, 80, 120];
const EACH = 2;

/** Image pixels around a target that count as on it. */
const NEAR = 3;

/** Image pixels by which an arrow key moves the cross. */
const STEP = 8;

/** Saying of every image that it holds none is right in one of two. */
const GUESSES = 2;

const CROSS = "#ffd000";
const TARGET = "#66ffcc";
const FALSE_MARK = "#ff5c5c";

/** @typedef {[number, number]} Point row and column, in pixels from the corner of the image */

/** @param {Bench} bench */
export function searchQuiz(bench) {
  const phantom = bench.catalogue.phantoms.find(({ searched_of }) => searched_of !== null);
  byId("search").hidden = phantom === undefined;
  if (phantom) new SearchQuiz(bench, phantom, byId("search-body"));
}

class SearchQuiz {
  #bench;
  #phantom;
  #body;
  /** @type {ImageQuery} */
  #query = {};
  /** @type {Tally[]} */
  #tallies = [];
  #number = 0;
  /** The image that is asked about, until it is answered. */
  /** @type {{ query: ImageQuery, original: Frame<OriginalHeader>, decoded: Frame<RenditionHeader>,
   *   truth: Truth } | null} */
  #asked = null;
  /** Where the keys have moved the cross. */
  /** @type {Point} */
  #cross = [0, 0];

  /**
   * @param {Bench} bench
   * @param {Phantom} phantom
   * @param {HTMLElement} body
   */
  constructor(bench, phantom, body) {
    this.#bench = bench;
    this.#phantom = phantom;
    this.#body = body;
    const start = button("search-start", "Start", () => this.#start());
    start.classList.add("go");
    body.replaceChildren(element("div", { class: "start" },
      element("p", { class: "hint" }, `${RATIOS.length * EACH} images, from ${RATIOS[0]}:1 to ${RATIOS.at(-1)}:1. Half of them hold no target, the others one to three subtle ones. Click on a target, or say that there is none. The codec is the one that is chosen above.`),
      start));
  }

  #start() {
    const { codec, path } = this.#bench.settings;
    this.#query = { phantom: this.#phantom.id, codec: codec === "lossless" ? "jpeg2000" : codec, path, generations: 1 };
    this.#tallies = RATIOS.map((ratio) => ({ ratio, correct: 0, asked: 0, achieved: 0 }));
    this.#number = 0;
    this.#body.replaceChildren(
      element("div", {}, element("p", { class: "hint", id: "search-progress" }),
        element("div", { class: "images" },
          element("div", {}, element("p", { class: "hint" }, "Compressed"), element("div", { id: "search-image" })),
          element("div", {}, element("p", { class: "hint" }, "Original"), element("div", { id: "search-before" }))),
        element("div", { class: "verdict", id: "search-verdict", role: "status" })),
      element("div", { class: "chart" }, element("div", { id: "search-chart" }), element("ul", { class: "legend", id: "search-legend" })));
    this.#showResult();
    this.#ask();
  }

  async #ask() {
    const { source, catalogue } = this.#bench;
    const ratio = RATIOS[Math.floor(this.#number / EACH)];
    const { phantom, path, codec = "" } = this.#query;
    const image = { phantom, path, case: Math.floor(Math.random() * catalogue.cases) };
    const query = { ...this.#query, ...image, ratio };
    byId("search-verdict").replaceChildren();
    try {
      const [original, decoded] = await Promise.all([source.original(image), source.rendition(query)]);
      const { truth } = original.header;
      if (!truth) throw new SourceError("The targets in this image are not known.");
      this.#asked = { query, original, decoded, truth };
      const { rows, columns } = original.header;
      this.#cross = [rows / 2, columns / 2];
      byId("search-progress").textContent = `Image ${this.#number + 1} of ${RATIOS.length * EACH} · ${ratio}:1 · ${catalogue.codecs[codec] ?? codec}`;
      byId("search-before").replaceChildren(element("div", { class: "unknown", "aria-hidden": "true" }, "?"));
      const canvas = this.#picture(decoded.samples, {
        id: "search-canvas", tabindex: 0, role: "application",
        "aria-label": `Image at ${ratio} to 1: click on a target, or move the cross by the arrow keys and press Enter`,
      });
      canvas.addEventListener("click", (event) => this.#answer(pointOf(canvas, event)));
      canvas.addEventListener("keydown", (event) => this.#key(canvas, event));
      byId("search-image").replaceChildren(canvas);
      byId("search-verdict").replaceChildren(button("search-none", "No target here", () => this.#answer(null)));
      canvas.focus({ preventScroll: true });
    } catch (error) {
      byId("search-verdict").replaceChildren(messageOf(error), button("search-again", "Try again", () => this.#ask()));
    }
  }

  /**
   * @param {Uint16Array} samples
   * @param {Record<string, string | number>} attributes
   */
  #picture(samples, attributes) {
    if (!this.#asked) throw new SourceError("No image was shown.");
    const { rows, columns, slope, intercept, window: shown } = this.#asked.original.header;
    return greyPicture([rows, columns], samples, { slope, intercept, window: shown }, attributes);
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {KeyboardEvent} event
   */
  #key(canvas, event) {
    const moves = /** @type {Record<string, Point>} */ ({
      ArrowUp: [-STEP, 0], ArrowDown: [STEP, 0], ArrowLeft: [0, -STEP], ArrowRight: [0, STEP],
    });
    const move = moves[event.key];
    if (move && this.#asked) {
      const [row, column] = this.#cross;
      this.#cross = [
        Math.min(canvas.height, Math.max(0, row + move[0])), Math.min(canvas.width, Math.max(0, column + move[1])),
      ];
      contextOf(canvas).drawImage(this.#picture(this.#asked.decoded.samples, {}), 0, 0);
      cross(canvas, this.#cross, CROSS);
    } else if (event.key === "Enter") {
      this.#answer(this.#cross);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Point | null} mark `null` for no target */
  #answer(mark) {
    const asked = this.#asked;
    if (!asked) return;
    const { query, original, decoded, truth } = asked;
    const before = this.#picture(original.samples, { role: "img", "aria-label": "The same image before compression, with its targets" });
    this.#asked = null;
    const isHit = truth.regions.some((region) => mark !== null && isOn(mark, region));
    const correct = mark === null ? truth.regions.length === 0 : isHit;
    const ratio = query.ratio ?? 0;
    const tally = this.#tallies.find((it) => it.ratio === ratio);
    if (tally) {
      tally.asked += 1;
      tally.correct += correct ? 1 : 0;
      tally.achieved += decoded.header.figures.ratio_stored;
    }
    const after = byId("search-canvas");
    byId("search-before").replaceChildren(before);
    for (const canvas of [after, before]) {
      if (!(canvas instanceof HTMLCanvasElement)) continue;
      for (const region of truth.regions) circle(canvas, region);
      if (mark) cross(canvas, mark, CROSS);
    }
    const count = truth.regions.length;
    const held = count === 0 ? "The image holds no target." : `The image holds ${count} ${count === 1 ? "target" : "targets"}, encircled.`;
    const next = button("search-next", this.#number + 1 < RATIOS.length * EACH ? "Next" : "Show the result", () => this.#advance());
    next.classList.add("go");
    const had = element("span", { id: "search-networks" });
    byId("search-verdict").replaceChildren(
      element("strong", { class: correct ? "right" : "wrong" }, correct ? "✓ Correct" : "✗ Wrong"),
      element("span", {}, held), had, next);
    this.#networks(query, after, had).catch(() => {});
    this.#showResult();
    next.focus({ preventScroll: true });
  }

  /**
   * What the networks of the run mark, on the image and in words.
   * @param {ImageQuery} query
   * @param {HTMLElement} canvas
   * @param {HTMLElement} words
   */
  async #networks(query, canvas, words) {
    const { catalogue: { run }, source } = this.#bench;
    const group = run?.searching.find(([path]) => path === query.path);
    if (!group || !(canvas instanceof HTMLCanvasElement)) return;
    const { networks, found, false_marks } = await source.marks({ ...query, regime: group[1] });
    for (const [row, column] of false_marks) cross(canvas, [row + 0.5, column + 0.5], FALSE_MARK);
    const who = `${networks} ${networks === 1 ? "network" : "networks"}`;
    const theirs = found.length === 0 ? `${who}: ` : `Of ${who} ${found.join(", ")} mark the targets, from top to bottom; `;
    words.textContent = `${theirs}${false_marks.length} false ${false_marks.length === 1 ? "mark" : "marks"} in all.`;
  }

  #advance() {
    this.#number += 1;
    if (this.#number < RATIOS.length * EACH) {
      this.#ask();
      return;
    }
    const sum = (/** @type {"correct" | "asked"} */ key) => this.#tallies.reduce((all, tally) => all + tally[key], 0);
    byId("search-progress").textContent = `You were right about ${sum("correct")} of ${sum("asked")} images.`;
    byId("search-verdict").replaceChildren(button("search-start", "Again", () => this.#start()));
  }

  #showResult() {
    drawResult(byId("search-chart"), byId("search-legend"), one(this.#tallies), [], GUESSES);
  }
}

/**
 * @param {string} id
 * @param {string} name
 * @param {() => void} act
 */
function button(id, name, act) {
  const made = element("button", { type: "button", id }, name);
  made.addEventListener("click", act);
  return made;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {MouseEvent} event
 * @returns {Point}
 */
function pointOf(canvas, { clientX, clientY }) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  return [((clientY - top) / height) * canvas.height, ((clientX - left) / width) * canvas.width];
}

/**
 * @param {Point} mark
 * @param {Region} region
 */
function isOn([row, column], { center, extent }) {
  return center !== null && Math.hypot(center[0] - row, center[1] - column) <= (extent ?? 0) + NEAR;
}

/**
 * The context of a canvas, drawing lines of the same width on images of any size.
 * @param {HTMLCanvasElement} canvas
 * @param {string} colour
 */
function pen(canvas, colour) {
  const context = contextOf(canvas);
  context.strokeStyle = colour;
  context.lineWidth = Math.max(1, canvas.width / 256);
  context.beginPath();
  return context;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Region} region
 */
function circle(canvas, { center, extent }) {
  if (!center) return;
  const context = pen(canvas, TARGET);
  context.arc(center[1], center[0], (extent ?? 0) + 2 * NEAR, 0, 2 * Math.PI);
  context.stroke();
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Point} point
 * @param {string} colour
 */
function cross(canvas, [row, column], colour) {
  const size = canvas.width / 64;
  const context = pen(canvas, colour);
  context.moveTo(column - size, row - size);
  context.lineTo(column + size, row + size);
  context.moveTo(column + size, row - size);
  context.lineTo(column - size, row + size);
  context.stroke();
}
