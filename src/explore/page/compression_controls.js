// Controls of the compression: codec, its input, generations. Requests nothing.
import { byId, input } from "./elements.js";
import { Segments } from "./segments.js";
/** @import { Bench } from "./bench.js" */

/** @param {Bench} bench */
export function compressionControls(bench) {
  const { catalogue, settings, source } = bench;
  /** @type {[string, string][]} */
  const codecs = Object.entries(catalogue.codecs)
    .filter(([name]) => !source.isStatic || name !== "lossless")
    .map(([name, title]) => [name, name === "lossless" ? "lossless" : title]);
  const codec = new Segments("codec", codecs, settings.codec, (chosen) => bench.change({ codec: chosen }));
  const against = new Segments("against", [], settings.against, (chosen) => bench.change({ against: chosen }));
  bench.when("view", () => { byId("against-field").hidden = !bench.comparesCodecs; });
  const path = new Segments("path", [], settings.path, (chosen) =>
    bench.change({ path: chosen === "windowed" ? "windowed" : "native" }));
  const generations = input("generations");
  generations.max = String(catalogue.most_generations);
  generations.disabled = catalogue.most_generations === 1;
  generations.addEventListener("input", () => bench.change({ generations: Number(generations.value) }));
  bench.when("settings", () => {
    const times = settings.generations;
    document.body.dataset.codec = settings.codec;
    codec.show(settings.codec);
    against.options(codecs.filter(([name]) => name !== settings.codec && name !== "lossless"), settings.against);
    const bits = bench.original?.header.original_bits_stored ?? bench.phantom.bits_stored;
    path.options([["native", `${bits} stored bits`], ["windowed", "8 bits, windowed"]], settings.path);
    byId("path-hint").textContent = pathHint(bench);
    generations.value = String(times);
    byId("generations-value").textContent = times === 1 ? "once" : `${times} times in a row`;
  });
}

/** @param {Bench} bench */
function pathHint({ settings, original, figures, other, source }) {
  if (settings.path === "windowed") {
    const clipped = ((original?.header.clipped_share ?? 0) * 100).toFixed(0);
    const drag = source.isStatic ? "" : " Dragging the window changes the codec’s input.";
    return `The window clips ${clipped} % of the pixels to black or white, which leaves more bytes for the others.${drag}`;
  }
  const dropped = figures?.dropped_bits || other?.figures.dropped_bits;
  if (dropped) {
    return `JPEG holds 8 bits: the lowest ${dropped} bits of each value are dropped first.`;
  }
  return settings.upload === null ? "All stored values, with bone and air." : "All stored values.";
}
