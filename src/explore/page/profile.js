// The chart of the values along the profile line. Changes nothing.
import { drawChart, niceTicks } from "./chart.js";
import { byId } from "./elements.js";
import { clamp, minus } from "./numbers.js";
/** @import { Bench } from "./bench.js" */

/** @param {Bench} bench */
export function profile(bench) {
  bench.when("view", () => {
    const shown = bench.stage.view.tool === "profile";
    byId("profile-figure").hidden = !shown;
    byId("profile-other").hidden = bench.other === null;
    if (shown) draw(bench);
  });
}

/** @param {Bench} bench */
function draw({ stage, original: image }) {
  const { distance, original, decoded, other } = stage.profile();
  if (distance.length < 2) return;
  // The scale follows the window: with bone on it, the brain would be a flat line.
  const { center, width } = stage.view.window;
  const all = [...original, ...decoded, ...other];
  const low = Math.max(Math.min(...all), center - 0.6 * width);
  const high = Math.max(low + 1, Math.min(Math.max(...all), center + 0.6 * width));
  const room = (high - low) * 0.06;
  /** @type {(values: number[]) => [number, number][]} */
  const points = (values) =>
    values.map((value, at) => [distance[at], clamp(value, low - room, high + room)]);
  const length = distance[distance.length - 1];
  drawChart(byId("profile"), {
    title: "Values along the profile line",
    height: 190,
    x: { low: 0, high: Math.max(1, length), ticks: niceTicks(0, length, 6), label: "distance along the line, pixels", format: String },
    y: { low: low - room, high: high + room, ticks: niceTicks(low, high, 4), label: image?.header.unit ?? "", format: (value) => minus(String(value)) },
    series: [
      { name: "original", kind: "before", points: points(original) },
      { name: "decoded", kind: "after", points: points(decoded) },
      ...(other.length > 0 ? [{ name: "second codec", kind: "other", points: points(other) }] : []),
    ],
  });
}
