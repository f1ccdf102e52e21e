"use strict";
// @ts-check
// The quiz: the networks' task for a visitor, level by level, and the curve of the answers beside
// the networks'. Keeps its tally in this browser only.

/** Ratios of the quiz, mildest first, and questions at each. */
const QUIZ_RATIOS = [5, 10, 20, 30, 50, 80, 120];
const QUIZ_EACH = 4;

/**
 * @typedef {{ ratio: number, right: number, asked: number, achieved: number }} Tally
 * @typedef {{ source: ServerSource | FileSource, catalogue: Catalogue, settings: () => Asked,
 *   curvesOf: (asked: Asked) => Curve[] }} QuizDesk
 */

class Quiz {
  #desk;
  #body;
  /** @type {Tally[]} */
  #tallies = [];
  /** @type {Asked} */
  #asked = {};
  #number = 0;
  /** @type {{ region: Region, truth: Truth, original: Frame<OriginalHeader>,
   *   decoded: Frame<RenditionHeader> } | null} */
  #question = null;
  #answered = false;
  #loading = false;

  /**
   * @param {HTMLElement} body
   * @param {QuizDesk} desk
   */
  constructor(body, desk) {
    this.#body = body;
    this.#desk = desk;
    this.#opening();
    body.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Ratios that can be asked: an exported page has not all. */
  get #ratios() {
    return QUIZ_RATIOS.filter((ratio) => this.#desk.catalogue.ratios.includes(ratio));
  }

  get #length() {
    return this.#ratios.length * QUIZ_EACH;
  }

