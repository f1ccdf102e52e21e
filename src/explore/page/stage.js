// The image on the page: original, decoded image and difference on one canvas. Asks no server, and
// listens to no pointer and no key.
import { contextOf } from "./elements.js";
import { Flicker } from "./flicker.js";
import { decodedOf, Layers } from "./layers.js";
import { shortNumber, signed } from "./numbers.js";
import { drawLabel, drawOverlays } from "./overlays.js";
import { clampZoom, conform, extentOf, imageCorner, imagePoint, initialView, paneAt, panesOf } from "./view.js";
/** @import { Pair } from "./layers.js" */
/** @import { Pane, View } from "./view.js" */

/**
 * @typedef {{ changed: () => void, committed: () => void, hovered: (text: string) => void,
 *   picked: (region: number) => void }} StageHandlers
 * Called after a change of the view, at the end of a drag, with the values under the pointer, and
 * after a click on a region.
 */

/**
 * @template {Element} Kind
 * @param {HTMLElement} root
 * @param {string} selector
 * @param {new () => Kind} kind
 */
function part(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`the stage has no ${selector}`);
  return found;
}

export class Stage {
  view = initialView();
  /** @type {Frame<OriginalHeader> | null} */
  original = null;
  /** @type {Frame<RenditionHeader> | null} */
  decoded = null;
  /** The image of the second codec, where two are compared. */
  /** @type {Frame<RenditionHeader> | null} */
  other = null;
  /** @type {Reading | null} */
  reading = null;
  /** What networks find in the images that are shown. */
  /** @type {WholeImageAnswers | null} */
  found = null;
  /** The selected region; −1 for none. */
  region = -1;

  /** Size of the labels in CSS pixels. */
  labelSize = 12;

  root;
  divider;
  handlers;
  #canvas;
  #context;
  /** Codec and level of the decoded images. */
  /** @type {[string, string]} */
  #names = ["decoded", ""];
  #layers = new Layers();
  #flicker = new Flicker(() => this.draw());
  #drawing = false;
  /** @type {(() => void)[]} */
  #afterPaint = [];
  /** Whether the whole image is shown, also when the stage changes its size. */
  #fitted = true;
  /** The view to begin with, once an image is there. */
  /** @type {Partial<View>} */
  #begin = {};
  /** Extent of the panes when the zoom was last in proportion to it; 0 before the first layout. */
  #extent = 0;

  /**
   * @param {HTMLElement} root
   * @param {StageHandlers} handlers
   */
  constructor(root, handlers) {
    this.root = root;
    this.handlers = handlers;
    this.divider = part(root, ".divider", HTMLElement);
    this.#canvas = part(root, "canvas", HTMLCanvasElement);
    this.#context = contextOf(this.#canvas);
    new ResizeObserver(() => {
      this.#refit();
      this.draw();
      handlers.changed();
    }).observe(root);
  }

  /** Whether the whole image is shown. */
  get fitted() {
    return this.#fitted;
  }

  /**
   * Shows the first image so.
   * @param {Partial<View>} view
   */
  beginWith(view) {
    this.#begin = view;
  }

  get rows() {
    return this.original?.header.rows ?? 1;
  }

  get columns() {
    return this.original?.header.columns ?? 1;
  }

