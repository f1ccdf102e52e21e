// The questions of a class, which the server poses and whose answers it keeps. Draws nothing.
import { networksText } from "./curve_series.js";
import { solutionText } from "./solution.js";
import { answerOf, unframe } from "./transport.js";

/**
 * @typedef {{ student: string, codec: string, title: string, ratios: number[], each: number,
 *   curves: Curve[] }} Joined
 * @typedef {{ side: number, slope: number, intercept: number, window: GreyWindow }} Display
 * @typedef {Display & { classes: string[] }} Shapes
 * @typedef {Display & { number: number, of: number, ratio: number, classes: string[] }} Shown
 * @typedef {Display & { correct: boolean, truth: number, contrast: number | null,
 *   contrast_unit: string, radius_mm: number | null, reached: number }} Answered
 */

/**
 * @param {string} what
 * @param {object} body
 */
function post(what, body) {
  return answerOf(`/class/${what}`, { method: "POST", body: JSON.stringify(body) });
}

/**
 * Takes part with the code of the class.
 * @param {string} code
 * @returns {Promise<Joined>}
 */
export async function join(code) {
  return (await post("join", { code })).json();
}

/** @implements {Questions} */
export class ClassQuestions {
  ratios;
  each;
  curves;
  intro = "Your answers have no name; they become one curve of the class on the screen in front.";
  end = "Thank you. The curve of the class is on the screen in front.";
  #joined;
  /** @type {Shown | null} */
  #shown = null;

  /** @param {Joined} joined */
  constructor(joined) {
    this.#joined = joined;
    this.ratios = joined.ratios;
    this.each = joined.each;
    this.curves = joined.curves;
  }

  begin() {}

  /**
   * @template Header
   * @param {string} what
   * @returns {Promise<Frame<Header>>}
   */
  async #get(what) {
    const response = await answerOf(`/class/${what}?student=${this.#joined.student}`, {});
    return unframe(await response.arrayBuffer());
  }

  async examples() {
    /** @type {Frame<Shapes>} */
    const { header, samples } = await this.#get("shapes");
    const size = header.side ** 2;
    const squares = header.classes.map((_, at) => ({ ...header, samples: samples.subarray(at * size, (at + 1) * size) }));
    return { classes: header.classes, squares };
  }

  /** @returns {Promise<Posed>} */
  async pose() {
    /** @type {Frame<Shown>} */
    const { header, samples } = await this.#get("question");
    this.#shown = header;
    const { number, ratio, classes } = header;
    return { number, ratio, codec: this.#joined.codec, classes, square: { ...header, samples } };
  }

  /**
   * @param {number} question
   * @param {number} chosen class
   * @returns {Promise<Told>}
   */
  async answer(question, chosen) {
    const { classes = [], ratio = 1 } = this.#shown ?? {};
    const response = await post("answer", { student: this.#joined.student, question, answer: chosen });
    /** @type {Frame<Answered>} */
    const { header, samples } = unframe(await response.arrayBuffer());
    const { correct, truth, reached } = header;
    return {
      correct, truth, reached, solution: solutionText(classes, truth, header),
      networks: Promise.resolve(networksText(this.curves, ratio)), original: { ...header, samples },
    };
  }
}