  #opening() {
    const start = element("button", { type: "button", class: "go", id: "quiz-start" }, "Start");
    start.addEventListener("click", () => this.start());
    const what = `${this.#length} regions, from ${this.#ratios[0]}:1 to ${this.#ratios.at(-1)}:1, with the codec of the bench. Contrast, size and noise are as the phantom says, so that your curve can stand beside the networks’.`;
    this.#body.replaceChildren(element("div", { class: "start" }, element("p", {}, what), start));
  }

  async start() {
    const { codec, path } = this.#desk.settings();
    const lossy = codec === "lossless" ? "jpeg2000" : codec;
    const phantom = this.#desk.settings().phantom ?? this.#desk.catalogue.phantoms[0].id;
    this.#asked = { phantom, codec: lossy, path, generations: 1 };
    this.#tallies = this.#ratios.map((ratio) => ({ ratio, right: 0, asked: 0, achieved: 0 }));
    this.#number = 0;
    this.#board();
    await this.#next();
  }

  #board() {
    const canvases = element("div", { class: "images" },
      element("div", {}, element("p", { class: "hint" }, "Compressed"),
        element("canvas", { id: "quiz-region", width: 32, height: 32, role: "img", "aria-label": "One region, compressed" })),
      element("div", {}, element("p", { class: "hint" }, "Before"), element("div", { id: "quiz-before" })));
    const verdict = element("p", { class: "verdict", id: "quiz-verdict", role: "status" });
    this.#body.replaceChildren(
      element("div", {}, element("p", { class: "hint", id: "quiz-progress" }), canvases,
        element("div", { class: "answers", id: "quiz-answers", role: "group", "aria-label": "Your answer" }), verdict),
      element("div", { class: "chart" }, element("div", { id: "quiz-chart" }),
        element("ul", { class: "legend", id: "quiz-legend" })),
    );
    this.#chart();
  }

  async #next() {
    if (this.#loading) return;
    this.#loading = true;
    const { source, catalogue } = this.#desk;
    const level = Math.floor(this.#number / QUIZ_EACH);
    const ratio = this.#ratios[level];
    const asked = { ...this.#asked, ratio, case: Math.floor(Math.random() * catalogue.cases) };
    const { codec: _, ratio: __, generations: ___, ...subject } = asked;
    try {
      const [original, decoded] = await Promise.all([source.original(subject), source.rendition(asked)]);
      const truth = original.header.truth;
      if (!truth || truth.regions.length === 0) throw new SourceError("This image has no known shapes.");
      const region = truth.regions[Math.floor(Math.random() * truth.regions.length)];
      this.#question = { region, truth, original, decoded };
      this.#answered = false;
      paintRegion(byId("quiz-region"), decoded.samples, original.header, region, truth.side);
      byId("quiz-region").setAttribute("aria-label", `One region at ${ratio} to 1`);
      byId("quiz-progress").textContent =
        `Question ${this.#number + 1} of ${this.#length} · ${ratio}:1 · ${catalogue.codecs[asked.codec ?? ""] ?? asked.codec}`;
      byId("quiz-verdict").replaceChildren();
      byId("quiz-before").replaceChildren(element("div", { class: "unknown", "aria-hidden": "true" }, "?"));
      this.#buttons(truth.classes);
    } catch (error) {
      byId("quiz-verdict").textContent = wordsOf(error);
    } finally {
      this.#loading = false;
    }
  }

  /** @param {string[]} classes */
  #buttons(classes) {
    const answers = byId("quiz-answers");
    answers.replaceChildren(...classes.map((name, number) => {
      const button = element("button", { type: "button", "data-class": number },
        element("kbd", { "aria-hidden": "true" }, String(number + 1)), name === "absent" ? "nothing" : name);
      button.addEventListener("click", () => this.#answer(number));
      return button;
    }));
    if (document.activeElement === document.body || this.#body.contains(document.activeElement)) {
      /** @type {HTMLElement} */ (answers.firstElementChild).focus({ preventScroll: true });
    }
  }

  /** @param {number} number */
  #answer(number) {
    if (!this.#question || this.#answered) return;
    this.#answered = true;
    const { region, truth, original, decoded } = this.#question;
    const tally = this.#tallies[Math.floor(this.#number / QUIZ_EACH)];
    const right = number === region.class;
    tally.asked += 1;
    tally.right += right ? 1 : 0;
    tally.achieved += decoded.header.figures.ratio_stored;
    const named = (/** @type {number} */ at) => truth.classes[at] === "absent" ? "nothing" : truth.classes[at];
    const contrast = region.contrast === null ? "" :
      `, ${signed(region.contrast)} ${truth.contrast_unit}, radius ${shortNumber(region.radius_mm ?? 0)} mm`;
    const next = element("button", { type: "button", class: "go", id: "quiz-next" },
      this.#number + 1 < this.#length ? "Next" : "Show the result");
    next.addEventListener("click", () => this.#advance());
    byId("quiz-verdict").replaceChildren(
      element("strong", { class: right ? "right" : "wrong" }, right ? "Right" : "Wrong"),
      element("span", {}, `It was ${named(region.class)}${contrast}.`), next,
    );
    const before = element("canvas", { width: truth.side, height: truth.side, role: "img", "aria-label": "The same region before compression", id: "quiz-original" });
    paintRegion(/** @type {HTMLElement} */ (before), original.samples, original.header, region, truth.side);
    byId("quiz-before").replaceChildren(before);
    for (const button of byId("quiz-answers").querySelectorAll("button")) button.disabled = true;
    this.#chart();
    next.focus({ preventScroll: true });
  }

  #advance() {
    this.#number += 1;
    if (this.#number < this.#length) {
      this.#next();
      return;
    }
    const right = this.#tallies.reduce((sum, tally) => sum + tally.right, 0);
    const again = element("button", { type: "button", class: "go" }, "Again");
    again.addEventListener("click", () => this.start());
    byId("quiz-answers").replaceChildren();
    byId("quiz-progress").textContent = `You were right ${right} times of ${this.#length}.`;
    byId("quiz-verdict").replaceChildren(again);
    again.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const number = Number(event.key) - 1;
    const answers = this.#body.querySelectorAll("#quiz-answers button");
    if (Number.isInteger(number) && number >= 0 && number < answers.length) {
      event.preventDefault();
      this.#answer(number);
    }
  }

  #chart() {
    const asked = this.#tallies.filter((tally) => tally.asked > 0);
    const shares = asked.map((tally) =>
      /** @type {[number, number]} */ ([tally.achieved / tally.asked, tally.right / tally.asked]));
    const curves = this.#desk.curvesOf(this.#asked);
    const classes = this.#question?.truth.classes.length ?? 6;
    const ceiling = curves[0]?.ceiling ?? null;
    const series = [
      ...idealSeries(ceiling),
      { name: "A guess", kind: "before", points: /** @type {[number, number][]} */ ([[2, 1 / classes], [250, 1 / classes]]) },
      ...curves.map((curve) => ({ name: curveName(curve), kind: `${curve.codec} ${curve.regime}`, points: curve.points })),
      { name: "You", kind: "you", points: shares, dots: true,
        bars: asked.map((tally) => {
          const [low, high] = wilson(tally.right, tally.asked);
          return /** @type {[number, number, number]} */ ([tally.achieved / tally.asked, low, high]);
        }) },
    ];
    drawChart(byId("quiz-chart"), {
      title: "Share of right answers against compression ratio",
      x: { low: 2, high: 250, logarithmic: true, ticks: [2, 5, 10, 20, 50, 100, 200], label: "compression ratio on stored bits", format: (value) => `${value}:1` },
      y: { low: 0, high: 1, ticks: [0, 0.25, 0.5, 0.75, 1], label: "right answers", format: (value) => `${Math.round(value * 100)} %` },
      series,
      height: 300,
    });
    byId("quiz-legend").replaceChildren(
      element("li", { class: "you" }, element("span", {}, "you, with 95 % intervals")),
      ...curves.map((curve) => element("li", { class: `${curve.codec} ${curve.regime}` }, element("span", {}, curveName(curve)))),
      ...idealLegend(ceiling),
      element("li", { class: "before" }, element("span", {}, `a guess: one in ${classes}`)),
    );
    // The numbers for the test of the page and for readers of the source.
    this.#body.dataset.right = String(asked.reduce((sum, tally) => sum + tally.right, 0));
    this.#body.dataset.asked = String(asked.reduce((sum, tally) => sum + tally.asked, 0));
  }

  /** Class that is right now: for the test of the page, which must answer. */
  get truth() {
    return this.#question?.region.class ?? null;
  }
}

/**
 * The ideal observer: level, since what it reaches on originals bounds every ratio.
 * @param {number | null} ceiling
 * @returns {Series[]}
 */
function idealSeries(ceiling) {
  return ceiling === null ? [] : [{ name: "The ideal observer before compression", kind: "ideal", points: [[2, ceiling], [250, ceiling]] }];
}

/** @param {number | null} ceiling */
function idealLegend(ceiling) {
  if (ceiling === null) return [];
  const text = `the ideal observer before compression, ${(ceiling * 100).toFixed(0)} %: no reader exceeds it at any ratio`;
  return [element("li", { class: "ideal" }, element("span", {}, text))];
}

/**
 * @param {Curve} curve
 */
function curveName(curve) {
  const trained = curve.regime === "mixed" ? "trained on all levels" : "trained on originals";
  return `${curve.networks} networks ${trained}`;
}

/**
 * Paints one region through the image's window.
 * @param {HTMLElement} holder a canvas
 * @param {Uint16Array} samples
 * @param {OriginalHeader} header
 * @param {Region} region
 * @param {number} side
 */
function paintRegion(holder, samples, header, region, side) {
  const canvas = /** @type {HTMLCanvasElement} */ (holder);
  canvas.width = side;
  canvas.height = side;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const picture = context.createImageData(side, side);
  const { center, width } = header.window;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const stored = samples[(region.row + row) * header.columns + region.column + column];
      const value = header.slope * stored + header.intercept;
      const grey = 255 * ((value - (center - 0.5)) / (width - 1) + 0.5);
      const at = 4 * (row * side + column);
      picture.data.fill(Math.min(255, Math.max(0, grey)), at, at + 3);
      picture.data[at + 3] = 255;
    }
  }
  context.putImageData(picture, 0, 0);
}
