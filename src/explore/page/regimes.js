// The choice of the images that networks were trained on. Asks no network.
import { element } from "./elements.js";
import { Segments } from "./segments.js";
/** @import { Bench } from "./bench.js" */

const REGIME_NAMES = { original: "on originals", mixed: "on all levels" };

/**
 * Its place, to be filled by {@link chooseRegime}.
 * @param {string} id
 */
export function regimePlace(id) {
  return element("div", { class: "segments small", id, role: "radiogroup", "aria-label": "Networks trained on" });
}

/**
 * Fills a place that stands in the page.
 * @param {Bench} bench
 * @param {string} id
 * @param {Regime[]} regimes
 */
export function chooseRegime(bench, id, regimes) {
  const options = regimes.map((regime) => /** @type {[string, string]} */ ([regime, REGIME_NAMES[regime]]));
  new Segments(id, options, bench.settings.regime, (chosen) =>
    bench.chooseRegime(chosen === "mixed" ? "mixed" : "original"));
}
