// The quiz: the networks' task for the user, at one ratio after the other. Knows not where its questions
// come from.
import { className } from "./class_names.js";
import { download } from "./download.js";
import { byId, element } from "./elements.js";
import { messageOf } from "./errors.js";
import { drawResult, one, pictureOf } from "./quiz_result.js";
/** @import { Tally } from "./quiz_result.js" */

export class Quiz {
  #body;
  #questions;
  #began;
  /** @type {Tally[]} */
  #tallies = [];
  /** Number of the question, from 0. */
  #number = 0;
  /** @type {Posed | null} */
  #posed = null;
  /** One example of each class, uncompressed. */
  /** @type {Square[]} */
  #examples = [];
  /** Rows of the table of answers. */
  /** @type {(string | number)[][]} */
  #rows = [];
  #answered = false;
  #loading = false;

  /**
   * @param {HTMLElement} body
   * @param {Questions} questions
   * @param {() => void} began called when a round begins
   */
  constructor(body, questions, began) {
    this.#body = body;
    this.#questions = questions;
    this.#began = began;
    this.#showStart();
    body.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The class that is correct, for the test of the page; `null` where only a server knows. */
  get truth() {
    return this.#questions.truth ?? null;
  }

  get #length() {
    return this.#questions.ratios.length * this.#questions.each;
  }

