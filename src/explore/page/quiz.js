// The quiz: the networks' task for the user, at one ratio after the other. Keeps the answers in this
// browser only.
import { byId, canvas, element } from "./elements.js";
import { messageOf, SourceError } from "./errors.js";
import { shortNumber, signed } from "./numbers.js";
import { drawResult, paintRegion } from "./quiz_result.js";
import { className } from "./target.js";
/** @import { Bench } from "./bench.js" */
/** @import { Tally } from "./quiz_result.js" */

/** Ratios of the quiz, lowest first, and the number of questions at each. */
const RATIOS = [5, 10, 20, 30, 50, 80, 120];
const QUESTIONS_EACH = 4;

/** Classes of a phantom if no question says. */
const USUAL_CLASSES = 6;

/**
 * @typedef {{ region: Region, truth: Truth, original: Frame<OriginalHeader>,
 *   decoded: Frame<RenditionHeader> }} Question
 */

export class Quiz {
  #body;
  #bench;
  /** @type {Tally[]} */
  #tallies = [];
  /** Phantom, codec and path of this round. */
  /** @type {ImageQuery} */
  #query = {};
  /** Number of the question, from 0. */
  #number = 0;
  /** @type {Question | null} */
  #question = null;
  #answered = false;
  #loading = false;

  /**
   * @param {HTMLElement} body
   * @param {Bench} bench
   */
  constructor(body, bench) {
    this.#body = body;
    this.#bench = bench;
    this.#showStart();
    body.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The class that is correct, for the test of the page. */
  get truth() {
    return this.#question?.region.class ?? null;
  }

  /** Ratios that can be shown: an exported page does not hold all. */
  get #ratios() {
    return RATIOS.filter((ratio) => this.#bench.catalogue.ratios.includes(ratio));
  }

  get #length() {
    return this.#ratios.length * QUESTIONS_EACH;
  }

  get #level() {
    return Math.floor(this.#number / QUESTIONS_EACH);
  }

