"use strict";
// @ts-check
// The bench: controls, figures and stories around the stage. Computes no image.

/** Milliseconds of rest after which similarity, networks and ideal observer are asked: what
 * follows an image must not stand in the way of the next one. */
const REST = 150;

/** Start and end of the ruler. */
const RULER = [2, 200];

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (byId(id));

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** @param {unknown} error */
function wordsOf(error) {
  if (error instanceof SourceError) return error.message;
  console.error(error);
  return "Something in this page went wrong.";
}

/**
 * A row of buttons of which one is chosen, with the keys of radio buttons.
 */
class Segments {
  #root;
  #chosen = "";
  #change;

  /**
   * @param {string} id
   * @param {[string, string][]} options value and name
   * @param {string} chosen
   * @param {(value: string) => void} change
   */
  constructor(id, options, chosen, change) {
    this.#root = byId(id);
    this.#change = change;
    this.options(options, chosen);
    this.#root.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const buttons = this.#buttons().filter((button) => !button.disabled);
      const at = buttons.findIndex((button) => button.value === this.#chosen);
      const next = buttons[(at + step + buttons.length) % buttons.length];
      next.focus();
      this.#choose(next.value);
    });
  }

  #buttons() {
    return /** @type {HTMLButtonElement[]} */ ([...this.#root.children]);
  }

  /**
   * @param {[string, string][]} options
   * @param {string} chosen
   */
  options(options, chosen) {
    const same = this.#buttons().map((button) => [button.value, button.textContent]);
    if (same.length > 0 && JSON.stringify(same) === JSON.stringify(options)) {
      // Not made anew: the focus stays where it is.
      this.show(chosen);
      return;
    }
    this.#root.replaceChildren(...options.map(([value, name]) => {
      const button = element("button", { type: "button", role: "radio", value }, name);
      button.addEventListener("click", () => this.#choose(value));
      return button;
    }));
    this.show(chosen);
  }

  /** @param {string} value */
  #choose(value) {
    if (value === this.#chosen) return;
    this.show(value);
    this.#change(value);
  }

  /** @param {string} value */
  show(value) {
    this.#chosen = value;
    for (const button of this.#buttons()) {
      button.setAttribute("aria-checked", String(button.value === value));
      button.tabIndex = button.value === value ? 0 : -1;
    }
  }

  /** @param {string[]} values that can be chosen */
  allow(values) {
    for (const button of this.#buttons()) button.disabled = !values.includes(button.value);
  }
}

class Bench {
  source;
  catalogue;
  stage;
  /** @type {{ phantom: string, upload: string | null, case: number, contrast: number | null,
   *   radius: number | null, noise: number | null, path: InputPath, codec: CodecName,
   *   ratio: number, quality: number | null, generations: number, regime: Regime }} */
  settings;
  /** Window of the windowed path; `null` for the image's own. */
  /** @type {GreyWindow | null} */
  #codecWindow = null;
  #running = false;
  #again = false;
  #version = 0;
  #original = { key: "", frame: /** @type {Frame<OriginalHeader> | null} */ (null) };
  #changedAt = 0;
  /** @type {Record<string, Segments>} */
  #segments = {};
  /** @type {Figures | null} */
  #figures = null;
  /** @type {Similarity | null} */
  #similarity = null;
  #windowTouched = false;
  /** d′ of the region that is looked at; undefined until it is known. */
  /** @type {number | null | undefined} */
  #detectability = undefined;

  /**
   * @param {ServerSource | FileSource} source
   * @param {Catalogue} catalogue
   */
  constructor(source, catalogue) {
    this.source = source;
    this.catalogue = catalogue;
    this.settings = {
      phantom: catalogue.phantoms[0].id, upload: null, case: 0, contrast: null, radius: null,
      noise: null, path: "native", codec: "jpeg2000", ratio: 20, quality: null, generations: 1,
      regime: "original",
    };
    this.stage = new Stage(byId("stage"), {
      changed: () => this.#viewChanged(),
      committed: () => this.#committed(),
      hovered: (text) => (byId("readout").textContent = text),
      picked: (region) => this.#look(region),
    });
    this.#readAddress();
    this.#listen();
    this.#viewChanged();
  }

  get phantom() {
    const { phantoms } = this.catalogue;
    return phantoms.find((phantom) => phantom.id === this.settings.phantom) ?? phantoms[0];
  }

  // --- Asking ------------------------------------------------------------------------------

