// The picture of each side at one pixel of the canvas per image pixel: windowed values, magnitudes
// of coefficients, differences. Knows no zoom and no overlay.
import { contextOf } from "./elements.js";
import { clamp } from "./numbers.js";
import { blockDct, waveletTransform } from "./transforms.js";
import { differenceRange } from "./view.js";
/** @import { Representation, Side, View } from "./view.js" */

/**
 * @typedef {{ original: Frame<OriginalHeader>, decoded: Frame<RenditionHeader> | null,
 *   other: Frame<RenditionHeader> | null }} Pair
 * What is compared; `other` is of the second codec.
 */

/** Colours of the smallest, zero and greatest difference (as in the report). */
export const DIFFERENCE_COLOURS = [[27, 88, 166], [247, 247, 247], [179, 88, 6]];

/** Colour steps on each side of zero. */
const DIFFERENCE_STEPS = 256;

/** Levels of the wavelet transform if the codestream does not say. */
const USUAL_LEVELS = 5;

/**
 * Levels of the wavelet transform that is shown.
 * @param {Frame<RenditionHeader> | null} decoded
 */
export function waveletLevels(decoded) {
  return decoded?.header.figures.wavelet?.levels ?? USUAL_LEVELS;
}

/**
 * The decoded image that a side shows, or of which it shows the difference.
 * @param {Side} side
 * @param {Pick<Pair, "decoded" | "other">} pair
 */
export function decodedOf(side, { decoded, other }) {
  return side === "other" || side === "other-difference" ? other : decoded;
}

/** @param {Side} side */
export function isDifference(side) {
  return side === "difference" || side === "other-difference";
}

/** The pictures of the sides; each is painted again only when what it shows has changed. */
export class Layers {
  /** @type {Map<Side, { canvas: HTMLCanvasElement, stamp: string }>} */
  #layers = new Map();
  /** Coefficients, kept as long as the image is. */
  /** @type {WeakMap<Uint16Array, Map<string, Float32Array>>} */
  #maps = new WeakMap();
  #loads = 0;

  /** Says that the images have been replaced. */
  replaced() {
    this.#loads += 1;
  }

  /**
   * @param {Side} side
   * @param {Pair} pair
   * @param {View} view
   * @returns {HTMLCanvasElement | null} `null` while there is no decoded image
   */
  picture(side, pair, view) {
    if (side !== "original" && !decodedOf(side, pair)) return null;
    const { shows, window: { center, width }, gain } = view;
    const stamp = [this.#loads, shows, center, width, isDifference(side) ? gain : 0].join(" ");
    let layer = this.#layers.get(side);
    if (!layer) {
      layer = { canvas: document.createElement("canvas"), stamp: "" };
      this.#layers.set(side, layer);
    }
    if (layer.stamp === stamp) return layer.canvas;
    layer.stamp = stamp;
    const { canvas } = layer;
    const { rows, columns } = pair.original.header;
    if (canvas.width !== columns || canvas.height !== rows) {
      canvas.width = columns;
      canvas.height = rows;
    }
    const context = contextOf(canvas);
    const picture = context.createImageData(columns, rows);
    this.#paint(new Uint32Array(picture.data.buffer), side, pair, view);
    context.putImageData(picture, 0, 0);
    return canvas;
  }

  /**
   * @param {Uint32Array} words little-endian RGBA
   * @param {Side} side
   * @param {Pair} pair
   * @param {View} view
   */
  #paint(words, side, pair, view) {
    const { original } = pair;
    const { header } = original;
    const decoded = decodedOf(side, pair);
    const levels = waveletLevels(decoded);
    const values = (/** @type {Uint16Array} */ samples) =>
      view.shows === "pixels" ? samples : this.#map(samples, header, view.shows, levels);
    if (isDifference(side)) {
      if (!decoded) return;
      const factor = (DIFFERENCE_STEPS * header.slope) / differenceRange(view);
      paintDifference(words, values(decoded.samples), values(original.samples), factor);
      return;
    }
    const samples = side !== "original" && decoded ? decoded.samples : original.samples;
    if (view.shows === "pixels") {
      const table = windowTable(header, view.window);
      for (let at = 0; at < words.length; at++) words[at] = table[samples[at]];
    } else {
      const gain = view.shows === "dct" ? 4 : 0.5;
      const map = this.#map(samples, header, view.shows, levels);
      paintMagnitudes(words, map, 2 ** header.bits_stored * gain);
    }
  }