  #showStart() {
    const start = element("button", { type: "button", class: "go", id: "quiz-start" }, "Start");
    start.addEventListener("click", () => this.start());
    const what = `${this.#length} regions, from ${this.#ratios[0]}:1 to ${this.#ratios.at(-1)}:1, with the codec chosen above. Contrast, size and noise are those of the phantom, so that your curve can be compared with the networks’.`;
    this.#body.replaceChildren(element("div", { class: "start" }, element("p", {}, what), start));
  }

  /** Starts a round. */
  async start() {
    this.#bench.quiz = true;
    this.#bench.writeLink();
    const { phantom, codec, path } = this.#bench.settings;
    this.#query = { phantom, codec: codec === "lossless" ? "jpeg2000" : codec, path, generations: 1 };
    this.#tallies = this.#ratios.map((ratio) => ({ ratio, correct: 0, asked: 0, achieved: 0 }));
    this.#number = 0;
    this.#showBoard();
    await this.#ask();
  }

  #showBoard() {
    const images = element("div", { class: "images" },
      element("div", {}, element("p", { class: "hint" }, "Compressed"),
        element("canvas", { id: "quiz-region", width: 32, height: 32, role: "img", "aria-label": "One region, compressed" })),
      element("div", {}, element("p", { class: "hint" }, "Original"), element("div", { id: "quiz-before" })));
    this.#body.replaceChildren(
      element("div", {}, element("p", { class: "hint", id: "quiz-progress" }), images,
        element("div", { class: "answers", id: "quiz-answers", role: "group", "aria-label": "Your answer" }),
        element("p", { class: "verdict", id: "quiz-verdict", role: "status" })),
      element("div", { class: "chart" }, element("div", { id: "quiz-chart" }),
        element("ul", { class: "legend", id: "quiz-legend" })),
    );
    this.#showResult();
  }

  async #ask() {
    if (this.#loading) return;
    this.#loading = true;
    const { catalogue } = this.#bench;
    const ratio = this.#ratios[this.#level];
    try {
      const question = await this.#draw(ratio);
      const { region, truth, original, decoded } = question;
      this.#question = question;
      this.#answered = false;
      paintRegion(canvas("quiz-region"), decoded.samples, original.header, region, truth.side);
      byId("quiz-region").setAttribute("aria-label", `One region at ${ratio} to 1`);
      const codec = this.#query.codec ?? "";
      byId("quiz-progress").textContent =
        `Question ${this.#number + 1} of ${this.#length} · ${ratio}:1 · ${catalogue.codecs[codec] ?? codec}`;
      byId("quiz-verdict").replaceChildren();
      byId("quiz-before").replaceChildren(element("div", { class: "unknown", "aria-hidden": "true" }, "?"));
      this.#showAnswers(truth);
    } catch (error) {
      byId("quiz-verdict").textContent = messageOf(error);
    } finally {
      this.#loading = false;
    }
  }

  /**
   * A random region of a random image.
   * @param {number} ratio
   * @returns {Promise<Question>}
   */
  async #draw(ratio) {
    const { source, catalogue } = this.#bench;
    const { phantom, path, codec, generations } = this.#query;
    const image = { phantom, path, case: Math.floor(Math.random() * catalogue.cases) };
    const [original, decoded] = await Promise.all([
      source.original(image), source.rendition({ ...image, codec, generations, ratio }),
    ]);
    const truth = original.header.truth;
    if (!truth || truth.regions.length === 0) throw new SourceError("The shapes in this image are not known.");
    const region = truth.regions[Math.floor(Math.random() * truth.regions.length)];
    return { region, truth, original, decoded };
  }

  /** @param {Truth} truth */
  #showAnswers(truth) {
    const answers = byId("quiz-answers");
    const buttons = truth.classes.map((_, number) => {
      const button = element("button", { type: "button", "data-class": number },
        element("kbd", { "aria-hidden": "true" }, String(number + 1)), className(truth, number));
      button.addEventListener("click", () => this.#answer(number));
      return button;
    });
    answers.replaceChildren(...buttons);
    if (document.activeElement === document.body || this.#body.contains(document.activeElement)) {
      buttons[0].focus({ preventScroll: true });
    }
  }

  /** @param {number} number of the class */
  #answer(number) {
    if (!this.#question || this.#answered) return;
    this.#answered = true;
    const { region, truth, original, decoded } = this.#question;
    const tally = this.#tallies[this.#level];
    const correct = number === region.class;
    tally.asked += 1;
    tally.correct += correct ? 1 : 0;
    tally.achieved += decoded.header.figures.ratio_stored;
    const next = element("button", { type: "button", class: "go", id: "quiz-next" },
      this.#number + 1 < this.#length ? "Next" : "Show the result");
    next.addEventListener("click", () => this.#advance());
    byId("quiz-verdict").replaceChildren(
      element("strong", { class: correct ? "right" : "wrong" }, correct ? "Correct" : "Wrong"),
      element("span", {}, solution(truth, region)), next,
    );
    const before = element("canvas", { width: truth.side, height: truth.side, role: "img", "aria-label": "The same region before compression", id: "quiz-original" });
    paintRegion(before, original.samples, original.header, region, truth.side);
    byId("quiz-before").replaceChildren(before);
    for (const button of byId("quiz-answers").querySelectorAll("button")) button.disabled = true;
    this.#showResult();
    next.focus({ preventScroll: true });
  }

  #advance() {
    this.#number += 1;
    if (this.#number < this.#length) {
      this.#ask();
      return;
    }
    const again = element("button", { type: "button", class: "go" }, "Again");
    again.addEventListener("click", () => this.start());
    byId("quiz-answers").replaceChildren();
    byId("quiz-progress").textContent = `You answered ${this.#total("correct")} of ${this.#length} questions correctly.`;
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

  /** @param {"correct" | "asked"} key */
  #total(key) {
    return this.#tallies.reduce((sum, tally) => sum + tally[key], 0);
  }

  #showResult() {
    const classes = this.#question?.truth.classes.length ?? USUAL_CLASSES;
    drawResult(this.#tallies, this.#bench.curvesOf(this.#query), classes);
    // The numbers, for the test of the page.
    this.#body.dataset.correct = String(this.#total("correct"));
    this.#body.dataset.asked = String(this.#total("asked"));
  }
}

/**
 * What the region holds.
 * @param {Truth} truth
 * @param {Region} region
 */
function solution(truth, region) {
  if (region.contrast === null) return "The region holds no shape.";
  const radius = shortNumber(region.radius_mm ?? 0);
  return `The shape: ${className(truth, region.class)}, ${signed(region.contrast)} ${truth.contrast_unit}, radius ${radius} mm.`;
}
