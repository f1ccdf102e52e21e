"use strict";
// @ts-check
// The stage: original, decoded and difference on one canvas, with window and level, pan and zoom,
// overlays and the profile line. Asks nobody for data.

/** Ends and middle of the scale of differences: negative, zero, positive (as in the report). */
const DIVERGING = [[27, 88, 166], [247, 247, 247], [179, 88, 6]];

/** Colours of the classes on a dark image (as in the report). */
const CLASS_COLOURS = ["#56b4e9", "#f0e442", "#ff8c42", "#66ddaa", "#f096c8", "#bebebe", "#a08cff",
  "#ffffff"];

/** Levels of the wavelet map where no codestream says more. */
const USUAL_LEVELS = 5;

/** Times a second that flicker changes: three flashes would be too many for some people. */
const FLICKER_HZ = 1.5;

/**
 * @typedef {"original" | "decoded" | "difference"} Side
 * @typedef {"pixels" | "dct" | "wavelet"} Shows
 * @typedef {"divider" | "side" | "flicker"} Mode
 * @typedef {"window" | "pan" | "profile"} Tool
 * @typedef {{ x: number, y: number, width: number, height: number, side: Side, clip: number[],
 *   label: "left" | "right" }} Pane
 * @typedef {{ mode: Mode, right: Side, shows: Shows, tool: Tool, gain: number, grid: boolean,
 *   blocks: boolean, targets: boolean, divider: number, zoom: number, row: number,
 *   column: number, window: GreyWindow, profile: [number, number, number, number] }} View
 */

class Stage {
  /** @type {View} */
  view = {
    mode: "divider", right: "decoded", shows: "pixels", tool: "window", gain: 4, grid: false,
    blocks: false, targets: false, divider: 0.5, zoom: 1, row: 256, column: 256,
    window: { center: 40, width: 120 }, profile: [0, 0, 0, 0],
  };

  /** @type {Frame<OriginalHeader> | null} */
  original = null;
  /** @type {Frame<RenditionHeader> | null} */
  decoded = null;
  /** @type {Reading | null} */
  reading = null;
  name = "decoded";
  /** The region that is looked at; −1 for none. */
  region = -1;

  #root;
  #canvas;
  #context;
  #divider;
  #handlers;
  /** @type {Map<string, { canvas: HTMLCanvasElement, stamp: string }>} */
  #layers = new Map();
  /** @type {WeakMap<Uint16Array, Map<string, Float32Array>>} */
  #maps = new WeakMap();
  #loads = 0;
  #drawing = false;
  #flickered = false;
  #flickerTimer = 0;
  /** @type {Map<number, { x: number, y: number }>} */
  #pointers = new Map();
  #pressed = { x: 0, y: 0 };
  /** @type {(() => void)[]} */
  #painted = [];
  #fitted = true;

