// What the page shows and how it comes to be shown: settings, the images and figures that belong to
// them, and the order of the requests. Owns no control; those listen with `when`.
import { readAddress, writeAddress } from "./address.js";
import { messageOf } from "./errors.js";
import { ratioText } from "./numbers.js";
import { initialSettings, originalQuery, phantomOf, renditionQuery } from "./settings.js";
import { Stage } from "./stage.js";
/** @import { Settings } from "./settings.js" */

/** @typedef {"settings" | "view" | "figures" | "target" | "answers" | "message" | "values"} Topic */

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
  /** @type {Figures | null} */
  figures = null;
  /** `null` until it is known. */
  /** @type {Similarity | null} */
  similarity = null;
  /** d′ of the selected region: `undefined` until it is known, `null` where there is none. */
  /** @type {number | null | undefined} */
  detectability = undefined;
  /** What the user should know; empty if all is well. */
  message = "";
  /** Values under the pointer. */
  values = "";

  /** @type {Map<Topic, (() => void)[]>} */
  #listeners = new Map();
  /** Window of the windowed path; `null` for the image's own. */
  /** @type {GreyWindow | null} */
  #codecWindow = null;
  /** Whether the user has set the window of the display. */
  #windowTouched = false;
  /** Query of `original`, as text. */
  #originalKey = "";
  #requesting = false;
  #changedMeanwhile = false;
  /** Number of the latest request: answers to earlier ones are dropped. */
  #version = 0;
  #changedAt = 0;

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
    readAddress(this.settings, catalogue, source.isStatic);
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

  /** Codec and level of the decoded image, as text. */
  get decodedName() {
    const { codec, generations } = this.settings;
    const name = this.catalogue.codecs[codec] ?? codec;
    const times = generations > 1 ? ` × ${generations}` : "";
    return `${name}${times} · ${this.figures ? ratioText(this.figures.ratio_stored) : ""}`;
  }

  /** Regimes of the run's networks for the phantom and path that are shown. */
  get regimes() {
    const { run } = this.catalogue;
    const { upload, phantom, path } = this.settings;
    if (!run || upload || phantom !== run.phantom) return [];
    return run.groups.filter(([of]) => of === path).map(([, regime]) => regime);
  }

  /**
   * Accuracy of networks for a phantom, codec and path.
   * @param {ImageQuery} query
   */
  curvesOf({ phantom, codec, path }) {
    return this.catalogue.curves.filter((curve) =>
      curve.phantom === phantom && curve.codec === codec && curve.path === path);
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
    Object.assign(this.settings, changes);
    if (!this.catalogue.with_quality.includes(this.settings.codec)) this.settings.quality = null;
    this.#notify("settings");
    writeAddress(this.settings);
    return this.#refresh();
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
    do {
      this.#changedMeanwhile = false;
      await this.#request();
    } while (this.#changedMeanwhile);
    this.#requesting = false;
  }

  async #request() {
    const changedAt = this.#changedAt;
    const version = ++this.#version;
    const query = this.query;
    const originalOf = originalQuery(this.settings, this.#codecWindow);
    const key = JSON.stringify(originalOf);
    try {
      const known = this.#originalKey === key ? this.original : null;
      const [original, rendition] = await Promise.all([
        known ?? this.source.original(originalOf), this.source.rendition(query),
      ]);
      if (!known) {
        this.detectability = undefined;
        this.original = original;
        this.#originalKey = key;
        if (!this.#windowTouched) this.stage.view.window = { ...original.header.window };
      }
      this.report("");
      this.figures = rendition.header.figures;
      this.similarity = null;
      this.stage.reading = null;
      this.stage.load(original, rendition, this.decodedName);
      await this.stage.shown();
      this.#notify("settings");
      this.#viewChanged();
      this.#notify("figures");
      this.#showTarget();
      document.dispatchEvent(new CustomEvent("shown", {
        detail: { milliseconds: performance.now() - changedAt, query },
      }));
      if (!this.#changedMeanwhile) this.#requestLater(query, version);
    } catch (error) {
      this.report(messageOf(error));
      document.dispatchEvent(new CustomEvent("refused", { detail: String(error) }));
    }
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
    const { regimes } = this;
    if (regimes.length === 0) return;
    if (!regimes.includes(this.settings.regime)) this.settings.regime = regimes[0];
    const reading = await this.source.reading({ ...query, regime: this.settings.regime });
    if (version !== this.#version) return;
    this.stage.reading = reading;
    this.stage.draw();
    this.#notify("answers");
    this.#showTarget();
  }

  /**
   * Shows the answers of the networks of this regime.
   * @param {Regime} regime
   */
  chooseRegime(regime) {
    this.settings.regime = regime;
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
    this.#requestDetectability().catch((error) => this.report(messageOf(error)));
  }

  async #requestDetectability() {
    if (!this.truth) return;
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
