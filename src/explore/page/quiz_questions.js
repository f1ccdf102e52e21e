// The questions of the quiz on the page: random regions of random images, compressed as the page
// compresses. Draws nothing.
import { networksText } from "./curve_series.js";
import { SourceError } from "./errors.js";
import { solutionText } from "./solution.js";
/** @import { Bench } from "./bench.js" */

/** Ratios of the quiz, lowest first. */
const RATIOS = [5, 10, 20, 30, 50, 80, 120];

/** Images that are searched for an example of each shape. */
const MOST_EXAMPLES = 12;

/** @type {[number, string][]} */
const LENGTHS = [[4, "4, for one person"], [8, "8, for a lecture"]];

/**
 * A region of an image as a square.
 * @param {OriginalHeader} header
 * @param {Uint16Array} samples
 * @param {Region} region
 * @param {number} side
 * @returns {Square}
 */
function squareOf({ columns, slope, intercept, window }, samples, { row, column }, side) {
  const square = new Uint16Array(side * side);
  for (let line = 0; line < side; line++) {
    const start = (row + line) * columns + column;
    square.set(samples.subarray(start, start + side), line * side);
  }
  return { side, slope, intercept, window, samples: square };
}

/** @implements {Questions} */
export class BenchQuestions {
  lengths = LENGTHS;
  each = LENGTHS[0][0];
  intro = "The codec is the one that is chosen above. Contrast, size and noise are those of the phantom, so that your curve can be compared with the networks’.";
  end = "";
  columns = ["phantom", "path", "image", "row", "column"];
  /** @type {number | null} */
  truth = null;
  #bench;
  /** Phantom, codec and path of this round. */
  /** @type {ImageQuery} */
  #query = {};
  /** @type {{ image: ImageQuery, number: number, ratio: number, original: Frame<OriginalHeader>,
   *   decoded: Frame<RenditionHeader>, truth: Truth } | null} */
  #asked = null;

  /** @param {Bench} bench */
  constructor(bench) {
    this.#bench = bench;
  }

  /** Ratios that can be shown: an exported page does not hold all. */
  get ratios() {
    return RATIOS.filter((ratio) => this.#bench.catalogue.ratios.includes(ratio));
  }

  get curves() {
    return this.#bench.curvesOf(this.#query);
  }

  /** The phantom that is chosen; where that is to be searched as a whole, the one that it is of. */
  get #phantom() {
    const { phantom, catalogue } = this.#bench;
    return catalogue.phantoms.find(({ id }) => id === phantom.searched_of) ?? phantom;
  }

  begin() {
    const { codec, path } = this.#bench.settings;
    this.#query = { phantom: this.#phantom.id, codec: codec === "lossless" ? "jpeg2000" : codec, path, generations: 1 };
  }

  async examples() {
    const { source, catalogue, settings: { path } } = this.#bench;
    const { id: phantom, noise } = this.#phantom;
    /** @type {Square[]} */
    const squares = [];
    /** @type {string[]} */
    let classes = [];
    for (let number = 0; number < Math.min(MOST_EXAMPLES, catalogue.cases); number++) {
      const image = { phantom, path, case: number, noise: noise && !source.isStatic ? 0 : null };
      const { header, samples } = await source.original(image);
      if (!header.truth) break;
      const { truth } = header;
      ({ classes } = truth);
      for (const region of truth.regions) squares[region.class] ??= squareOf(header, samples, region, truth.side);
      if (classes.every((_, at) => squares[at])) return { classes, squares };
    }
    throw new SourceError("The shapes in this image are not known.");
  }

  /**
   * @param {number} number
   * @returns {Promise<Posed>}
   */
  async pose(number) {
    const { source, catalogue } = this.#bench;
    const { phantom, path, codec = "", generations } = this.#query;
    const ratio = this.ratios[Math.floor(number / this.each)];
    const image = { phantom, path, case: Math.floor(Math.random() * catalogue.cases) };
    const [original, decoded] = await Promise.all([
      source.original(image), source.rendition({ ...image, codec, generations, ratio }),
    ]);
    const { truth } = original.header;
    if (!truth || truth.regions.length === 0) throw new SourceError("The shapes in this image are not known.");
    const chosen = Math.floor(Math.random() * truth.regions.length);
    const region = truth.regions[chosen];
    this.#asked = { image, number: chosen, ratio, original, decoded, truth };
    this.truth = region.class;
    const square = squareOf(original.header, decoded.samples, region, truth.side);
    return { number, ratio, codec: catalogue.codecs[codec] ?? codec, classes: truth.classes, square };
  }

  /**
   * @param {number} _number
   * @param {number} chosen class
   * @returns {Promise<Told>}
   */
  async answer(_number, chosen) {
    if (!this.#asked) throw new SourceError("No question was asked.");
    const { image, number, ratio, original, decoded, truth } = this.#asked;
    const region = truth.regions[number];
    return {
      correct: chosen === region.class, truth: region.class,
      reached: decoded.header.figures.ratio_stored,
      solution: solutionText(truth.classes, region.class, { ...region, contrast_unit: truth.contrast_unit }),
      networks: this.#networks(image, number, ratio, region.class),
      original: squareOf(original.header, original.samples, region, truth.side),
      place: [image.phantom ?? "", image.path ?? "", image.case ?? 0, region.row, region.column],
    };
  }

  /**
   * What the networks of the run had for this region; without a run, what was calibrated.
   * @param {ImageQuery} image
   * @param {number} region
   * @param {number} ratio
   * @param {number} truth class
   */
  async #networks(image, region, ratio, truth) {
    const { catalogue: { run }, source } = this.#bench;
    const group = run?.identifying.find(([path]) => path === image.path);
    if (!run || !group || run.phantom !== image.phantom) return networksText(this.curves, ratio);
    const { codec, generations } = this.#query;
    const { networks, answers } = await source.reading({ ...image, codec, generations, ratio, regime: group[1] });
    return `Of ${networks} ${networks === 1 ? "network" : "networks"}, ${answers[region].votes[truth]} had it right.`;
  }
}
