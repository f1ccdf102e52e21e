// What the quiz shows: a region as a picture, and the curve of the answers with those of the
// networks. Asks no question.
import { drawChart } from "./chart.js";
import { idealLegend, idealSeries, legendItem, levelLine, RATIO_AXIS, shareAxis, trainingText } from "./curves.js";
import { byId, contextOf } from "./elements.js";

/**
 * @typedef {{ ratio: number, correct: number, asked: number, achieved: number }} Tally
 * The answers at one ratio; `achieved` is the sum of the ratios of the images.
 */

/**
 * Paints one region through the image's window.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint16Array} samples
 * @param {OriginalHeader} header
 * @param {Region} region
 * @param {number} side
 */
export function paintRegion(canvas, samples, header, region, side) {
  canvas.width = side;
  canvas.height = side;
  const context = contextOf(canvas);
  const picture = context.createImageData(side, side);
  const { center, width } = header.window;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const stored = samples[(region.row + row) * header.columns + region.column + column];
      const value = header.slope * stored + header.intercept;
      const grey = 255 * ((value - (center - 0.5)) / (width - 1) + 0.5);
      const at = 4 * (row * side + column);
      picture.data.fill(Math.min(255, Math.max(0, grey)), at, at + 3);
      picture.data[at + 3] = 255;
    }
  }
  context.putImageData(picture, 0, 0);
}

/**
 * Draws the answers so far into the quiz's chart and legend.
 * @param {Tally[]} tallies
 * @param {Curve[]} curves of networks for the same codec and path
 * @param {number} classes
 */
export function drawResult(tallies, curves, classes) {
  const asked = tallies.filter((tally) => tally.asked > 0);
  /** @type {(tally: Tally) => number} */
  const meanRatio = (tally) => tally.achieved / tally.asked;
  const ceiling = curves[0]?.ceiling ?? null;
  drawChart(byId("quiz-chart"), {
    title: "Share of correct answers against compression ratio",
    x: RATIO_AXIS,
    y: shareAxis(0, [0, 0.25, 0.5, 0.75, 1]),
    series: [
      ...idealSeries(ceiling),
      { name: "Guessing", kind: "before", points: levelLine(1 / classes) },
      ...curves.map((curve) => ({ name: curveName(curve), kind: `${curve.codec} ${curve.regime}`, points: curve.points })),
      { name: "You", kind: "you", dots: true,
        points: asked.map((tally) => [meanRatio(tally), tally.correct / tally.asked]),
        bars: asked.map((tally) => [meanRatio(tally), ...wilson(tally.correct, tally.asked)]) },
    ],
    height: 300,
  });
  byId("quiz-legend").replaceChildren(
    legendItem("you", "you, with 95 % intervals"),
    ...curves.map((curve) => legendItem(`${curve.codec} ${curve.regime}`, curveName(curve))),
    ...idealLegend(ceiling),
    legendItem("before", `guessing: one in ${classes}`),
  );
}

/** @param {Curve} curve */
function curveName(curve) {
  return `${curve.networks} networks ${trainingText(curve)}`;
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