  /** @returns {Asked} what the original depends on */
  get #subject() {
    const { phantom, upload, case: number, contrast, radius, noise, path } = this.settings;
    const window = path === "windowed" && this.#codecWindow ? this.#codecWindow : {};
    if (upload) return { upload, path, ...window };
    return { phantom, case: number, contrast, radius, noise, path, ...window };
  }

  /** @returns {Asked} */
  get asked() {
    const { codec, ratio, quality, generations } = this.settings;
    if (codec === "lossless") return { ...this.#subject, codec, generations };
    if (quality !== null) return { ...this.#subject, codec, quality, generations };
    return { ...this.#subject, codec, ratio, generations };
  }

  /**
   * Takes a change of the settings and shows what comes of it.
   * @param {Partial<Bench["settings"]>} changes
   */
  change(changes) {
    this.#changedAt = performance.now();
    if ("upload" in changes || "phantom" in changes) {
      this.#codecWindow = null;
      this.#windowTouched = false;
    }
    Object.assign(this.settings, changes);
    this.#conform();
    this.#controls();
    this.#writeAddress();
    return this.#refresh();
  }

  /** A quality is asked of those only that have one. */
  #conform() {
    if (!this.catalogue.with_quality.includes(this.settings.codec)) this.settings.quality = null;
  }

  /** One question at a time; what changed meanwhile is asked next. */
  async #refresh() {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    do {
      this.#again = false;
      await this.#ask();
    } while (this.#again);
    this.#running = false;
  }

  async #ask() {
    const changedAt = this.#changedAt;
    const version = ++this.#version;
    const subject = this.#subject;
    const asked = this.asked;
    const key = JSON.stringify(subject);
    try {
      const known = this.#original.key === key ? this.#original.frame : null;
      const [original, rendition] = await Promise.all([
        known ?? this.source.original(subject), this.source.rendition(asked),
      ]);
      if (!known) {
        this.#detectability = undefined;
        this.#original = { key, frame: original };
        if (!this.#windowTouched) this.stage.view.window = { ...original.header.window };
      }
      this.#notice("");
      this.#figures = rendition.header.figures;
      this.#similarity = null;
      this.stage.reading = null;
      this.stage.load(original, rendition, this.#name(rendition.header.figures));
      await this.stage.shown();
      this.#controls();
      this.#viewChanged();
      this.#showFigures();
      this.#showTarget();
      document.dispatchEvent(new CustomEvent("shown", {
        detail: { milliseconds: performance.now() - changedAt, asked },
      }));
      if (!this.#again) this.#later(asked, version);
    } catch (error) {
      this.#notice(wordsOf(error));
      document.dispatchEvent(new CustomEvent("refused", { detail: String(error) }));
    }
  }

  /**
   * What may come a moment later: similarity and the networks' answers.
   * @param {Asked} asked
   * @param {number} version
   */
  async #later(asked, version) {
    await new Promise((resolve) => setTimeout(resolve, REST));
    if (version !== this.#version) return;
    try {
      const similarity = await this.source.similarity(asked);
      if (version !== this.#version) return;
      this.#similarity = similarity;
      this.#showFigures();
      await this.#read(asked, version);
      if (version === this.#version && this.#detectability === undefined) await this.#ideal();
    } catch (error) {
      if (version === this.#version) this.#notice(wordsOf(error));
    }
    document.dispatchEvent(new CustomEvent("settled"));
  }

  /**
   * Looks at one region.
   * @param {number} region
   */
  #look(region) {
    this.stage.region = region;
    this.#detectability = undefined;
    this.#showTarget();
    this.stage.draw();
    this.#ideal().catch((error) => this.#notice(wordsOf(error)));
  }

  /** Asks for the d′ of the region that is looked at. */
  async #ideal() {
    const truth = this.#original.frame?.header.truth;
    if (!truth) return;
    const { region } = this.stage;
    const key = this.#original.key;
    const found = await this.source.detectability({ ...this.#subject, region });
    if (region !== this.stage.region || key !== this.#original.key) return;
    this.#detectability = found;
    this.#showTarget();
  }

  /** The truth of the region that is looked at, and what ideal observer and networks make of it. */
  #showTarget() {
    const truth = this.#original.frame?.header.truth;
    byId("target").hidden = !truth;
    if (!truth) return;
    if (this.stage.region < 0 || this.stage.region >= truth.regions.length) {
      this.stage.region = Math.max(0, truth.regions.findIndex((region) => region.contrast !== null));
    }
    const { region } = this.stage;
    const named = (/** @type {number} */ at) => truth.classes[at] === "absent" ? "nothing" : truth.classes[at];
    const select = /** @type {HTMLSelectElement} */ (byId("region"));
    const names = truth.regions.map((it, number) =>
      `${number + 1}: ${named(it.class)}${it.contrast === null ? "" : ` ${signed(it.contrast)} ${truth.contrast_unit}`}`);
    if ([...select.options].map((option) => option.text).join() !== names.join()) {
      select.replaceChildren(...names.map((name, number) => element("option", { value: number }, name)));
    }
    select.value = String(region);
    const { radius_mm } = truth.regions[region];
    const answer = this.stage.reading?.answers[region];
    /** @type {[string, string | null][]} */
    const rows = [["Radius", radius_mm === null ? "–" : `${radius_mm.toFixed(2)} mm`],
      ["Ideal observer’s d′ before", this.#detectability === undefined ? null
        : this.#detectability === null ? "–" : this.#detectability.toFixed(1)]];
    if (answer && this.stage.reading) {
      const { networks } = this.stage.reading;
      for (const [at, votes] of answer.votes.entries()) {
        if (votes > 0) rows.push([`networks say ${named(at)}`, `${votes} of ${networks}, p ${answer.probability[at].toFixed(2)}`]);
      }
    }
    byId("target-figures").replaceChildren(...rows.map(([name, value]) =>
      element("div", { class: value === null ? "waiting" : "" }, element("dt", {}, name), element("dd", {}, value ?? "…"))));
  }

  /**
   * @param {Asked} asked
   * @param {number} version
   */
  async #read(asked, version) {
    const holder = byId("reading");
    const regimes = this.#regimes();
    holder.hidden = regimes.length === 0;
    if (regimes.length === 0) return;
    if (!regimes.includes(this.settings.regime)) this.settings.regime = regimes[0];
    const reading = await this.source.reading({ ...asked, regime: this.settings.regime });
    if (version !== this.#version) return;
    this.stage.reading = reading;
    this.stage.draw();
    this.#showReading(reading, regimes);
    this.#showTarget();
  }

  /** Regimes of the run's networks for what is shown. */
  #regimes() {
    const { run } = this.catalogue;
    const { upload, phantom, path } = this.settings;
    if (!run || upload || phantom !== run.phantom) return [];
    return run.groups.filter(([of]) => of === path).map(([, regime]) => regime);
  }

  /** @param {Figures} figures */
  #name(figures) {
    const codec = this.catalogue.codecs[this.settings.codec] ?? this.settings.codec;
    const again = this.settings.generations > 1 ? ` × ${this.settings.generations}` : "";
    return `${codec}${again} · ${ratioText(figures.ratio_stored)}`;
  }

  // --- Showing -----------------------------------------------------------------------------

  /** @param {string} text */
  #notice(text) {
    const notice = byId("notice");
    notice.textContent = text;
    notice.hidden = text === "";
  }

  #controls() {
    const { settings, phantom } = this;
    const { codec, path, ratio, quality, generations, upload } = settings;
    document.body.dataset.codec = codec;
    /** @type {HTMLSelectElement} */ (byId("phantom")).value = settings.phantom;
    input("case").value = String(settings.case);
    for (const [id, key, bounds] of this.#sliders()) {
      const value = settings[key];
      const slider = input(id);
      const fixed = this.source.isStatic || upload !== null || !bounds;
      slider.disabled = fixed;
      if (!bounds) {
        byId(`${id}-value`).textContent = "not one number";
        continue;
      }
      slider.min = String(bounds.least);
      slider.max = String(bounds.most);
      slider.step = String((bounds.most - bounds.least) / 200);
      slider.value = String(value ?? (bounds.usual[0] + bounds.usual[1]) / 2);
      const usual = bounds.usual[0] === bounds.usual[1] ? shortNumber(bounds.usual[0])
        : `${shortNumber(bounds.usual[0])}–${shortNumber(bounds.usual[1])}`;
      const text = `${value === null ? usual : shortNumber(value)} ${bounds.unit}`;
      byId(`${id}-value`).textContent = text;
      slider.setAttribute("aria-valuetext", text);
      byId(`${id}-reset`).setAttribute("aria-pressed", String(value === null));
      /** @type {HTMLButtonElement} */ (byId(`${id}-reset`)).disabled = fixed;
    }
    for (const id of ["phantom", "case", "another"]) {
      input(id).disabled = upload !== null || (this.source.isStatic && id !== "phantom");
    }
    byId("back").hidden = upload === null;
    const note = upload === null ? null : this.#original.frame?.header.note ?? null;
    byId("drop-note").textContent = note ?? "";
    this.#segments.codec.show(codec);
    const bits = this.#original.frame?.header.original_bits_stored ?? phantom.bits_stored;
    this.#segments.path.options([["native", `${bits} stored bits`], ["windowed", "8 bits, windowed"]], path);
    const clipped = this.#original.frame?.header.clipped_share ?? 0;
    byId("path-hint").textContent = path === "windowed"
      ? `The window makes ${(clipped * 100).toFixed(0)} % of the pixels black or white, so the same bytes buy more of the rest.${this.source.isStatic ? "" : " Dragging the window changes what the codec is given."}`
      : this.#figures?.dropped_bits
        ? `JPEG holds 8 bits: the lowest ${this.#figures.dropped_bits} of each value are dropped first.`
        : upload === null ? "All stored values, bone and air too." : "All stored values.";
    input("generations").value = String(generations);
    input("generations").max = String(this.catalogue.most_generations);
    input("generations").disabled = this.catalogue.most_generations === 1;
    byId("generations-value").textContent = generations === 1 ? "once" : `${generations} times in a row`;
    const ruler = input("ratio");
    ruler.disabled = codec === "lossless";
    const kinds = !this.source.isStatic && this.catalogue.with_quality.includes(codec)
      ? /** @type {[string, string][]} */ ([["ratio", "by ratio"], ["quality", "by quality"]]) : [];
    this.#segments.kind.options(kinds, quality === null ? "ratio" : "quality");
    byId("ratio-label").textContent =
      quality === null ? "Compression ratio, on stored bits" : "JPEG quality, 1 to 100";
    ruler.value = String(Math.round(1000 * (quality === null ? rulerShare(ratio) : qualityShare(quality))));
    const level = codec === "lossless" ? "lossless" : quality === null ? `${ratio}:1` : `Q ${quality}`;
    ruler.setAttribute("aria-valuetext", level);
    byId("ratio-value").textContent = level;
    this.#scale();
  }

  /** @returns {["contrast" | "radius" | "noise", "contrast" | "radius" | "noise", Bounds | null][]} */
  #sliders() {
    const { contrast, radius_mm, noise } = this.phantom;
    return [["contrast", "contrast", contrast], ["radius", "radius", radius_mm], ["noise", "noise", noise]];
  }

  /** Ticks, guidelines and limits on the ruler. */
  #scale() {
    const { codec, path, upload, quality } = this.settings;
    const marks = [];
    if (!upload && quality === null) {
      /** @type {Map<number, string[]>} */
      const bodies = new Map();
      for (const { body, ratio } of this.phantom.guidelines) {
        bodies.set(ratio, [...(bodies.get(ratio) ?? []), body]);
      }
      for (const [ratio, names] of bodies) marks.push({ ratio, kind: "guide", text: names.join(" ") });
      const curve = this.curvesOf({ phantom: this.settings.phantom, codec, path }).find((it) => it.limit !== null);
      if (curve?.limit) marks.push({ ratio: curve.limit, kind: "limit", text: `networks: ${ratioText(curve.limit)}` });
    }
    // Over the lines of the others.
    for (const ratio of quality === null ? [2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 50, 80, 100, 150, 200] : []) {
      const fine = ![2, 5, 10, 20, 50, 100, 200].includes(ratio);
      marks.push({ ratio, kind: fine ? "fine" : "", text: fine ? "" : `${ratio}` });
    }
    for (const value of quality === null ? [] : [1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]) {
      marks.push({ ratio: value, kind: "", text: String(value) });
    }
    byId("scale").replaceChildren(...marks.map(({ ratio, kind, text }) => {
      const mark = element("span", { class: kind }, text);
      const share = quality === null ? rulerShare(ratio) : qualityShare(ratio);
      mark.style.left = `${100 * Math.min(1, Math.max(0, share))}%`;
      return mark;
    }));
  }

  /**
   * Curves of networks for a phantom, codec and path.
   * @param {Asked} asked
   */
  curvesOf(asked) {
    return this.catalogue.curves.filter((curve) =>
      curve.phantom === asked.phantom && curve.codec === asked.codec && curve.path === asked.path);
  }

  #showFigures() {
    const figures = this.#figures;
    if (!figures) return;
    const { header } = /** @type {Frame<OriginalHeader>} */ (this.#original.frame);
    /** @type {(string | null)[][]} */
    const rows = [
      ["major", "Ratio, stored bits", ratioText(figures.ratio_stored), "ratio"],
      ["", "on allocated bits", ratioText(figures.ratio_allocated), "allocated"],
    ];
    if (this.settings.path === "windowed") rows.push(["", "on the codec’s 8 bits", ratioText(figures.ratio_input), "input"]);
    rows.push(
      ["", "Bits per pixel", figures.bpp.toFixed(3), "bpp"],
      ["", "Bytes", figures.bytes.toLocaleString("en").replaceAll(",", "\u202f"), "bytes"],
      ["", "of these headers", String(figures.header_bytes), "headers"],
    );
    if (figures.quality !== null) rows.push(["", "JPEG quality", shortNumber(figures.quality), "quality"]);
    rows.push(
      ["group-name", "Distance", "", "distance"],
      ["", "PSNR", figures.psnr_db === null ? "exact" : `${figures.psnr_db.toFixed(2)} dB`, "psnr"],
      ["", "SSIM (Gaussian)", this.#similarity === null ? null : this.#similarity.ssim?.toFixed(4) ?? "–", "ssim"],
      ["", "Largest error", `${shortNumber(figures.max_error * header.slope)} ${header.unit}`, "max-error"],
    );
    rows.push(["group-name", "Artefact indices", "", "artefacts"]);
    for (const name of /** @type {const} */ (["blocking", "ringing", "ripple", "blur"])) {
      const value = this.#similarity?.artefacts[name];
      rows.push(["", name[0].toUpperCase() + name.slice(1), value === undefined ? null : minus(value.toFixed(3).replace(/^-(?=[0.]+$)/, "")), name]);
    }
    byId("figures").replaceChildren(...rows.map(([kind, name, value, id]) =>
      kind === "group-name" ? element("div", { class: "group-name" }, element("dt", {}, String(name)), element("dd", {}))
        : element("div", { class: value === null ? "pending" : String(kind) },
          element("dt", {}, String(name)), element("dd", { id: `figure-${id}` }, value ?? "…"))));
    const reached = byId("reached");
    reached.hidden = figures.reached;
    reached.textContent = "The codec cannot go this far; this is the nearest that it reaches.";
    const psnr = figures.psnr_db === null ? "exact" : `${figures.psnr_db.toFixed(1)} decibels`;
    byId("stage-summary").textContent =
      `${header.title}, ${this.#name(figures)}, ${figures.bytes} bytes, PSNR ${psnr}.`;
  }

  /**
   * @param {Reading} reading
   * @param {Regime[]} regimes
   */
  #showReading(reading, regimes) {
    const truth = this.#original.frame?.header.truth;
    if (!truth) return;
    const named = (/** @type {number} */ at) => truth.classes[at] === "absent" ? "nothing" : truth.classes[at];
    const rows = truth.regions.map((region, number) => {
      const { votes, probability } = reading.answers[number];
      const best = votes.indexOf(Math.max(...votes));
      const right = best === region.class;
      return element("tr", {},
        element("th", { scope: "row" }, named(region.class)),
        element("td", {}, region.contrast === null ? "" : signed(region.contrast)),
        element("td", { class: right ? "right" : "wrong" }, right ? "✓ right" : `✗ ${named(best)}`),
        element("td", {}, `${votes[best]}/${reading.networks}`),
        element("td", {}, probability[best].toFixed(2)));
    });
    const head = ["truth", truth.contrast_unit, "answer", "votes", "p"];
    const holder = byId("reading");
    const choice = element("div", { class: "segments small", id: "regime", role: "radiogroup", "aria-label": "Networks trained on" });
    holder.replaceChildren(
      element("h3", {}, "What the networks say"), choice,
      element("p", {}, `${(100 * reading.accuracy).toFixed(1)} % right, over ${reading.networks} ${reading.networks === 1 ? "network" : "networks"} and ${rows.length} regions.`),
      element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Answers of the networks" },
        element("table", {}, element("thead", {}, element("tr", {}, ...head.map((name) => element("th", { scope: "col" }, name)))),
          element("tbody", {}, ...rows))));
    const names = { original: "on originals", mixed: "on all levels" };
    new Segments("regime", regimes.map((regime) => [regime, names[regime]]), this.settings.regime, (regime) => {
      this.settings.regime = /** @type {Regime} */ (regime);
      this.#read(this.asked, this.#version).catch((error) => this.#notice(wordsOf(error)));
    });
  }

  /** What the stage shows follows the stage. */
  #viewChanged() {
    const { view } = this.stage ?? {};
    if (!view || !this.#segments.mode) return;
    this.#segments.mode.show(view.mode);
    this.#segments.right.show(view.right);
    this.#segments.shows.show(view.shows);
    this.#segments.tool.show(view.tool);
    for (const id of /** @type {const} */ (["grid", "blocks", "targets"])) {
      byId(id).setAttribute("aria-pressed", String(view[id]));
    }
    byId("stage").classList.toggle("tall", view.mode === "side");
    if (document.activeElement !== input("center")) input("center").value = view.window.center.toFixed(1);
    if (document.activeElement !== input("width")) input("width").value = view.window.width.toFixed(1);
    input("gain").value = String(Math.log2(view.gain));
    const unit = this.#original.frame?.header.unit ?? "";
    const text = `× ${shortNumber(view.gain)}, full colour at ±${shortNumber(this.stage.differenceRange)} ${view.shows === "pixels" ? unit : ""}`;
    byId("gain-value").textContent = text;
    input("gain").setAttribute("aria-valuetext", text);
    byId("gain-field").hidden = view.mode !== "side" && view.right !== "difference";
    byId("profile-figure").hidden = view.tool !== "profile";
    if (view.tool === "profile") this.#profile();
    const { window: shown } = view;
    const usual = this.#original.frame?.header.window;
    if (usual && (shown.center !== usual.center || shown.width !== usual.width)) this.#windowTouched = true;
  }

  /** A drag has ended: a window that codecs are given is asked for anew. */
  #committed() {
    if (this.settings.path !== "windowed" || this.source.isStatic) return;
    const { center, width } = this.stage.view.window;
    const before = this.#codecWindow ?? this.#original.frame?.header.window;
    if (before && before.center === center && before.width === width) return;
    this.#codecWindow = { center, width };
    this.change({});
  }

  #profile() {
    const { distance, original, decoded } = this.stage.profile();
    if (distance.length < 2) return;
    // The scale is the window's: bone would flatten the brain.
    const { center, width } = this.stage.view.window;
    const all = [...original, ...decoded];
    const low = Math.max(Math.min(...all), center - 0.6 * width);
    const high = Math.max(low + 1, Math.min(Math.max(...all), center + 0.6 * width));
    const room = (high - low) * 0.06;
    const clamp = (/** @type {number} */ value) => Math.min(high + room, Math.max(low - room, value));
    const pairs = (/** @type {number[]} */ values) =>
      values.map((value, at) => /** @type {[number, number]} */ ([distance[at], clamp(value)]));
    const length = distance[distance.length - 1];
    drawChart(byId("profile"), {
      title: "Values along the profile line",
      height: 190,
      x: { low: 0, high: Math.max(1, length), ticks: niceTicks(0, length, 6), label: "pixels along the line", format: String },
      y: { low: low - room, high: high + room, ticks: niceTicks(low, high, 4), label: this.#original.frame?.header.unit ?? "", format: (value) => minus(String(value)) },
      series: [
        { name: "original", kind: "before", points: pairs(original) },
        { name: "decoded", kind: "after", points: pairs(decoded) },
      ],
    });
  }

  /** Accuracy curves of networks for the phantom of the bench. */
  #curves() {
    const { curves, run, phantoms } = this.catalogue;
    const shown = curves.filter((curve) => phantoms.some((phantom) => phantom.id === curve.phantom));
    const lead = byId("networks-lead");
    if (shown.length === 0) {
      lead.textContent = "No calibration of this phantom comes with the program. Start the page with --run and a run directory to see its networks here.";
      return;
    }
    lead.textContent = run
      ? `Share of right answers of the networks of the run on ${run.phantom}, against the ratio.`
      : `Share of right answers in the calibration of ${shown[0].phantom} that comes with the program, against the ratio. With --run the networks of your own run answer live.`;
    const guides = phantoms.find((phantom) => phantom.id === shown[0].phantom)?.guidelines ?? [];
    const ceiling = shown[0].ceiling;
    const low = Math.floor(10 * Math.min(...shown.flatMap((curve) => curve.points.map(([, share]) => share)))) / 10;
    drawChart(byId("curves"), {
      title: "Share of right answers of networks against compression ratio",
      height: 340,
      x: { low: 2, high: 250, logarithmic: true, ticks: [2, 5, 10, 20, 50, 100, 200], label: "compression ratio on stored bits", format: (value) => `${value}:1` },
      y: { low, high: 1, ticks: niceTicks(low, 1, 5), label: "right answers", format: (value) => `${Math.round(value * 100)} %` },
      marks: guides.filter((guide, at) => guides.findIndex((it) => it.ratio === guide.ratio) === at)
        .map(({ ratio }) => ({ x: ratio, kind: "guide", label: guides.filter((it) => it.ratio === ratio).map((it) => it.body).join(", ") })),
      series: [...idealSeries(ceiling), ...shown.map((curve) => ({ name: `${curve.codec}, ${curve.path}, ${curve.regime}`, kind: `${curve.codec} ${curve.path} ${curve.regime}`, points: curve.points, dots: true }))],
    });
    byId("curves-legend").replaceChildren(...shown.map((curve) => element("li", { class: `${curve.codec} ${curve.path} ${curve.regime}` },
      element("span", {}, `${this.catalogue.codecs[curve.codec] ?? curve.codec}, ${curve.path === "native" ? "stored bits" : "8 bits"}, ${curve.regime === "mixed" ? "trained on all levels" : "trained on originals"}`))), ...idealLegend(ceiling));
  }

  // --- Stories -----------------------------------------------------------------------------

  #stories() {
    byId("story-cards").replaceChildren(...STORIES.map((story) => {
      const button = element("button", { type: "button" }, "Show it on the bench");
      const card = element("article", { class: "card", id: `story-${story.id}`, "aria-labelledby": `story-${story.id}-title` },
        element("h3", { id: `story-${story.id}-title` }, story.title), element("p", { class: "codecs" }, story.codecs),
        element("p", {}, story.note && !this.source.isStatic ? `${story.seen} ${story.note}` : story.seen), element("p", {}, element("strong", {}, "What it can hide. "), story.hides), button);
      button.addEventListener("click", () => this.tell(story));
      return card;
    }));
  }

  /** @param {Story} story */
  async tell(story) {
    for (const { id } of STORIES) byId(`story-${id}`).setAttribute("aria-current", String(id === story.id));
    const known = this.catalogue.phantoms.some(({ id }) => id === STORY_PHANTOM);
    const noise = known && !this.source.isStatic ? story.asked.noise ?? null : null;
    const { codec, path, generations } = story.asked;
    const wanted = story.asked.ratio ?? this.settings.ratio;
    const ratio = nearest(this.catalogue.ratios, wanted);
    this.#codecWindow = null;
    this.#windowTouched = false;
    if (this.#original.frame) this.stage.set({ window: { ...this.#original.frame.header.window } });
    await this.change({
      upload: null, phantom: known ? STORY_PHANTOM : this.settings.phantom, case: 0, contrast: null,
      radius: null, noise, codec, path, ratio, quality: null, generations: generations ?? 1,
    });
    const { row, column, across } = story.place;
    this.stage.set({ ...story.view });
    if (known) this.stage.set({ row, column, zoom: byId("stage").clientWidth / across });
    else this.stage.fit();
    byId("bench").scrollIntoView({ block: "start" });
    byId("stage").focus({ preventScroll: true });
  }

  // --- Listening ---------------------------------------------------------------------------

  #listen() {
    const { catalogue } = this;
    byId("phantom").replaceChildren(...catalogue.phantoms.map(({ id, title }) => element("option", { value: id }, title)));
    byId("phantom").addEventListener("change", (event) => this.change({
      phantom: /** @type {HTMLSelectElement} */ (event.target).value, contrast: null, radius: null, noise: null,
    }));
    input("case").max = String(catalogue.cases - 1);
    input("case").addEventListener("change", () => {
      const number = Math.min(catalogue.cases - 1, Math.max(0, Math.round(Number(input("case").value) || 0)));
      this.change({ case: number });
    });
    byId("region").addEventListener("change", () => this.#look(Number(/** @type {HTMLSelectElement} */ (byId("region")).value)));
    byId("another").addEventListener("click", () => this.change({ case: (this.settings.case + 1) % catalogue.cases }));
    for (const [id, key] of this.#sliders()) {
      input(id).addEventListener("input", () => this.change({ [key]: Number(Number(input(id).value).toPrecision(4)) }));
      byId(`${id}-reset`).addEventListener("click", () => this.change({ [key]: null }));
    }
    input("generations").addEventListener("input", () => this.change({ generations: Number(input("generations").value) }));
    this.#ruler();
    const codecs = Object.entries(catalogue.codecs).filter(([name]) => !this.source.isStatic || name !== "lossless");
    const short = { lossless: "lossless" };
    this.#segments = {
      codec: new Segments("codec", codecs.map(([name, text]) => [name, /** @type {any} */ (short)[name] ?? text]), this.settings.codec, (codec) => this.change({ codec })),
      kind: new Segments("level-kind", [], "ratio", (kind) => this.change({
        // The quality that meets the ratio, so that the image stays as it is.
        quality: kind === "ratio" ? null : Math.min(100, Math.max(1, Math.round(this.#figures?.quality ?? 50))),
      })),
      path: new Segments("path", [["native", "stored bits"], ["windowed", "8 bits, windowed"]], this.settings.path, (path) => this.change({ path: /** @type {InputPath} */ (path) })),
      mode: new Segments("mode", [["divider", "Divider"], ["side", "Side by side"], ["flicker", "Flicker"]], "divider", (mode) => this.stage.set({ mode: /** @type {Mode} */ (mode) })),
      right: new Segments("right", [["decoded", "Decoded"], ["difference", "Difference"]], "decoded", (right) => this.stage.set({ right: /** @type {Side} */ (right) })),
      shows: new Segments("shows", [["pixels", "Pixels"], ["dct", "DCT"], ["wavelet", "Wavelets"]], "pixels", (shows) => this.stage.set({ shows: /** @type {Shows} */ (shows) })),
      tool: new Segments("tool", [["window", "Window"], ["pan", "Pan"], ["profile", "Profile"]], "window", (tool) => this.stage.set({ tool: /** @type {Tool} */ (tool) })),
    };
    for (const id of /** @type {const} */ (["grid", "blocks", "targets"])) {
      byId(id).addEventListener("click", () => this.stage.set({ [id]: !this.stage.view[id] }));
    }
    byId("zoom-in").addEventListener("click", () => this.stage.zoomBy(1.4));
    byId("zoom-out").addEventListener("click", () => this.stage.zoomBy(1 / 1.4));
    byId("zoom-fit").addEventListener("click", () => this.stage.fit());
    input("gain").addEventListener("input", () => this.stage.set({ gain: 2 ** Number(input("gain").value) }));
    for (const id of ["center", "width"]) {
      input(id).addEventListener("change", () => {
        const value = Number(input(id).value);
        if (!Number.isFinite(value)) return;
        this.stage.set({ window: { ...this.stage.view.window, [id]: value } });
        this.#committed();
      });
    }
    byId("window-usual").addEventListener("click", () => this.#useWindow(null));
    byId("window-whole").addEventListener("click", () => {
      const header = this.#original.frame?.header;
      if (!header) return;
      const low = header.intercept;
      const high = header.slope * (2 ** header.bits_stored - 1) + header.intercept;
      this.stage.set({ window: { center: (low + high) / 2 + 0.5, width: high - low + 1 } });
      this.#windowTouched = true;
    });
    byId("stage").addEventListener("keydown", (event) => {
      if (event.target !== byId("stage") || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = { "]": 1, "[": -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.#step(step);
    });
    this.#drops();
    this.#stories();
    this.#curves();
    new ResizeObserver(() => this.#curves()).observe(byId("networks"));
    byId("colophon").textContent = `phantom-limit ${catalogue.version}. Everything on this page is computed on this machine${this.source.isStatic ? " or was exported with it" : ""}; nothing is loaded from elsewhere. What is shown is a phantom, not a patient, and no figure here is clinical advice.`;
  }

  /** @param {GreyWindow | null} window `null` for the image's own */
  async #useWindow(window) {
    this.#codecWindow = window;
    this.#windowTouched = false;
    if (this.settings.path === "windowed" && !this.source.isStatic) await this.change({});
    const own = this.#original.frame?.header.window;
    if (own) this.stage.set({ window: { ...own } });
    this.#windowTouched = false;
  }

  #ruler() {
    const ruler = input("ratio");
    ruler.addEventListener("input", () => {
      if (this.settings.quality !== null) {
        const quality = Math.round(1 + (99 * Number(ruler.value)) / 1000);
        if (quality !== this.settings.quality) this.change({ quality });
        return;
      }
      const ratio = nearest(this.catalogue.ratios, RULER[0] * (RULER[1] / RULER[0]) ** (Number(ruler.value) / 1000));
      if (ratio !== this.settings.ratio) this.change({ ratio });
      else ruler.value = String(Math.round(1000 * rulerShare(ratio)));
    });
    ruler.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5, Home: -1000, End: 1000 };
      const step = steps[/** @type {keyof typeof steps} */ (event.key)];
      if (step === undefined) return;
      event.preventDefault();
      this.#step(step);
    });
  }

  /** @param {number} step rungs of the ruler */
  #step(step) {
    const { ratios } = this.catalogue;
    if (this.settings.quality !== null) {
      this.change({ quality: Math.min(100, Math.max(1, this.settings.quality + step)) });
      return;
    }
    const at = ratios.indexOf(nearest(ratios, this.settings.ratio));
    const ratio = ratios[Math.min(ratios.length - 1, Math.max(0, at + step))];
    if (ratio !== this.settings.ratio && this.settings.codec !== "lossless") this.change({ ratio });
  }

  #drops() {
    const file = input("file");
    file.disabled = this.source.isStatic;
    if (this.source.isStatic) {
      byId("drop-hint").textContent = "This is an exported copy. The program itself compresses your own images: phantom-limit explore.";
    }
    file.addEventListener("change", () => {
      const chosen = file.files?.[0];
      if (chosen) this.take(chosen);
      file.value = "";
    });
    byId("back").addEventListener("click", () => this.change({ upload: null }));
    const { body } = document;
    body.addEventListener("dragover", (event) => {
      event.preventDefault();
      body.classList.add("dragging");
    });
    body.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) body.classList.remove("dragging");
    });
    body.addEventListener("drop", (event) => {
      event.preventDefault();
      body.classList.remove("dragging");
      const dropped = event.dataTransfer?.files[0];
      if (dropped) this.take(dropped);
    });
  }

  /** @param {File} file an image of the visitor's */
  async take(file) {
    const { bytes } = this.catalogue.upload;
    if (file.size > bytes && !this.source.isStatic) {
      this.#notice(`The file is larger than ${Math.round(bytes / 2 ** 20)} MB.`);
      return;
    }
    try {
      const upload = await this.source.upload(file);
      await this.change({ upload });
      this.stage.fit();
    } catch (error) {
      this.#notice(wordsOf(error));
    }
  }

  // --- Address -----------------------------------------------------------------------------

  /** Settings stand in the address, so that a lecture can link to a view. */
  #writeAddress() {
    const { phantom, case: number, contrast, radius, noise, codec, path, ratio, quality, generations, upload } = this.settings;
    if (upload) return;
    const query = new URLSearchParams();
    const all = { phantom, case: number, contrast, radius, noise, codec, path, ratio, quality, generations };
    for (const [key, value] of Object.entries(all)) if (value !== null) query.set(key, String(value));
    try {
      history.replaceState(null, "", `#${query}`);
    } catch {
      // A browser may forbid it for files, or when it happens too often.
    }
  }

  #readAddress() {
    if (!location.hash.includes("=")) return;
    const query = new URLSearchParams(location.hash.slice(1));
    const { settings, catalogue } = this;
    const number = (/** @type {string} */ key) => (query.has(key) && query.get(key) !== "" && Number.isFinite(Number(query.get(key))) ? Number(query.get(key)) : null);
    const phantom = query.get("phantom") ?? "";
    if (catalogue.phantoms.some(({ id }) => id === phantom)) settings.phantom = phantom;
    const codec = query.get("codec") ?? "";
    if (Object.hasOwn(catalogue.codecs, codec)) settings.codec = codec;
    const path = query.get("path");
    if (path === "native" || path === "windowed") settings.path = path;
    const within = (/** @type {number | null} */ value, /** @type {number} */ low, /** @type {number} */ high) => value !== null && value >= low && value <= high;
    const at = number("case");
    if (at !== null && within(at, 0, catalogue.cases - 1)) settings.case = Math.round(at);
    const times = number("generations");
    if (times !== null && within(times, 1, catalogue.most_generations)) settings.generations = Math.round(times);
    const ratio = number("ratio");
    if (ratio !== null && within(ratio, 1, 1000)) settings.ratio = nearest(catalogue.ratios, ratio);
    if (this.source.isStatic) return;
    const quality = number("quality");
    if (quality !== null && within(quality, 1, 100)) settings.quality = Math.round(quality);
    for (const [, key, bounds] of this.#sliders()) {
      const value = number(key);
      if (bounds && value !== null && within(value, bounds.least, bounds.most)) settings[key] = value;
    }
  }
}

/**
 * Where a ratio stands on the ruler, 0 to 1.
 * @param {number} ratio
 */
function rulerShare(ratio) {
  return Math.log(ratio / RULER[0]) / Math.log(RULER[1] / RULER[0]);
}

/**
 * Where a quality stands on the ruler, 0 to 1.
 * @param {number} quality
 */
function qualityShare(quality) {
  return (quality - 1) / 99;
}

/**
 * @param {number[]} values
 * @param {number} wanted
 */
function nearest(values, wanted) {
  return values.reduce((best, value) =>
    Math.abs(Math.log(value / wanted)) < Math.abs(Math.log(best / wanted)) ? value : best);
}

/** @param {number} ratio */
function ratioText(ratio) {
  return `${ratio.toFixed(ratio < 100 ? 1 : 0)}:1`;
}