  /**
   * @param {HTMLElement} root
   * @param {{ changed: () => void, committed: () => void, hovered: (text: string) => void,
   *   picked: (region: number) => void }} handlers
   */
  constructor(root, handlers) {
    this.#root = root;
    this.#handlers = handlers;
    this.#canvas = /** @type {HTMLCanvasElement} */ (root.querySelector("canvas"));
    this.#divider = /** @type {HTMLElement} */ (root.querySelector(".divider"));
    this.#context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    new ResizeObserver(() => {
      if (this.#fitted) this.fit();
      this.draw();
    }).observe(root);
    this.#listen();
  }

  get rows() {
    return this.original?.header.rows ?? 1;
  }

  get columns() {
    return this.original?.header.columns ?? 1;
  }

  /**
   * Puts both images on the stage at once.
   * @param {Frame<OriginalHeader>} original
   * @param {Frame<RenditionHeader> | null} decoded
   * @param {string} name of the codec and level
   */
  load(original, decoded, name) {
    const sizes = [this.rows, this.columns];
    const first = !this.original;
    this.original = original;
    this.decoded = decoded;
    this.name = name;
    this.#loads += 1;
    if (first || sizes[0] !== this.rows || sizes[1] !== this.columns) {
      this.view.profile = [this.columns * 0.3, this.rows / 2, this.columns * 0.7, this.rows / 2];
      this.fit();
    }
    this.draw();
  }

  /** @param {Partial<View>} changes */
  set(changes) {
    if ("zoom" in changes || "row" in changes || "column" in changes) this.#fitted = false;
    Object.assign(this.view, changes);
    this.view.zoom = Math.min(64, Math.max(0.05, this.view.zoom));
    this.view.row = Math.min(this.rows, Math.max(0, this.view.row));
    this.view.column = Math.min(this.columns, Math.max(0, this.view.column));
    this.view.divider = Math.min(1, Math.max(0, this.view.divider));
    this.view.window.width = Math.max(1.5, this.view.window.width);
    this.#flicker();
    this.draw();
    this.#handlers.changed();
  }

  /** Shows the whole image. */
  fit() {
    const pane = this.#panes()[0];
    const zoom = Math.min(pane.width / this.columns, pane.height / this.rows);
    Object.assign(this.view, { zoom, row: this.rows / 2, column: this.columns / 2 });
    this.#fitted = true;
    this.draw();
    this.#handlers.changed();
  }

  /**
   * Zooms and keeps a point of the stage in place; the middle where none is given.
   * @param {number} factor
   * @param {[number, number]} [at] in CSS pixels of the stage
   */
  zoomBy(factor, at) {
    const pane = at ? this.#paneAt(at[0], at[1]) : this.#panes()[0];
    const [x, y] = at ?? [pane.x + pane.width / 2, pane.y + pane.height / 2];
    const [column, row] = this.#imagePoint(pane, x, y);
    const zoom = Math.min(64, Math.max(0.05, this.view.zoom * factor));
    this.set({
      zoom,
      column: column - (x - pane.x - pane.width / 2) / zoom,
      row: row - (y - pane.y - pane.height / 2) / zoom,
    });
  }

  /** Resolves when what was set is on the screen. */
  shown() {
    return new Promise((resolve) => {
      this.#painted.push(() => resolve(undefined));
      this.draw();
    });
  }

  draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#paint();
      for (const done of this.#painted.splice(0)) done();
    });
  }

  /**
   * Values along the profile line, pixel by pixel, in physical units.
   * @returns {{ distance: number[], original: number[], decoded: number[] }}
   */
  profile() {
    const [x0, y0, x1, y1] = this.view.profile;
    const steps = Math.max(1, Math.round(Math.hypot(x1 - x0, y1 - y0)));
    /** @type {{ distance: number[], original: number[], decoded: number[] }} */
    const found = { distance: [], original: [], decoded: [] };
    if (!this.original) return found;
    for (let step = 0; step <= steps; step++) {
      const column = Math.floor(x0 + ((x1 - x0) * step) / steps);
      const row = Math.floor(y0 + ((y1 - y0) * step) / steps);
      if (row < 0 || column < 0 || row >= this.rows || column >= this.columns) continue;
      const at = row * this.columns + column;
      found.distance.push(step);
      found.original.push(this.#physical(this.original.samples[at]));
      if (this.decoded) found.decoded.push(this.#physical(this.decoded.samples[at]));
    }
    return found;
  }

  /** Full colour of the scale of differences, in physical units. */
  get differenceRange() {
    return this.view.window.width / (2 * this.view.gain);
  }

  /** @param {number} stored */
  #physical(stored) {
    const { slope, intercept } = /** @type {Frame<OriginalHeader>} */ (this.original).header;
    return slope * stored + intercept;
  }

  // --- Panes -------------------------------------------------------------------------------

  /** @returns {Pane[]} */
  #panes() {
    const width = this.#root.clientWidth || 1;
    const height = this.#root.clientHeight || 1;
    const { mode, right, divider } = this.view;
    if (mode === "side") {
      const sides = /** @type {Side[]} */ (["original", "decoded", "difference"]);
      const beside = width >= height * 1.1;
      const gap = 2;
      const each = ((beside ? width : height) - 2 * gap) / 3;
      return sides.map((side, number) => {
        const x = beside ? number * (each + gap) : 0;
        const y = beside ? 0 : number * (each + gap);
        const [w, h] = beside ? [each, height] : [width, each];
        return { x, y, width: w, height: h, side, clip: [x, y, w, h], label: "left" };
      });
    }
    const whole = { x: 0, y: 0, width, height };
    if (mode === "flicker") {
      /** @type {Side} */
      const side = this.#flickered ? right : "original";
      return [{ ...whole, side, clip: [0, 0, width, height], label: "left" }];
    }
    const cut = Math.round(width * divider);
    return [
      { ...whole, side: "original", clip: [0, 0, cut, height], label: "left" },
      { ...whole, side: right, clip: [cut, 0, width - cut, height], label: "right" },
    ];
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  #paneAt(x, y) {
    const panes = this.#panes();
    const holds = (/** @type {Pane} */ { clip: [left, top, width, height] }) =>
      x >= left && y >= top && x < left + width && y < top + height;
    return panes.find(holds) ?? panes[0];
  }

  /**
   * @param {Pane} pane
   * @param {number} x
   * @param {number} y
   * @returns {[number, number]} column and row, fractions of pixels kept
   */
  #imagePoint(pane, x, y) {
    const { zoom, row, column } = this.view;
    return [
      column + (x - pane.x - pane.width / 2) / zoom,
      row + (y - pane.y - pane.height / 2) / zoom,
    ];
  }

  // --- Painting ----------------------------------------------------------------------------

  #paint() {
    const ratio = window.devicePixelRatio || 1;
    const width = this.#root.clientWidth;
    const height = this.#root.clientHeight;
    const [deviceWidth, deviceHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== deviceWidth || this.#canvas.height !== deviceHeight) {
      this.#canvas.width = deviceWidth;
      this.#canvas.height = deviceHeight;
    }
    const context = this.#context;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    this.#placeDivider();
    if (!this.original) return;
    for (const pane of this.#panes()) this.#paintPane(pane);
  }

  #placeDivider() {
    const shown = this.view.mode === "divider";
    this.#divider.hidden = !shown;
    const percent = Math.round(this.view.divider * 100);
    this.#divider.style.left = `${this.view.divider * 100}%`;
    this.#divider.setAttribute("aria-valuenow", String(percent));
    this.#divider.setAttribute("aria-valuetext", `original on the left ${percent} percent`);
  }

  /** @param {Pane} pane */
  #paintPane(pane) {
    const context = this.#context;
    const [left, top, width, height] = pane.clip;
    if (width <= 0 || height <= 0) return;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    const { zoom, row, column } = this.view;
    const x0 = pane.x + pane.width / 2 - column * zoom;
    const y0 = pane.y + pane.height / 2 - row * zoom;
    const layer = this.#layer(pane.side);
    if (layer) {
      context.imageSmoothingEnabled = zoom * (window.devicePixelRatio || 1) < 1;
      context.imageSmoothingQuality = "high";
      context.drawImage(layer, x0, y0, this.columns * zoom, this.rows * zoom);
    }
    this.#overlays(x0, y0, zoom);
    this.#label(pane);
    context.restore();
  }

  /** @param {Pane} pane */
  #label(pane) {
    const context = this.#context;
    const text = { original: "Original", decoded: this.name, difference: "Decoded − original" }[
      pane.side
    ];
    context.font = "600 12px system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif";
    context.textBaseline = "top";
    const [left, top, width] = pane.clip;
    const length = context.measureText(text).width;
    const x = pane.label === "left" ? left + 12 : left + width - length - 12;
    if (width < length + 24 && this.view.mode === "divider") return;
    context.fillStyle = "rgb(0 0 0 / 62%)";
    context.fillRect(x - 6, top + 8, length + 12, 20);
    context.fillStyle = "#fff";
    context.fillText(text, x, top + 12);
    if (pane.side === "difference") this.#scale(left + 12, top + 34);
  }

  /**
   * The scale of differences.
   * @param {number} x
   * @param {number} y
   */
  #scale(x, y) {
    const context = this.#context;
    const shade = context.createLinearGradient(x, 0, x + 90, 0);
    DIVERGING.forEach((colour, at) => shade.addColorStop(at / 2, `rgb(${colour.join(" ")})`));
    const unit = this.view.shows === "pixels" ? ` ${this.original?.header.unit ?? ""}` : "";
    const text = `±${shortNumber(this.differenceRange)}${unit}`;
    context.fillStyle = "rgb(0 0 0 / 62%)";
    context.fillRect(x - 6, y - 4, 104 + context.measureText(text).width, 20);
    context.fillStyle = shade;
    context.fillRect(x, y + 1, 90, 10);
    context.fillStyle = "#fff";
    context.fillText(text, x + 95, y);
  }

  /**
   * @param {number} x0
   * @param {number} y0
   * @param {number} zoom
   */
  #overlays(x0, y0, zoom) {
    const context = this.#context;
    const { grid, blocks, targets, shows } = this.view;
    if (grid && zoom * 8 >= 4) {
      context.strokeStyle = `rgb(255 208 0 / ${zoom >= 2 ? 42 : 26}%)`;
      context.lineWidth = 1;
      context.beginPath();
      for (let column = 0; column <= this.columns; column += 8) {
        const x = Math.round(x0 + column * zoom) + 0.5;
        context.moveTo(x, y0);
        context.lineTo(x, y0 + this.rows * zoom);
      }
      for (let row = 0; row <= this.rows; row += 8) {
        const y = Math.round(y0 + row * zoom) + 0.5;
        context.moveTo(x0, y);
        context.lineTo(x0 + this.columns * zoom, y);
      }
      context.stroke();
    }
    if (blocks) this.#codeBlocks(x0, y0, zoom);
    if (targets && shows === "pixels") this.#targets(x0, y0, zoom);
    if (this.view.tool === "profile" && shows === "pixels") {
      const [ax, ay, bx, by] = this.view.profile;
      context.strokeStyle = "#000";
      context.lineWidth = 4;
      for (const [colour, wide] of /** @type {[string, number][]} */ ([["#000", 4], ["#ffd000", 1.6]])) {
        context.strokeStyle = colour;
        context.lineWidth = wide;
        context.beginPath();
        context.moveTo(x0 + ax * zoom, y0 + ay * zoom);
        context.lineTo(x0 + bx * zoom, y0 + by * zoom);
        context.stroke();
      }
    }
  }

  /**
   * Code-blocks: in the wavelet map where they are coded; over pixels the squares that the
   * code-blocks of the finest level describe.
   * @param {number} x0
   * @param {number} y0
   * @param {number} zoom
   */
  #codeBlocks(x0, y0, zoom) {
    const context = this.#context;
    const wavelet = this.decoded?.header.figures.wavelet;
    const levels = wavelet?.levels ?? USUAL_LEVELS;
    const wide = wavelet?.code_block_columns ?? 64;
    const high = wavelet?.code_block_rows ?? 64;
    context.strokeStyle = "rgb(102 221 255 / 70%)";
    context.lineWidth = 1;
    context.beginPath();
    /** @param {number[]} rectangle */
    const lines = ([left, top, right, bottom], stepX = wide, stepY = high) => {
      for (let x = left; x <= right; x += stepX) {
        context.moveTo(Math.round(x0 + x * zoom) + 0.5, y0 + top * zoom);
        context.lineTo(Math.round(x0 + x * zoom) + 0.5, y0 + bottom * zoom);
      }
      for (let y = top; y <= bottom; y += stepY) {
        context.moveTo(x0 + left * zoom, Math.round(y0 + y * zoom) + 0.5);
        context.lineTo(x0 + right * zoom, Math.round(y0 + y * zoom) + 0.5);
      }
    };
    if (this.view.shows === "wavelet") {
      const sides = waveletSides(this.rows, this.columns, levels);
      for (let level = 1; level <= levels; level++) {
        const [r1, c1] = sides[level];
        const [r0, c0] = sides[level - 1];
        lines([c1, 0, c0, r1]);
        lines([0, r1, c1, r0]);
        lines([c1, r1, c0, r0]);
        if (level === levels) lines([0, 0, c1, r1]);
      }
    } else {
      lines([0, 0, this.columns, this.rows], 2 * wide, 2 * high);
    }
    context.stroke();
  }

  /**
   * @param {number} x0
   * @param {number} y0
   * @param {number} zoom
   */
  #targets(x0, y0, zoom) {
    const context = this.#context;
    const truth = this.original?.header.truth;
    if (!truth) return;
    const side = truth.side * zoom;
    context.font = `700 ${Math.max(9, Math.min(13, side / 4))}px system-ui, sans-serif`;
    context.textBaseline = "top";
    truth.regions.forEach((region, number) => {
      const x = x0 + region.column * zoom;
      const y = y0 + region.row * zoom;
      const colour = CLASS_COLOURS[region.class % CLASS_COLOURS.length];
      context.strokeStyle = number === this.region ? "#ffffff" : colour;
      context.lineWidth = number === this.region ? 3 : 1;
      context.strokeRect(Math.round(x) + 0.5, Math.round(y) + 0.5, Math.round(side) - 1, Math.round(side) - 1);
      const answer = this.reading?.answers[number];
      const name = truth.classes[region.class];
      let text = name.slice(0, 1).toUpperCase();
      if (region.class === truth.classes.length - 1) text = "–";
      if (answer && this.reading) {
        const right = answer.votes[region.class];
        const networks = this.reading.networks;
        text += right === networks ? " ✓" : right === 0 ? " ✗" : ` ${right}/${networks}`;
      }
      context.fillStyle = "rgb(0 0 0 / 60%)";
      context.fillRect(x + 1, y + 1, context.measureText(text).width + 5, Math.max(11, Math.min(15, side / 4 + 2)));
      context.fillStyle = colour;
      context.fillText(text, x + 3, y + 2);
    });
  }

  // --- Layers ------------------------------------------------------------------------------

  /**
   * The image of one side, made when what it shows changed.
   * @param {Side} side
   */
  #layer(side) {
    const { shows, window: { center, width }, gain } = this.view;
    const original = /** @type {Frame<OriginalHeader>} */ (this.original);
    if (side !== "original" && !this.decoded) return null;
    const stamp = [this.#loads, shows, center, width, side === "difference" ? gain : 0].join(" ");
    let layer = this.#layers.get(side);
    if (!layer) {
      layer = { canvas: document.createElement("canvas"), stamp: "" };
      this.#layers.set(side, layer);
    }
    if (layer.stamp === stamp) return layer.canvas;
    layer.stamp = stamp;
    const { canvas } = layer;
    if (canvas.width !== this.columns || canvas.height !== this.rows) {
      canvas.width = this.columns;
      canvas.height = this.rows;
    }
    const context = /** @type {CanvasRenderingContext2D} */ (
      canvas.getContext("2d", { willReadFrequently: false })
    );
    const picture = context.createImageData(this.columns, this.rows);
    const words = new Uint32Array(picture.data.buffer);
    const decoded = this.decoded;
    if (shows === "pixels") {
      if (side === "difference" && decoded) {
        this.#paintDifference(words, decoded.samples, original.samples, original.header.slope);
      } else {
        const frame = side === "original" ? original : /** @type {Frame<any>} */ (decoded);
        const table = this.#windowTable();
        const { samples } = frame;
        for (let at = 0; at < words.length; at++) words[at] = table[samples[at]];
      }
    } else {
      const before = this.#map(original.samples, shows);
      if (side === "original") this.#paintMap(words, before);
      else if (decoded) {
        const after = this.#map(decoded.samples, shows);
        if (side === "decoded") this.#paintMap(words, after);
        else this.#paintDifference(words, after, before, original.header.slope);
      }
    }
    context.putImageData(picture, 0, 0);
    return canvas;
  }

  /** Words of the display (little-endian RGBA) by stored value, DICOM PS3.3 C.11.2.1.2.1. */
  #windowTable() {
    const { header } = /** @type {Frame<OriginalHeader>} */ (this.original);
    const { center, width } = this.view.window;
    const table = new Uint32Array(2 ** header.bits_stored);
    for (let stored = 0; stored < table.length; stored++) {
      const value = header.slope * stored + header.intercept;
      const position = (value - (center - 0.5)) / Math.max(width - 1, 1e-6) + 0.5;
      const shown = Math.min(255, Math.max(0, Math.floor(position * 255 + 0.5)));
      const grey = header.inverted ? 255 - shown : shown;
      table[stored] = (0xff000000 | (grey << 16) | (grey << 8) | grey) >>> 0;
    }
    return table;
  }

  /**
   * @param {Uint32Array} words
   * @param {Uint16Array | Float32Array} after
   * @param {Uint16Array | Float32Array} before
   * @param {number} slope physical units of one stored unit
   */
  #paintDifference(words, after, before, slope) {
    // 256 steps on each side of zero.
    const table = new Uint32Array(513);
    for (let step = -256; step <= 256; step++) {
      const share = Math.abs(step) / 256;
      const end = step < 0 ? DIVERGING[0] : DIVERGING[2];
      const [r, g, b] = [0, 1, 2].map((part) =>
        Math.round(DIVERGING[1][part] + share * (end[part] - DIVERGING[1][part])),
      );
      table[step + 256] = (0xff000000 | (b << 16) | (g << 8) | r) >>> 0;
    }
    const factor = (256 * slope) / this.differenceRange;
    for (let at = 0; at < words.length; at++) {
      const step = Math.round((after[at] - before[at]) * factor);
      words[at] = table[step < -256 ? 0 : step > 256 ? 512 : step + 256];
    }
  }

  /**
   * Magnitudes of coefficients on a logarithmic scale: black below half a stored unit, white from
   * the largest that the bits allow.
   * @param {Uint32Array} words
   * @param {Float32Array} map
   */
  #paintMap(words, map) {
    const { header } = /** @type {Frame<OriginalHeader>} */ (this.original);
    const most = Math.log2((2 ** header.bits_stored * (this.view.shows === "dct" ? 4 : 0.5)) / 0.5);
    for (let at = 0; at < words.length; at++) {
      const size = Math.abs(map[at]) * 2;
      const grey = size <= 1 ? 0 : Math.min(255, Math.round((255 * Math.log2(size)) / most));
      words[at] = (0xff000000 | (grey << 16) | (grey << 8) | grey) >>> 0;
    }
  }

  /**
   * Coefficients of an image, kept as long as the image is.
   * @param {Uint16Array} samples
   * @param {Shows} shows
   */
  #map(samples, shows) {
    const { header } = /** @type {Frame<OriginalHeader>} */ (this.original);
    const levels = this.decoded?.header.figures.wavelet?.levels ?? USUAL_LEVELS;
    const key = shows === "dct" ? "dct" : `wavelet ${levels}`;
    let maps = this.#maps.get(samples);
    if (!maps) {
      maps = new Map();
      this.#maps.set(samples, maps);
    }
    let map = maps.get(key);
    if (!map) {
      const middle = 2 ** (header.bits_stored - 1);
      map = shows === "dct"
        ? blockDct(samples, this.rows, this.columns, middle)
        : waveletTransform(samples, this.rows, this.columns, middle, levels);
      maps.set(key, map);
    }
    return map;
  }

  // --- Flicker -----------------------------------------------------------------------------

  #flicker() {
    const wanted = this.view.mode === "flicker";
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!wanted || still) {
      clearInterval(this.#flickerTimer);
      this.#flickerTimer = 0;
      if (!wanted) this.#flickered = false;
    } else if (!this.#flickerTimer) {
      this.#flickerTimer = window.setInterval(() => this.alternate(), 1000 / FLICKER_HZ / 2);
    }
  }

  /** Shows the other of original and decoded while flickering. */
  alternate() {
    this.#flickered = !this.#flickered;
    this.draw();
  }

  /** Stops or starts the flicker's own clock; the space bar changes sides by hand. */
  holdFlicker() {
    clearInterval(this.#flickerTimer);
    this.#flickerTimer = 0;
    this.alternate();
  }

  // --- Pointer and keys --------------------------------------------------------------------

  #listen() {
    const root = this.#root;
    root.addEventListener("pointerdown", (event) => this.#down(event));
    root.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      root.addEventListener(end, (event) => this.#up(/** @type {PointerEvent} */ (event)));
    }
    root.addEventListener("pointerleave", () => this.#handlers.hovered(""));
    root.addEventListener("contextmenu", (event) => event.preventDefault());
    root.addEventListener("dblclick", () => this.fit());
    root.addEventListener("wheel", (event) => {
      // A page that is scrolled past must not zoom.
      if (!event.ctrlKey && document.activeElement !== root) return;
      event.preventDefault();
      this.zoomBy(Math.exp(-event.deltaY / 400), this.#place(event));
    }, { passive: false });
    root.addEventListener("keydown", (event) => this.#key(event));
    this.#divider.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      this.#divider.setPointerCapture(event.pointerId);
    });
    this.#divider.addEventListener("pointermove", (event) => {
      if (!this.#divider.hasPointerCapture(event.pointerId)) return;
      event.stopPropagation();
      this.set({ divider: this.#place(event)[0] / this.#root.clientWidth });
    });
    this.#divider.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -0.02, ArrowRight: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 };
      const step = steps[/** @type {keyof typeof steps} */ (event.key)];
      if (step === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.set({ divider: this.view.divider + step });
    });
  }

  /**
   * @param {MouseEvent} event
   * @returns {[number, number]}
   */
  #place(event) {
    const box = this.#root.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const [x, y] = this.#place(event);
    this.#pointers.set(event.pointerId, { x, y });
    this.#pressed = { x, y };
    this.#root.setPointerCapture(event.pointerId);
    this.#root.focus({ preventScroll: true });
    if (this.#pointers.size === 1 && this.#tool(event) === "profile") {
      const [column, row] = this.#imagePoint(this.#paneAt(x, y), x, y);
      this.set({ profile: [column, row, column, row] });
    }
  }

  /** @param {PointerEvent} event */
  #tool(event) {
    return event.shiftKey || event.buttons === 4 || event.buttons === 2 ? "pan" : this.view.tool;
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const [x, y] = this.#place(event);
    const before = this.#pointers.get(event.pointerId);
    this.#hover(x, y);
    if (!before) return;
    const [dx, dy] = [x - before.x, y - before.y];
    this.#pointers.set(event.pointerId, { x, y });
    const { zoom, row, column, window: shown } = this.view;
    if (this.#pointers.size === 2) {
      const [a, b] = [...this.#pointers.values()];
      const length = Math.hypot(a.x - b.x, a.y - b.y);
      const other = a.x === x && a.y === y ? b : a;
      const lengthBefore = Math.hypot(before.x - other.x, before.y - other.y);
      this.set({ row: row - dy / zoom / 2, column: column - dx / zoom / 2 });
      if (lengthBefore > 0) this.zoomBy(length / lengthBefore, [(a.x + b.x) / 2, (a.y + b.y) / 2]);
      return;
    }
    const tool = this.#tool(event);
    if (tool === "pan") {
      this.set({ row: row - dy / zoom, column: column - dx / zoom });
    } else if (tool === "window") {
      // Across the stage the width doubles and more; steady for narrow and wide windows.
      const unit = Math.max(shown.width, 2) / 250;
      this.set({ window: { center: shown.center + dy * unit, width: shown.width + dx * unit } });
    } else {
      const [c, r] = this.#imagePoint(this.#paneAt(x, y), x, y);
      const [x0, y0] = this.view.profile;
      this.set({ profile: [x0, y0, c, r] });
    }
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (!this.#pointers.delete(event.pointerId)) return;
    const [x, y] = this.#place(event);
    if (Math.hypot(x - this.#pressed.x, y - this.#pressed.y) < 3) this.#pick(x, y);
    this.#handlers.committed();
  }

  /**
   * A click on a marked region.
   * @param {number} x
   * @param {number} y
   */
  #pick(x, y) {
    const truth = this.original?.header.truth;
    if (!truth || !this.view.targets || this.view.tool === "profile") return;
    const [column, row] = this.#imagePoint(this.#paneAt(x, y), x, y);
    const found = truth.regions.findIndex((region) =>
      row >= region.row && row < region.row + truth.side &&
      column >= region.column && column < region.column + truth.side);
    if (found >= 0) this.#handlers.picked(found);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  #hover(x, y) {
    if (!this.original) return;
    const [c, r] = this.#imagePoint(this.#paneAt(x, y), x, y).map(Math.floor);
    if (c < 0 || r < 0 || c >= this.columns || r >= this.rows) {
      this.#handlers.hovered("");
      return;
    }
    const { unit } = this.original.header;
    const at = r * this.columns + c;
    const before = this.#physical(this.original.samples[at]);
    let text = `row ${r}, column ${c}: ${shortNumber(before)} ${unit}`;
    if (this.decoded) {
      const after = this.#physical(this.decoded.samples[at]);
      text += ` → ${shortNumber(after)} ${unit} (${signed(after - before)})`;
    }
    this.#handlers.hovered(text);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.target !== this.#root || event.ctrlKey || event.metaKey || event.altKey) return;
    const { zoom, row, column, window: shown, tool, profile } = this.view;
    const step = (event.shiftKey ? 64 : 16) / zoom;
    const widen = Math.max(shown.width, 2) / 20;
    /** @param {number} dx @param {number} dy */
    const move = (dx, dy) => {
      if (tool === "window" && !event.shiftKey) {
        this.set({ window: { center: shown.center - dy * widen, width: shown.width + dx * widen } });
        this.#handlers.committed();
      } else if (tool === "profile") {
        const by = event.shiftKey ? 8 : 1;
        const [x0, y0, x1, y1] = profile;
        this.set({ profile: [x0 + dx * by, y0 + dy * by, x1 + dx * by, y1 + dy * by] });
        this.#handlers.committed();
      } else {
        this.set({ row: row + dy * step, column: column + dx * step });
      }
    };
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => move(-1, 0),
      ArrowRight: () => move(1, 0),
      ArrowUp: () => move(0, -1),
      ArrowDown: () => move(0, 1),
      "+": () => this.zoomBy(1.25),
      "=": () => this.zoomBy(1.25),
      "-": () => this.zoomBy(0.8),
      "0": () => this.fit(),
      "1": () => this.set({ zoom: 1 / (window.devicePixelRatio || 1) }),
      " ": () => this.holdFlicker(),
      d: () => this.set({ mode: "divider" }),
      s: () => this.set({ mode: "side" }),
      f: () => this.set({ mode: "flicker" }),
      x: () => this.set({ right: this.view.right === "decoded" ? "difference" : "decoded" }),
      g: () => this.set({ grid: !this.view.grid }),
      b: () => this.set({ blocks: !this.view.blocks }),
      t: () => this.set({ targets: !this.view.targets }),
      w: () => this.set({ tool: "window" }),
      p: () => this.set({ tool: "pan" }),
      l: () => this.set({ tool: "profile" }),
      ",": () => this.set({ divider: this.view.divider - 0.02 }),
      ".": () => this.set({ divider: this.view.divider + 0.02 }),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}

/**
 * A number with three digits that matter.
 * @param {number} value
 */
function shortNumber(value) {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return minus(String(Number(value.toFixed(digits))));
}

/**
 * A number with its sign.
 * @param {number} value
 */
function signed(value) {
  return value > 0 ? `+${shortNumber(value)}` : shortNumber(value);
}

/** @param {string} text */
function minus(text) {
  return text.replace("-", "−");
}
