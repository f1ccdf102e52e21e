// What the page shows and how it comes to be shown: settings, the images and figures that belong to
// them, and the order of the requests. Owns no control; those listen with `when`.
import { addressOf, readAddress } from "./address.js";
import { messageOf } from "./errors.js";
import { ratioText } from "./numbers.js";
import { againstQuery, initialSettings, originalQuery, phantomOf, renditionQuery, tellCodecsApart } from "./settings.js";
import { Stage } from "./stage.js";
import { initialView } from "./view.js";
/** @import { Settings } from "./settings.js" */

/** @typedef {"settings" | "view" | "figures" | "target" | "answers" | "message" | "values" | "busy"} Topic */

/** Milliseconds after which it is shown that an image is being computed. */
const BUSY = 120;

/** Milliseconds without a change after which the address follows: browsers take few changes a second. */
const LINK = 250;

/** Milliseconds without a change after which similarity, networks and ideal observer are requested,
 * so that they do not delay the next image. */
const REST = 150;

export class Bench {
  source;
  catalogue;
  stage;
  settings;
  /** @type {Frame<OriginalHeader> | null} */
  original = null;
  /** Query of the decoded image that is shown; what is asked for may have changed since. */
  /** @type {ImageQuery} */
  shown = {};
  /** @type {Figures | null} */
  figures = null;
  /** `null` until it is known. */
  /** @type {Similarity | null} */
  similarity = null;
  /** The image of the second codec that is shown beside it, if one is. */
  /** @type {{ query: ImageQuery, figures: Figures, similarity: Similarity | null } | null} */
  other = null;
  /** d′ of the selected region: `undefined` until it is known, `null` where there is none. */
  /** @type {number | null | undefined} */
  detectability = undefined;
  /** What the user should know; empty if all is well. */
  message = "";
  /** Values under the pointer. */
  values = "";
  /** Whether what is shown is not yet what was asked for. */
  isPending = true;
  /** Whether that has lasted long enough to say so. */
  isBusy = false;
  /** The story that is told; empty for none. */
  story = "";
  /** Whether the quiz has begun. */
  quiz = false;
  /** Whether the stories fill the screen. */
  presents = false;

  /** @type {Map<Topic, (() => void)[]>} */
  #listeners = new Map();
  /** Window of the windowed path; `null` for the image's own. */
  /** @type {GreyWindow | null} */
  #codecWindow = null;
  /** Whether the user has set the window of the display. */
  #windowTouched = false;
  /** Query of `original`, as text. */
  #originalKey = "";
  /** What networks found in the original, with its query as text. */
  /** @type {{ key: string, found: WholeImageAnswer } | null} */
  #foundBefore = null;
  #requesting = false;
  #changedMeanwhile = false;
  /** Number of the latest request: answers to earlier ones are dropped. */
  #version = 0;
  #changedAt = 0;
  #busyTimer = 0;
  #linkTimer = 0;
  /** What this page wrote into the address. */
  #link = "";

