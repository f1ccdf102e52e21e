// The accuracy of networks and of the ideal observer against the compression ratio. Derives no
// limit.
import { drawChart, niceTicks } from "./chart.js";
import { idealLegend, idealSeries, legendItem, RATIO_AXIS, shareAxis, trainingText } from "./curve_series.js";
import { byId } from "./elements.js";
/** @import { Bench } from "./bench.js" */

/** @param {Bench} bench */
export function curves(bench) {
  draw(bench);
  new ResizeObserver(() => draw(bench)).observe(byId("networks"));
}

/** @param {Bench} bench */
function draw({ catalogue }) {
  const { run, phantoms, codecs } = catalogue;
  const shown = catalogue.curves.filter((curve) => phantoms.some((phantom) => phantom.id === curve.phantom));
  const lead = byId("networks-lead");
  if (shown.length === 0) {
    lead.textContent = "The program contains no calibration of this phantom. To see your own networks here, start the page with --run and a run directory.";
    return;
  }
  lead.textContent = run
    ? `Share of correct answers of the run’s networks on ${run.phantom}, against the ratio.`
    : `Share of correct answers in the calibration of ${shown[0].phantom} that is included in the program, against the ratio. With --run, the networks of your own run classify the image that you see.`;
  const ceiling = shown[0].ceiling;
  const low = Math.floor(10 * Math.min(...shown.flatMap((curve) => curve.points.map(([, share]) => share)))) / 10;
  const guidelines = phantoms.find((phantom) => phantom.id === shown[0].phantom)?.guidelines ?? [];
  drawChart(byId("curves"), {
    title: "Share of correct answers of networks against compression ratio",
    height: 340,
    x: RATIO_AXIS,
    y: shareAxis(low, niceTicks(low, 1, 5)),
    marks: guidelineMarks(guidelines),
    series: [...idealSeries(ceiling), ...shown.map((curve) => (
      { name: `${curve.codec}, ${curve.path}, ${curve.regime}`, kind: kindOf(curve), points: curve.points, dots: true }))],
  });
  byId("curves-legend").replaceChildren(...shown.map((curve) => {
    const input = curve.path === "native" ? "stored bits" : "8 bits";
    return legendItem(kindOf(curve), `${codecs[curve.codec] ?? curve.codec}, ${input}, ${trainingText(curve)}`);
  }), ...idealLegend(ceiling));
}

/** @param {Curve} curve */
function kindOf({ codec, path, regime }) {
  return `${codec} ${path} ${regime}`;
}

/**
 * One mark for each ratio, with all who recommend it.
 * @param {Guideline[]} guidelines
 */
function guidelineMarks(guidelines) {
  const ratios = [...new Set(guidelines.map(({ ratio }) => ratio))];
  return ratios.map((ratio) => ({
    x: ratio, kind: "guide",
    label: guidelines.filter((it) => it.ratio === ratio).map(({ body }) => body).join(", "),
  }));
}
