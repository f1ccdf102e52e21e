// The histogram of the original, with the window of the display. Changes nothing.
import { byId, canvas, contextOf } from "./elements.js";
import { shortNumber } from "./numbers.js";
/** @import { Bench } from "./bench.js" */

const BARS = 128;
const HEIGHT = 56;

/** @param {Bench} bench */
export function histogram(bench) {
  const drawn = canvas("histogram");
  const context = contextOf(drawn);
  /** @type {Uint16Array | null} */
  let counted = null;
  let counts = new Float64Array(BARS);
  /** Physical values of the ends. */
  let [low, high] = [0, 1];
  const draw = () => {
    const { original, stage } = bench;
    if (!original) return;
    if (counted !== original.samples) {
      counted = original.samples;
      ({ counts, low, high } = count(original));
      byId("histogram-range").textContent = ` from ${shortNumber(low)} to ${shortNumber(high)} ${original.header.unit}`;
    }
    const ratio = window.devicePixelRatio || 1;
    const width = drawn.clientWidth || 1;
    drawn.width = Math.round(width * ratio);
    drawn.height = Math.round(HEIGHT * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(drawn);
    const most = Math.log1p(Math.max(...counts));
    context.fillStyle = style.getPropertyValue("--soft");
    counts.forEach((number, bar) => {
      const tall = most > 0 ? (HEIGHT * Math.log1p(number)) / most : 0;
      context.fillRect((bar * width) / BARS, HEIGHT - tall, width / BARS - 0.5, tall);
    });
    const { center, width: wide } = stage.view.window;
    const [left, right] = [center - wide / 2, center + wide / 2].map((value) =>
      Math.min(width - 1, Math.max(0, ((value - low) / (high - low)) * width)));
    context.strokeStyle = style.getPropertyValue("--accent");
    context.lineWidth = 2;
    context.strokeRect(left + 1, 1, Math.max(1, right - left - 2), HEIGHT - 2);
  };
  bench.when("view", draw);
  new ResizeObserver(draw).observe(drawn);
}

/**
 * How many pixels each bar has, from the least value that there is to the greatest.
 * @param {Frame<OriginalHeader>} original
 */
function count({ header, samples }) {
  let [least, most] = [Infinity, -Infinity];
  for (const sample of samples) {
    least = Math.min(least, sample);
    most = Math.max(most, sample);
  }
  const counts = new Float64Array(BARS);
  const step = Math.max(1, most - least + 1) / BARS;
  for (const sample of samples) counts[Math.floor((sample - least) / step)] += 1;
  const { slope, intercept } = header;
  return { counts, low: slope * least + intercept, high: slope * (most + 1) + intercept };
}
