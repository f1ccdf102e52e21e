// The table of the networks' answers, region by region. Computes none of them.
import { className } from "./class_names.js";
import { byId, element } from "./elements.js";
import { explained } from "./help.js";
import { signed } from "./numbers.js";
import { chooseRegime, regimePlace } from "./regimes.js";
/** @import { Bench } from "./bench.js" */

/** @param {Bench} bench */
export function answers(bench) {
  /** @type {Reading | null} */
  let shown = null;
  bench.when("answers", () => {
    byId("reading").hidden = bench.regimesOf("identifying").length === 0;
    const { reading } = bench.stage;
    if (!reading || reading === shown || !bench.truth) return;
    shown = reading;
    show(bench, reading, bench.truth);
  });
}

/**
 * @param {Bench} bench
 * @param {Reading} reading
 * @param {Truth} truth
 */
function show(bench, reading, truth) {
  const { networks, accuracy } = reading;
  const head = ["truth", truth.contrast_unit, "answer", "votes", "p"];
  byId("reading").replaceChildren(
    element("h3", {}, "Networks’ answers", ...explained("regime", "the training")), regimePlace("regime"),
    element("p", {}, `${(100 * accuracy).toFixed(1)} % correct, over ${networks} ${networks === 1 ? "network" : "networks"} and ${truth.regions.length} regions.`),
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Answers by region" },
      element("table", {},
        element("thead", {}, element("tr", {}, ...head.map((name) => element("th", { scope: "col" }, name, ...explained(name, name))))),
        element("tbody", {}, ...truth.regions.map((region, number) =>
          answerRow(truth, region, reading.answers[number], networks))))));
  chooseRegime(bench, "regime", bench.regimesOf("identifying"));
}

/**
 * @param {Truth} truth
 * @param {Region} region
 * @param {Answer} answer
 * @param {number} networks
 */
function answerRow(truth, region, { votes, probability }, networks) {
  const best = votes.indexOf(Math.max(...votes));
  const correct = best === region.class;
  return element("tr", {},
    element("th", { scope: "row" }, className(truth.classes, region.class)),
    element("td", {}, region.contrast === null ? "" : signed(region.contrast)),
    element("td", { class: correct ? "right" : "wrong" }, correct ? "✓ right" : `✗ ${className(truth.classes, best)}`),
    element("td", {}, `${votes[best]}/${networks}`),
    element("td", {}, probability[best].toFixed(2)));
}
