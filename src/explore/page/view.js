// How the image is shown, and the geometry that follows: panes, and which point of the image lies
// where. Draws nothing.
import { clamp } from "./numbers.js";

/**
 * @typedef {"original" | "decoded" | "difference" | "other" | "other-difference"} Side
 * @typedef {"pixels" | "dct" | "wavelet"} Representation
 * @typedef {"divider" | "side" | "codecs" | "flicker"} Mode
 * @typedef {"window" | "pan" | "profile"} Tool
 * @typedef {{ mode: Mode, right: "decoded" | "difference", shows: Representation, tool: Tool, gain: number,
 *   grid: boolean, blocks: boolean, targets: boolean, findings: boolean, divider: number, zoom: number, row: number,
 *   column: number, window: GreyWindow, profile: [number, number, number, number] }} View
 * `zoom` is CSS pixels per image pixel, `row` and `column` lie in the middle of a pane, `divider`
 * is a share of the width, `profile` holds column and row of the start and of the end.
 * @typedef {{ x: number, y: number, width: number, height: number, side: Side,
 *   clip: [number, number, number, number], label: "left" | "right" }} Pane
 * In CSS pixels of the stage; `clip` is left, top, width and height of what is visible.
 */

const LEAST_ZOOM = 0.05;
const MOST_ZOOM = 64;
const LEAST_WINDOW_WIDTH = 1.5;
/** Pixels between panes that stand side by side. */
const GAP = 2;

/** @returns {View} */
export function initialView() {
  return {
    mode: "divider", right: "decoded", shows: "pixels", tool: "window", gain: 4, grid: false,
    blocks: false, targets: false, findings: false, divider: 0.5, zoom: 1, row: 256, column: 256,
    window: { center: 40, width: 120 }, profile: [0, 0, 0, 0],
  };
}

/** @param {number} zoom */
export function clampZoom(zoom) {
  return clamp(zoom, LEAST_ZOOM, MOST_ZOOM);
}

/**
 * Brings every value of the view into its range.
 * @param {View} view
 * @param {number} rows of the image
 * @param {number} columns of the image
 */
export function conform(view, rows, columns) {
  view.zoom = clampZoom(view.zoom);
  view.row = clamp(view.row, 0, rows);
  view.column = clamp(view.column, 0, columns);
  view.divider = clamp(view.divider, 0, 1);
  view.window.width = Math.max(LEAST_WINDOW_WIDTH, view.window.width);
}

/**
 * Difference that has the full colour, in physical units.
 * @param {View} view
 */
export function differenceRange(view) {
  return view.window.width / (2 * view.gain);
}

/**
 * The panes of a stage of this size.
 * @param {View} view
 * @param {number} width
 * @param {number} height
 * @param {boolean} flickered whether flicker shows the second image
 * @returns {Pane[]}
 */
export function panesOf(view, width, height, flickered) {
  const { mode, right, divider } = view;
  const beside = besideOf(mode, right);
  if (beside) {
    const inRow = width >= height * 1.1;
    const each = ((inRow ? width : height) - 2 * GAP) / 3;
    return beside.map((side, number) => {
      const x = inRow ? number * (each + GAP) : 0;
      const y = inRow ? 0 : number * (each + GAP);
      const [w, h] = inRow ? [each, height] : [width, each];
      return { x, y, width: w, height: h, side, clip: [x, y, w, h], label: "left" };
    });
  }
  const whole = { x: 0, y: 0, width, height };
  if (mode === "flicker") {
    const side = flickered ? right : "original";
    return [{ ...whole, side, clip: [0, 0, width, height], label: "left" }];
  }
  const cut = Math.round(width * divider);
  return [
    { ...whole, side: "original", clip: [0, 0, cut, height], label: "left" },
    { ...whole, side: right, clip: [cut, 0, width - cut, height], label: "right" },
  ];
}

/**
 * What stands side by side; `null` where one pane covers the other.
 * @param {Mode} mode
 * @param {View["right"]} right
 * @returns {Side[] | null}
 */
export function besideOf(mode, right) {
  if (mode === "side") return ["original", "decoded", "difference"];
  if (mode !== "codecs") return null;
  return right === "difference" ? ["original", "difference", "other-difference"] : ["original", "decoded", "other"];
}

/**
 * Length of the shorter side of a pane, to which the zoom is in proportion.
 * @param {Pane} pane
 */
export function extentOf({ width, height }) {
  return Math.min(width, height);
}

/**
 * The pane that shows a point of the stage; the first one if none does.
 * @param {Pane[]} panes
 * @param {number} x
 * @param {number} y
 */
export function paneAt(panes, x, y) {
  const holds = (/** @type {Pane} */ { clip: [left, top, width, height] }) =>
    x >= left && y >= top && x < left + width && y < top + height;
  return panes.find(holds) ?? panes[0];
}

/**
 * @param {View} view
 * @param {Pane} pane
 * @param {number} x
 * @param {number} y
 * @returns {[number, number]} column and row, with fractions
 */
export function imagePoint(view, pane, x, y) {
  const { zoom, row, column } = view;
  return [
    column + (x - pane.x - pane.width / 2) / zoom,
    row + (y - pane.y - pane.height / 2) / zoom,
  ];
}

/**
 * @param {View} view
 * @param {Pane} pane
 * @returns {[number, number]} x and y of the image's top-left corner
 */
export function imageCorner(view, pane) {
  const { zoom, row, column } = view;
  return [pane.x + pane.width / 2 - column * zoom, pane.y + pane.height / 2 - row * zoom];
}