  /**
   * @param {Source} source
   * @param {Catalogue} catalogue
   * @param {HTMLElement} root of the stage
   */
  constructor(source, catalogue, root) {
    this.source = source;
    this.catalogue = catalogue;
    this.settings = initialSettings(catalogue);
    this.stage = new Stage(root, {
      changed: () => this.#viewChanged(),
      committed: () => this.commitWindow(),
      hovered: (values) => {
        this.values = values;
        this.#notify("values");
      },
      picked: (region) => this.select(region),
    });
    const { view, region, story, quiz, presents } = readAddress(this.settings, catalogue, source.isStatic);
    [this.story, this.quiz, this.presents] = [story, quiz, presents];
    this.stage.region = region;
    this.stage.beginWith(view);
    this.#windowTouched = view.window !== undefined;
    if (this.settings.path === "windowed" && !source.isStatic) this.#codecWindow = view.window ?? null;
    // Another link in the same tab; links to sections hold no settings.
    window.addEventListener("hashchange", () => {
      if (location.hash.includes("=") && location.hash !== this.#link) location.reload();
    });
  }

  get phantom() {
    return phantomOf(this.settings, this.catalogue);
  }

  /** The truth of the original, if it is known. */
  get truth() {
    return this.original?.header.truth ?? null;
  }

  /** Query of the decoded image. */
  get query() {
    return renditionQuery(this.settings, this.#codecWindow);
  }

  /** Whether two codecs are compared. */
  get comparesCodecs() {
    return this.stage.view.mode === "codecs";
  }

  /** Query of the second codec's image, if two are compared. */
  get #otherQuery() {
    return this.comparesCodecs ? againstQuery(this.settings, this.#codecWindow) : null;
  }

  /** Codec and level of the decoded image that is shown, as text. */
  get decodedName() {
    return this.figures ? this.#nameOf(this.shown, this.figures) : "";
  }

  /** Codec and level of the second codec's image that is shown, as text; empty if none is. */
  get otherName() {
    return this.other ? this.#nameOf(this.other.query, this.other.figures) : "";
  }

  /**
   * @param {ImageQuery} query
   * @param {Figures} figures
   */
  #nameOf({ codec = "", generations }, { ratio_stored }) {
    const times = (generations ?? 1) > 1 ? ` × ${generations}` : "";
    return `${this.catalogue.codecs[codec] ?? codec}${times} · ${ratioText(ratio_stored)}`;
  }

  /**
   * Regimes of the run's networks that are asked so, for the phantom and path that are shown.
   * @param {"identifying" | "searching" | "outlining"} networks
   * @returns {Regime[]}
   */
  regimesOf(networks) {
    const { run } = this.catalogue;
    const { upload, path } = this.settings;
    const { id, searched_of } = this.phantom;
    const theirs = networks === "searching" ? searched_of : id;
    if (!run || upload || theirs !== run.phantom) return [];
    return run[networks].filter(([of]) => of === path).map(([, regime]) => regime);
  }

  /**
   * Accuracy of networks for a phantom, codec and path.
   * @param {ImageQuery} query
   */
  curvesOf({ phantom, codec, path }) {
    return this.catalogue.curves.filter((curve) =>
      curve.phantom === phantom && curve.codec === codec && curve.path === path);
  }

  /** Whether the image is one of those that the networks of the curves rated: nothing of the phantom,
   * of the window or of the number of generations was changed. */
  get isAsMeasured() {
    const { upload, contrast, radius, noise, generations } = this.settings;
    const redrawn = [contrast, radius, noise].some((value) => value !== null);
    return upload === null && !redrawn && generations === 1 && this.#codecWindow === null;
  }

  /** Writes what is shown into the address; an uploaded image has no link. */
  writeLink() {
    clearTimeout(this.#linkTimer);
    if (this.settings.upload) return;
    const { view, region, fitted } = this.stage;
    const { zoom, row, column, window: shown, ...rest } = view;
    this.#link = addressOf(this.settings, {
      view: { ...rest, ...(fitted ? {} : { zoom, row, column }), ...(this.#windowTouched ? { window: shown } : {}) },
      region, story: this.story, quiz: this.quiz, presents: this.presents,
    });
    try {
      history.replaceState(null, "", this.#link);
    } catch {
      // A browser may refuse it for files, or if it happens too often.
    }
  }

  #linkLater() {
    clearTimeout(this.#linkTimer);
    this.#linkTimer = window.setTimeout(() => this.writeLink(), LINK);
  }

  // --- Listeners ---------------------------------------------------------------------------

  /**
   * Calls `listener` whenever this part of the bench has changed.
   * @param {Topic} topic
   * @param {() => void} listener
   */
  when(topic, listener) {
    this.#listeners.set(topic, [...(this.#listeners.get(topic) ?? []), listener]);
  }

  /** @param {Topic} topic */
  #notify(topic) {
    for (const listener of this.#listeners.get(topic) ?? []) listener();
  }

  /** @param {string} message empty to remove the last one */
  report(message) {
    this.message = message;
    this.#notify("message");
  }

  // --- Changes -----------------------------------------------------------------------------

  /**
   * Changes settings; resolves when the image that follows is shown.
   * @param {Partial<Settings>} changes
   */
  change(changes) {
    this.#changedAt = performance.now();
    if ("upload" in changes || "phantom" in changes) {
      this.#codecWindow = null;
      this.#windowTouched = false;
    }
    const before = this.settings.codec;
    Object.assign(this.settings, changes);
    tellCodecsApart(this.settings, before);
    if (this.comparesCodecs) this.settings.quality = null;
    if (!this.catalogue.with_quality.includes(this.settings.codec)) this.settings.quality = null;
    this.isPending = true;
    this.#notify("settings");
    this.#linkLater();
    return this.#refresh();
  }

  /** Returns to what the page shows when it is opened without a link. */
  async reset() {
    [this.story, this.quiz] = ["", false];
    this.stage.region = -1;
    this.forgetWindow();
    await this.change(initialSettings(this.catalogue));
    const { profile: _, ...view } = initialView();
    this.#showOwnWindow();
    this.stage.set({ ...view, window: this.stage.view.window });
    this.stage.fit();
  }

  /** Shows the whole range of stored values. */
  showAllValues() {
    if (!this.original) return;
    const { slope, intercept, bits_stored } = this.original.header;
    const low = intercept;
    const high = slope * (2 ** bits_stored - 1) + intercept;
    this.stage.set({ window: { center: (low + high) / 2 + 0.5, width: high - low + 1 } });
    this.#windowTouched = true;
  }

  /** Returns to the image's own window, on the display and for the codec. */
  async useOwnWindow() {
    this.#codecWindow = null;
    this.#windowTouched = false;
    if (this.settings.path === "windowed" && !this.source.isStatic) await this.change({});
    this.#showOwnWindow();
  }

  /** Forgets the windows of the user: the next image is shown with its own. */
  forgetWindow() {
    this.#codecWindow = null;
    this.#showOwnWindow();
  }

  #showOwnWindow() {
    if (this.original) this.stage.set({ window: { ...this.original.header.window } });
    this.#windowTouched = false;
  }

  #viewChanged() {
    const { window: shown } = this.stage.view;
    const own = this.original?.header.window;
    if (own && (shown.center !== own.center || shown.width !== own.width)) this.#windowTouched = true;
    if (this.original) {
      this.#linkLater();
      // Two codecs are compared from now on, or no more.
      if (this.comparesCodecs !== (this.other !== null)) this.change({});
    }
    this.#notify("view");
  }

  /** Compresses again if the window has changed and the codec's input depends on it. */
  commitWindow() {
    if (this.settings.path !== "windowed" || this.source.isStatic) return;
    const { center, width } = this.stage.view.window;
    const before = this.#codecWindow ?? this.original?.header.window;
    if (before && before.center === center && before.width === width) return;
    this.#codecWindow = { center, width };
    this.change({});
  }

  // --- Requests ----------------------------------------------------------------------------

  /** One request at a time; what has changed meanwhile is requested next. */
  async #refresh() {
    if (this.#requesting) {
      this.#changedMeanwhile = true;
      return;
    }
    this.#requesting = true;
    this.#busyTimer = window.setTimeout(() => this.#setBusy(true), BUSY);
    do {
      this.#changedMeanwhile = false;
      await this.#request();
    } while (this.#changedMeanwhile);
    this.#requesting = false;
    clearTimeout(this.#busyTimer);
    this.#setBusy(false);
  }

  /** @param {boolean} isBusy */
  #setBusy(isBusy) {
    this.isBusy = isBusy;
    this.#notify("busy");
  }

  async #request() {
    const changedAt = this.#changedAt;
    const version = ++this.#version;
    const query = this.query;
    const otherQuery = this.#otherQuery;
    const originalOf = originalQuery(this.settings, this.#codecWindow);
    const key = JSON.stringify(originalOf);
    try {
      const known = this.#originalKey === key ? this.original : null;
      const [original, rendition, other] = await Promise.all([
        known ?? this.source.original(originalOf), this.source.rendition(query),
        otherQuery && this.source.rendition(otherQuery),
      ]);
      if (!known) {
        this.detectability = undefined;
        this.original = original;
        this.#originalKey = key;
        if (!this.#windowTouched) this.stage.view.window = { ...original.header.window };
      }
      this.report("");
      this.isPending = this.#changedMeanwhile;
      const next = this.#next(query);
      this.shown = query;
      this.figures = rendition.header.figures;
      this.similarity = null;
      this.other = otherQuery && other && { query: otherQuery, figures: other.header.figures, similarity: null };
      this.stage.reading = null;
      this.stage.found = null;
      this.stage.load(original, rendition, other, [this.decodedName, this.otherName]);
      await this.stage.shown();
      this.#notify("settings");
      this.#viewChanged();
      this.#notify("figures");
      this.#showTarget();
      document.dispatchEvent(new CustomEvent("shown", {
        detail: { milliseconds: performance.now() - changedAt, query },
      }));
      if (next) this.source.prepare(next);
      if (!this.#changedMeanwhile) this.#requestLater(query, version);
    } catch (error) {
      this.report(messageOf(error));
      document.dispatchEvent(new CustomEvent("refused", { detail: String(error) }));
    }
  }

  /**
   * What comes next where images are leafed through: the image as far beyond `query` as that is beyond
   * the one that is shown, and like it in all else.
   * @param {ImageQuery} query
   */
  #next(query) {
    const { shown } = this;
    const [before, now] = [shown?.case ?? null, query.case ?? null];
    if (before === null || now === null || before === now) return null;
    const next = 2 * now - before;
    const isLike = JSON.stringify({ ...shown, case: now }) === JSON.stringify(query);
    return isLike && next >= 0 && next < this.catalogue.cases ? { ...query, case: next } : null;
  }

  /**
   * What may come a moment later: similarity, the networks' answers and the ideal observer.
   * @param {ImageQuery} query
   * @param {number} version
   */
  async #requestLater(query, version) {
    await new Promise((resolve) => setTimeout(resolve, REST));
    if (version !== this.#version) return;
    try {
      const similarity = await this.source.similarity(query);
      if (version !== this.#version) return;
      this.similarity = similarity;
      this.#notify("figures");
      const { other } = this;
      if (other) {
        const otherSimilarity = await this.source.similarity(other.query);
        if (version !== this.#version) return;
        this.other = { ...other, similarity: otherSimilarity };
        this.#notify("figures");
      }
      await this.#requestAnswers(query, version);
      if (version === this.#version && this.detectability === undefined) await this.#requestDetectability();
    } catch (error) {
      if (version === this.#version) this.report(messageOf(error));
    }
    document.dispatchEvent(new CustomEvent("settled"));
  }

  /**
   * @param {ImageQuery} query
   * @param {number} version
   */
  async #requestAnswers(query, version) {
    this.#notify("answers");
    const [reading, searching, outlining] = /** @type {const} */ (["identifying", "searching", "outlining"])
      .map((networks) => this.regimesOf(networks));
    const all = [...reading, ...searching, ...outlining];
    if (all.length === 0) return;
    if (!all.includes(this.settings.regime)) this.settings.regime = all[0];
    const { settings: { regime }, source } = this;
    if (reading.includes(regime)) {
      const read = await source.reading({ ...query, regime });
      if (version !== this.#version) return;
      this.stage.reading = read;
    }
    if (searching.includes(regime) || outlining.includes(regime)) {
      const found = await this.#findings(query, searching.includes(regime), outlining.includes(regime));
      if (version !== this.#version) return;
      this.stage.found = found;
    }
    this.stage.draw();
    this.#notify("answers");
    this.#showTarget();
  }

  /**
   * What networks find in all images that are shown.
   * @param {ImageQuery} query of the decoded image
   * @param {boolean} searches whether they search
   * @param {boolean} outlines whether they outline
   * @returns {Promise<WholeImageAnswers>}
   */
  async #findings(query, searches, outlines) {
    const { settings: { regime }, source, other } = this;
    const of = async (/** @type {ImageQuery} */ image) => ({
      marks: searches ? await source.marks({ ...image, regime }) : null,
      contours: outlines ? await source.contours({ ...image, regime }) : null,
    });
    const original = { ...originalQuery(this.settings, this.#codecWindow), regime };
    const key = JSON.stringify(original);
    if (this.#foundBefore?.key !== key) this.#foundBefore = { key, found: await of(original) };
    return { original: this.#foundBefore.found, decoded: await of(query), other: other && await of(other.query) };
  }

  /**
   * Shows the answers of the networks of this regime.
   * @param {Regime} regime
   */
  chooseRegime(regime) {
    this.settings.regime = regime;
    this.#linkLater();
    this.#requestAnswers(this.query, this.#version).catch((error) => this.report(messageOf(error)));
  }

  /**
   * Selects a region.
   * @param {number} region
   */
  select(region) {
    this.stage.region = region;
    this.detectability = undefined;
    this.#showTarget();
    this.stage.draw();
    this.#linkLater();
    this.#requestDetectability().catch((error) => this.report(messageOf(error)));
  }

  async #requestDetectability() {
    if (!this.truth || this.truth.regions.length === 0) return;
    const { region } = this.stage;
    const key = this.#originalKey;
    const query = originalQuery(this.settings, this.#codecWindow);
    const detectability = await this.source.detectability({ ...query, region });
    if (region !== this.stage.region || key !== this.#originalKey) return;
    this.detectability = detectability;
    this.#showTarget();
  }

  /** Keeps the selected region among those of the image: the first with a target if it is none. */
  #showTarget() {
    const { truth, stage } = this;
    if (truth && (stage.region < 0 || stage.region >= truth.regions.length)) {
      stage.region = Math.max(0, truth.regions.findIndex((region) => region.contrast !== null));
    }
    this.#notify("target");
  }
}