  #showStart() {
    const { ratios } = this.#questions;
    const start = element("button", { type: "button", class: "go", id: "quiz-start" }, "Start");
    start.addEventListener("click", () => this.start());
    const what = `${this.#length} regions, from ${ratios[0]}:1 to ${ratios.at(-1)}:1. ${this.#questions.intro}`;
    const shapes = element("div", { class: "shapes", id: "quiz-shapes" });
    this.#body.replaceChildren(element("div", { class: "start" },
      element("p", { class: "hint" }, "These are the shapes, before compression and without noise where that can be switched off. A region can also hold none."),
      shapes, element("p", { id: "quiz-what" }, what), ...this.#lengths(), start));
    // The shapes come once the quiz comes into view, and cost the page nothing before.
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      this.#loadExamples().catch((error) => { shapes.textContent = messageOf(error); });
    });
    seen.observe(shapes);
  }

  /** How many questions at each ratio, where that can be chosen. */
  #lengths() {
    const questions = this.#questions;
    if (!questions.lengths) return [];
    const choice = element("select", { id: "quiz-each" }, ...questions.lengths.map(([each, name]) =>
      element("option", { value: each }, name)));
    choice.value = String(questions.each);
    choice.addEventListener("change", () => {
      questions.each = Number(choice.value);
      this.#showStart();
      byId("quiz-each").focus({ preventScroll: true });
    });
    return [element("label", { class: "field", for: "quiz-each" }, "Questions at each ratio", choice)];
  }

  async #loadExamples() {
    if (this.#examples.length > 0) return;
    const { classes, squares } = await this.#questions.examples();
    this.#examples = squares;
    const shapes = document.getElementById("quiz-shapes");
    shapes?.replaceChildren(...squares.map((square, number) => element("figure", {},
      pictureOf(square, { role: "img", "aria-label": `Example: ${className(classes, number)}` }),
      element("figcaption", {}, className(classes, number)))));
  }

  /** Starts a round. */
  async start() {
    this.#began();
    try {
      await this.#loadExamples();
    } catch {
      // The answers have their names without pictures too.
    }
    this.#questions.begin();
    this.#tallies = this.#questions.ratios.map((ratio) => ({ ratio, correct: 0, asked: 0, achieved: 0 }));
    this.#rows = [];
    this.#number = 0;
    this.#showBoard();
    await this.#ask();
  }

  #showBoard() {
    const images = element("div", { class: "images" },
      element("div", {}, element("p", { class: "hint" }, "Compressed"), element("div", { id: "quiz-region" })),
      element("div", {}, element("p", { class: "hint" }, "Original"), element("div", { id: "quiz-before" })));
    const mine = element("button", { type: "button", id: "quiz-download", hidden: "" }, "Download my answers");
    mine.addEventListener("click", () => this.#download());
    this.#body.replaceChildren(
      element("div", {}, element("p", { class: "hint", id: "quiz-progress" }), images,
        element("div", { class: "answers", id: "quiz-answers", role: "group", "aria-label": "Your answer" }),
        element("p", { class: "verdict", id: "quiz-verdict", role: "status" })),
      element("div", { class: "chart" }, element("div", { id: "quiz-chart" }),
        element("ul", { class: "legend", id: "quiz-legend" }), mine),
    );
    this.#showResult();
  }

  async #ask() {
    if (this.#loading) return;
    this.#loading = true;
    try {
      const posed = await this.#questions.pose(this.#number);
      const { number, ratio, codec, square, classes } = posed;
      this.#posed = posed;
      this.#number = number;
      this.#answered = false;
      byId("quiz-region").replaceChildren(pictureOf(square, { role: "img", "aria-label": `One region at ${ratio} to 1` }));
      byId("quiz-progress").textContent = `Question ${number + 1} of ${this.#length} · ${ratio}:1 · ${codec}`;
      byId("quiz-verdict").replaceChildren();
      byId("quiz-before").replaceChildren(element("div", { class: "unknown", "aria-hidden": "true" }, "?"));
      this.#showAnswers(classes);
    } catch (error) {
      const again = element("button", { type: "button" }, "Try again");
      again.addEventListener("click", () => this.#ask());
      byId("quiz-verdict").replaceChildren(messageOf(error), again);
    } finally {
      this.#loading = false;
    }
  }

  /** @param {string[]} classes */
  #showAnswers(classes) {
    const buttons = classes.map((_, number) => {
      const example = this.#examples[number];
      const button = element("button", { type: "button", "data-class": number },
        ...(example ? [pictureOf(example, { "aria-hidden": "true" })] : []),
        element("span", {}, element("kbd", { "aria-hidden": "true" }, String(number + 1)), className(classes, number)));
      button.addEventListener("click", () => this.#answer(number));
      return button;
    });
    byId("quiz-answers").replaceChildren(...buttons);
    if (document.activeElement === document.body || this.#body.contains(document.activeElement)) {
      buttons[0].focus({ preventScroll: true });
    }
  }

  /** @param {number} chosen class */
  async #answer(chosen) {
    const posed = this.#posed;
    if (!posed || this.#answered) return;
    this.#answered = true;
    let told;
    try {
      told = await this.#questions.answer(this.#number, chosen);
    } catch (error) {
      this.#answered = false;
      byId("quiz-verdict").textContent = messageOf(error);
      return;
    }
    const { correct, truth, reached, solution, networks, original } = told;
    const tally = this.#tallies.find(({ ratio }) => ratio === posed.ratio);
    if (tally) {
      tally.asked += 1;
      tally.correct += correct ? 1 : 0;
      tally.achieved += reached;
    }
    this.#rows.push([this.#number + 1, posed.codec, posed.ratio, reached.toFixed(3), ...(told.place ?? []),
      posed.classes[truth], posed.classes[chosen], String(correct)]);
    const next = element("button", { type: "button", class: "go", id: "quiz-next" },
      this.#number + 1 < this.#length ? "Next" : "Show the result");
    next.addEventListener("click", () => this.#advance());
    const had = element("span", { id: "quiz-networks" });
    byId("quiz-verdict").replaceChildren(
      element("strong", { class: correct ? "right" : "wrong" }, correct ? "✓ Correct" : "✗ Wrong"),
      element("span", {}, solution), had, next,
    );
    networks.then((text) => { had.textContent = text; }, () => {});
    byId("quiz-before").replaceChildren(pictureOf(original, { id: "quiz-original", role: "img", "aria-label": "The same region before compression" }));
    for (const button of byId("quiz-answers").querySelectorAll("button")) {
      const number = Number(button.dataset.class);
      button.disabled = true;
      if (number === truth) button.classList.add("right");
      else if (number === chosen) button.classList.add("wrong");
    }
    byId("quiz-download").hidden = !this.#questions.columns;
    this.#showResult();
    next.focus({ preventScroll: true });
  }

  #advance() {
    this.#number += 1;
    if (this.#number < this.#length) {
      this.#ask();
      return;
    }
    byId("quiz-answers").replaceChildren();
    byId("quiz-progress").textContent = `You answered ${this.#total("correct")} of ${this.#total("asked")} questions correctly.`;
    byId("quiz-verdict").replaceChildren(this.#questions.end);
    if (!this.#questions.lengths) return;
    const again = element("button", { type: "button", class: "go" }, "Again");
    again.addEventListener("click", () => this.start());
    byId("quiz-verdict").append(again);
    again.focus({ preventScroll: true });
  }

  /** The answers of this round as a table. */
  #download() {
    const { columns = [] } = this.#questions;
    const head = ["question", "codec", "ratio_asked", "ratio_reached", ...columns, "truth", "answer", "correct"];
    const table = [head, ...this.#rows].map((row) => `${row.join(",")}\n`).join("");
    download(URL.createObjectURL(new Blob([table], { type: "text/csv" })), "answers.csv");
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
    const classes = this.#posed?.classes.length ?? null;
    drawResult(byId("quiz-chart"), byId("quiz-legend"), one(this.#tallies), this.#questions.curves, classes);
    // The numbers, for the test of the page.
    this.#body.dataset.correct = String(this.#total("correct"));
    this.#body.dataset.asked = String(this.#total("asked"));
  }
}