  /**
   * Shows all images at once, with their names.
   * @param {Frame<OriginalHeader>} original
   * @param {Frame<RenditionHeader> | null} decoded
   * @param {Frame<RenditionHeader> | null} other of the second codec
   * @param {[string, string]} names codec and level of the decoded images
   */
  load(original, decoded, other, names) {
    const first = !this.original;
    const [rows, columns] = [this.rows, this.columns];
    this.original = original;
    this.decoded = decoded;
    this.other = other;
    this.#names = names;
    this.#layers.replaced();
    if (first || rows !== this.rows || columns !== this.columns) {
      this.view.profile = [this.columns * 0.3, this.rows / 2, this.columns * 0.7, this.rows / 2];
      this.fit();
    }
    if (first) this.set(this.#begin);
    this.draw();
  }

  /**
   * Changes the view. Where that changes the panes, each shows as much of the image as before.
   * @param {Partial<View>} changes
   */
  set(changes) {
    if ("zoom" in changes || "row" in changes || "column" in changes) this.#fitted = false;
    Object.assign(this.view, changes);
    conform(this.view, this.rows, this.columns);
    this.#flicker.run(this.view.mode === "flicker");
    if ("zoom" in changes) this.#extent = extentOf(this.#panes()[0]);
    else if ("mode" in changes) this.#refit();
    this.draw();
    this.handlers.changed();
  }

  /** After a change of the panes each shows as much of the image as before. */
  #refit() {
    if (this.#fitted) {
      this.fit();
      return;
    }
    const extent = extentOf(this.#panes()[0]);
    if (this.#extent > 0) this.view.zoom = clampZoom((this.view.zoom * extent) / this.#extent);
    this.#extent = extent;
  }

  /**
   * Shows a part of the image.
   * @param {{ row: number, column: number, across: number }} place its middle, and how many pixels
   *   the shorter side of a pane shows
   */
  look({ row, column, across }) {
    this.set({ row, column, zoom: extentOf(this.#panes()[0]) / across });
  }

  /** Shows the whole image. */
  fit() {
    const pane = this.#panes()[0];
    const zoom = Math.min(pane.width / this.columns, pane.height / this.rows);
    Object.assign(this.view, { zoom, row: this.rows / 2, column: this.columns / 2 });
    this.#fitted = true;
    this.#extent = extentOf(pane);
    this.draw();
    this.handlers.changed();
  }

  /**
   * Zooms around a point of the stage; around the middle if none is given.
   * @param {number} factor
   * @param {[number, number]} [at] in CSS pixels of the stage
   */
  zoomBy(factor, at) {
    const panes = this.#panes();
    const pane = at ? paneAt(panes, at[0], at[1]) : panes[0];
    const [x, y] = at ?? [pane.x + pane.width / 2, pane.y + pane.height / 2];
    const [column, row] = imagePoint(this.view, pane, x, y);
    const zoom = clampZoom(this.view.zoom * factor);
    this.set({
      zoom,
      column: column - (x - pane.x - pane.width / 2) / zoom,
      row: row - (y - pane.y - pane.height / 2) / zoom,
    });
  }

  /** Shows the other image in flicker mode and stops its clock. */
  stepFlicker() {
    this.#flicker.step();
  }

  /**
   * Column and row of the image, with fractions, at a point of the stage.
   * @param {number} x
   * @param {number} y
   */
  pointAt(x, y) {
    return imagePoint(this.view, paneAt(this.#panes(), x, y), x, y);
  }

  /**
   * The marked region at a point of the stage; −1 for none.
   * @param {number} x
   * @param {number} y
   */
  regionAt(x, y) {
    const truth = this.original?.header.truth;
    if (!truth || !this.view.targets || this.view.tool === "profile") return -1;
    const [column, row] = this.pointAt(x, y);
    return truth.regions.findIndex((region) =>
      row >= region.row && row < region.row + truth.side &&
      column >= region.column && column < region.column + truth.side);
  }

  /**
   * Position and values at a point of the stage, as text; empty outside the image.
   * @param {number} x
   * @param {number} y
   */
  valuesAt(x, y) {
    if (!this.original) return "";
    const { side } = paneAt(this.#panes(), x, y);
    const [column, row] = this.pointAt(x, y).map(Math.floor);
    if (column < 0 || row < 0 || column >= this.columns || row >= this.rows) return "";
    const { header, samples } = this.original;
    const at = row * this.columns + column;
    const before = physical(header, samples[at]);
    const text = `row ${row}, column ${column}: ${shortNumber(before)} ${header.unit}`;
    const decoded = decodedOf(side, this);
    if (!decoded) return text;
    const after = physical(header, decoded.samples[at]);
    return `${text} → ${shortNumber(after)} ${header.unit} (${signed(after - before)})`;
  }

  /**
   * Values along the profile line, pixel by pixel, in physical units.
   * @returns {{ distance: number[], original: number[], decoded: number[], other: number[] }}
   */
  profile() {
    const [x0, y0, x1, y1] = this.view.profile;
    const steps = Math.max(1, Math.round(Math.hypot(x1 - x0, y1 - y0)));
    /** @type {{ distance: number[], original: number[], decoded: number[], other: number[] }} */
    const values = { distance: [], original: [], decoded: [], other: [] };
    if (!this.original) return values;
    const { header, samples } = this.original;
    for (let step = 0; step <= steps; step++) {
      const column = Math.floor(x0 + ((x1 - x0) * step) / steps);
      const row = Math.floor(y0 + ((y1 - y0) * step) / steps);
      if (row < 0 || column < 0 || row >= this.rows || column >= this.columns) continue;
      const at = row * this.columns + column;
      values.distance.push(step);
      values.original.push(physical(header, samples[at]));
      if (this.decoded) values.decoded.push(physical(header, this.decoded.samples[at]));
      if (this.other) values.other.push(physical(header, this.other.samples[at]));
    }
    return values;
  }

  /** What is on the screen, pixel by pixel. */
  get picture() {
    return this.#canvas;
  }

  /** Resolves when what was set is on the screen. */
  shown() {
    return new Promise((resolve) => {
      this.#afterPaint.push(() => resolve(undefined));
      this.draw();
    });
  }

  /** Draws at the next frame of the display. */
  draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#paint();
      for (const done of this.#afterPaint.splice(0)) done();
    });
  }

  #panes() {
    const { clientWidth, clientHeight } = this.root;
    return panesOf(this.view, clientWidth || 1, clientHeight || 1, this.#flicker.second);
  }

  #paint() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.root;
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
    const { original, decoded, other } = this;
    if (!original) return;
    for (const pane of this.#panes()) this.#paintPane(pane, { original, decoded, other });
  }

  #placeDivider() {
    const percent = Math.round(this.view.divider * 100);
    this.divider.hidden = this.view.mode !== "divider";
    this.divider.style.left = `${this.view.divider * 100}%`;
    this.divider.setAttribute("aria-valuenow", String(percent));
    this.divider.setAttribute("aria-valuetext", `original on the left, ${percent} percent`);
  }

  /**
   * @param {Pane} pane
   * @param {Pair} pair
   */
  #paintPane(pane, pair) {
    const context = this.#context;
    const [left, top, width, height] = pane.clip;
    if (width <= 0 || height <= 0) return;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    const { zoom } = this.view;
    const [x, y] = imageCorner(this.view, pane);
    const picture = this.#layers.picture(pane.side, pair, this.view);
    if (picture) {
      context.imageSmoothingEnabled = zoom * (window.devicePixelRatio || 1) < 1;
      context.imageSmoothingQuality = "high";
      context.drawImage(picture, x, y, this.columns * zoom, this.rows * zoom);
    }
    drawOverlays({ context, x, y, zoom }, pair, pane.side, this.view, this);
    drawLabel(context, pane, this.view, this.#names, pair.original.header.unit, this.labelSize);
    context.restore();
  }
}

/**
 * @param {OriginalHeader} header
 * @param {number} stored
 */
function physical({ slope, intercept }, stored) {
  return slope * stored + intercept;
}
