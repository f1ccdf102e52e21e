// What the quiz shows: a square as a picture, and the curve of answers with those of the networks. Asks
// no question.
import { drawChart } from "./chart.js";
import { curveName, idealLegend, idealSeries, legendItem, levelLine, RATIO_AXIS, shareAxis } from "./curve_series.js";
import { contextOf, element } from "./elements.js";

/**
 * @typedef {{ ratio: number, correct: number, asked: number, achieved: number }} Tally
 * The answers at one ratio; `achieved` is the sum of the ratios of the images.
 * @typedef {{ name: string, legend: string, points: [number, number][],
 *   bars: [number, number, number][] }} Readers
 * Who answered: points are ratio and share, bars ratio and interval.
 */

/**
 * A picture of a square through its window.
 * @param {Square} square
 * @param {Record<string, string>} attributes of the canvas
 */
export function pictureOf({ side, samples, ...display }, attributes) {
  return greyPicture([side, side], samples, display, attributes);
}

/**
 * A picture of stored values through a window.
 * @param {[number, number]} size rows and columns
 * @param {Uint16Array} samples
 * @param {{ slope: number, intercept: number, window: GreyWindow }} display
 * @param {Record<string, string | number>} attributes of the canvas
 */
export function greyPicture([rows, columns], samples, display, attributes) {
  const { slope, intercept, window: { center, width } } = display;
  const canvas = element("canvas", { width: columns, height: rows, ...attributes });
  const context = contextOf(canvas);
  const picture = context.createImageData(columns, rows);
  for (let at = 0; at < rows * columns; at++) {
    const value = slope * samples[at] + intercept;
    const grey = 255 * ((value - (center - 0.5)) / (width - 1) + 0.5);
    picture.data.fill(Math.min(255, Math.max(0, grey)), 4 * at, 4 * at + 3);
    picture.data[4 * at + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}

/**
 * Draws the answers so far beside those of networks.
 * @param {HTMLElement} chart
 * @param {HTMLElement} legend
 * @param {Readers} readers
 * @param {Curve[]} curves of networks for the same codec and path
 * @param {number | null} classes that can be answered; `null` until it is known
 * @param {number} [height] in CSS pixels of a chart that is read from afar
 */
export function drawResult(chart, legend, { name, legend: text, points, bars }, curves, classes, height) {
  const ceiling = curves[0]?.ceiling ?? null;
  drawChart(chart, {
    title: "Share of correct answers against compression ratio",
    x: RATIO_AXIS,
    y: shareAxis(0, [0, 0.25, 0.5, 0.75, 1]),
    series: [
      ...idealSeries(ceiling),
      ...(classes ? [{ name: "Guessing", kind: "before", points: levelLine(1 / classes) }] : []),
      ...curves.map((curve) => ({ name: curveName(curve), kind: `${curve.codec} ${curve.regime}`, points: curve.points })),
      { name, kind: "you", dots: true, points, bars },
    ],
    height: height ?? 300, large: height !== undefined,
  });
  legend.replaceChildren(
    legendItem("you", text),
    ...curves.map((curve) => legendItem(`${curve.codec} ${curve.regime}`, curveName(curve))),
    ...idealLegend(ceiling),
    ...(classes ? [legendItem("before", `guessing: one in ${classes}`)] : []),
  );
}

/**
 * The answers of one person.
 * @param {Tally[]} tallies
 * @returns {Readers}
 */
export function one(tallies) {
  const asked = tallies.filter((tally) => tally.asked > 0);
  const meanRatio = (/** @type {Tally} */ tally) => tally.achieved / tally.asked;
  return {
    name: "You", legend: "you, with 95 % intervals",
    points: asked.map((tally) => [meanRatio(tally), tally.correct / tally.asked]),
    bars: asked.map((tally) => [meanRatio(tally), ...wilson(tally.correct, tally.asked)]),
  };
}

/**
 * Wilson's interval of a proportion at 95 % (Wilson 1927, J. Am. Stat. Assoc. 22, 209–212).
 * @param {number} correct
 * @param {number} asked
 * @returns {[number, number]}
 */
function wilson(correct, asked) {
  const z = 1.959963984540054;
  const share = correct / asked;
  const middle = (share + (z * z) / (2 * asked)) / (1 + (z * z) / asked);
  const half = (z / (1 + (z * z) / asked)) *
    Math.sqrt((share * (1 - share)) / asked + (z * z) / (4 * asked * asked));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