  /**
   * Coefficients of an image.
   * @param {Uint16Array} samples
   * @param {OriginalHeader} header
   * @param {Representation} shows
   * @param {number} levels of the wavelet transform
   */
  #map(samples, header, shows, levels) {
    const key = shows === "dct" ? "dct" : `wavelet ${levels}`;
    let maps = this.#maps.get(samples);
    if (!maps) {
      maps = new Map();
      this.#maps.set(samples, maps);
    }
    let map = maps.get(key);
    if (!map) {
      const { rows, columns } = header;
      const middle = 2 ** (header.bits_stored - 1);
      map = shows === "dct"
        ? blockDct(samples, rows, columns, middle)
        : waveletTransform(samples, rows, columns, middle, levels);
      maps.set(key, map);
    }
    return map;
  }
}

/** @param {number} grey */
function greyWord(grey) {
  return (0xff000000 | (grey << 16) | (grey << 8) | grey) >>> 0;
}

/**
 * Words of the display by stored value, DICOM PS3.3 C.11.2.1.2.1.
 * @param {OriginalHeader} header
 * @param {GreyWindow} window
 */
function windowTable(header, { center, width }) {
  const table = new Uint32Array(2 ** header.bits_stored);
  for (let stored = 0; stored < table.length; stored++) {
    const value = header.slope * stored + header.intercept;
    const position = (value - (center - 0.5)) / Math.max(width - 1, 1e-6) + 0.5;
    const shown = Math.min(255, Math.max(0, Math.floor(position * 255 + 0.5)));
    table[stored] = greyWord(header.inverted ? 255 - shown : shown);
  }
  return table;
}

/**
 * @param {Uint32Array} words
 * @param {Uint16Array | Float32Array} after
 * @param {Uint16Array | Float32Array} before
 * @param {number} factor colour steps per stored unit
 */
function paintDifference(words, after, before, factor) {
  const table = new Uint32Array(2 * DIFFERENCE_STEPS + 1);
  const [negative, zero, positive] = DIFFERENCE_COLOURS;
  for (let step = -DIFFERENCE_STEPS; step <= DIFFERENCE_STEPS; step++) {
    const share = Math.abs(step) / DIFFERENCE_STEPS;
    const end = step < 0 ? negative : positive;
    const [r, g, b] = [0, 1, 2].map((part) => Math.round(zero[part] + share * (end[part] - zero[part])));
    table[step + DIFFERENCE_STEPS] = (0xff000000 | (b << 16) | (g << 8) | r) >>> 0;
  }
  for (let at = 0; at < words.length; at++) {
    const step = Math.round((after[at] - before[at]) * factor);
    words[at] = table[clamp(step, -DIFFERENCE_STEPS, DIFFERENCE_STEPS) + DIFFERENCE_STEPS];
  }
}

/**
 * Paints magnitudes on a logarithmic scale: black up to half a stored unit, white from `white` on.
 * @param {Uint32Array} words
 * @param {Uint16Array | Float32Array} map
 * @param {number} white
 */
function paintMagnitudes(words, map, white) {
  const most = Math.log2(white / 0.5);
  for (let at = 0; at < words.length; at++) {
    const size = Math.abs(map[at]) * 2;
    words[at] = greyWord(size <= 1 ? 0 : Math.min(255, Math.round((255 * Math.log2(size)) / most)));
  }
}
