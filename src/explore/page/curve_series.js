// Axes, series and words of curves of correct answers against the compression ratio. Draws nothing.
import { element } from "./elements.js";
/** @import { Axis, Series } from "./chart.js" */

const LEAST_RATIO = 2;
const MOST_RATIO = 250;

/** @type {Axis} */
export const RATIO_AXIS = {
  low: LEAST_RATIO, high: MOST_RATIO, logarithmic: true, ticks: [2, 5, 10, 20, 50, 100, 200],
  label: "compression ratio on stored bits", format: (value) => `${value}:1`,
};

/**
 * The axis of the share of correct answers.
 * @param {number} low
 * @param {number[]} ticks
 * @returns {Axis}
 */
export function shareAxis(low, ticks) {
  return { low, high: 1, ticks, label: "correct answers", format: (value) => `${Math.round(value * 100)} %` };
}

/**
 * The same share at every ratio.
 * @param {number} share
 * @returns {[number, number][]}
 */
export function levelLine(share) {
  return [[LEAST_RATIO, share], [MOST_RATIO, share]];
}

/**
 * The ideal observer: a level line, since its accuracy on originals bounds that at every ratio.
 * @param {number | null} ceiling
 * @returns {Series[]}
 */
export function idealSeries(ceiling) {
  return ceiling === null ? []
    : [{ name: "The ideal observer before compression", kind: "ideal", points: levelLine(ceiling) }];
}

/** @param {number | null} ceiling */
export function idealLegend(ceiling) {
  if (ceiling === null) return [];
  return [legendItem("ideal", `the ideal observer before compression, ${(ceiling * 100).toFixed(0)} %: no reader exceeds it at any ratio`)];
}

/**
 * @param {string} kind
 * @param {string} text
 */
export function legendItem(kind, text) {
  return element("li", { class: kind }, element("span", {}, text));
}

/** @param {Curve} curve */
export function trainingText({ regime }) {
  return regime === "mixed" ? "trained on all levels" : "trained on originals";
}

/** @param {Curve} curve */
export function curveName(curve) {
  return `${curve.networks} ${curve.networks === 1 ? "network" : "networks"} ${trainingText(curve)}`;
}

/**
 * The share of correct answers at a ratio, between those that were measured; at their ends that of the
 * end.
 * @param {Curve} curve
 * @param {number} ratio
 */
export function shareAt({ points }, ratio) {
  const after = points.findIndex(([at]) => at >= ratio);
  if (after < 0) return points[points.length - 1][1];
  if (after === 0) return points[0][1];
  const [[low, before], [high, next]] = [points[after - 1], points[after]];
  return before + ((next - before) * Math.log(ratio / low)) / Math.log(high / low);
}

/**
 * What networks had at a ratio, as text; empty if none were calibrated.
 * @param {Curve[]} curves
 * @param {number} ratio
 */
export function networksText(curves, ratio) {
  const shares = curves.map((curve) => `${curveName(curve)} ${Math.round(100 * shareAt(curve, ratio))} %`);
  return shares.length === 0 ? "" : `Correct at this ratio: ${shares.join(", ")}.`;
}
