// The selected target: its truth, the ideal observer's d′ and the networks' answers. Computes none
// of them.
import { className } from "./class_names.js";
import { byId, element, select } from "./elements.js";
import { explained } from "./help.js";
import { signed } from "./numbers.js";
/** @import { Bench } from "./bench.js" */

/** @param {Bench} bench */
export function target(bench) {
  select("region").addEventListener("change", () => bench.select(Number(select("region").value)));
  bench.when("target", () => {
    const { truth } = bench;
    byId("target").hidden = !truth || truth.regions.length === 0;
    if (!truth || truth.regions.length === 0) return;
    showRegions(truth, bench.stage.region);
    byId("target-figures").replaceChildren(...rows(bench, truth).map(([name, value]) =>
      element("div", { class: value === null ? "waiting" : "" },
        element("dt", {}, name, ...(name.includes("d′") ? explained("detectability", "d′") : [])),
        element("dd", {}, value ?? "…"))));
  });
}

/**
 * @param {Truth} truth
 * @param {number} selected
 */
function showRegions(truth, selected) {
  const regions = select("region");
  const names = truth.regions.map((region, number) => {
    const contrast = region.contrast === null ? "" : ` ${signed(region.contrast)} ${truth.contrast_unit}`;
    return `${number + 1}: ${className(truth.classes, region.class)}${contrast}`;
  });
  if ([...regions.options].map((option) => option.text).join() !== names.join()) {
    regions.replaceChildren(...names.map((name, number) => element("option", { value: number }, name)));
  }
  regions.value = String(selected);
}

/**
 * Names and values; `null` until the value is known.
 * @param {Bench} bench
 * @param {Truth} truth
 */
function rows({ stage, detectability }, truth) {
  const { radius_mm } = truth.regions[stage.region];
  /** @type {[string, string | null][]} */
  const found = [
    ["Radius", radius_mm === null ? "–" : `${radius_mm.toFixed(2)} mm`],
    ["Ideal observer’s d′ before compression",
      detectability === undefined ? null : detectability?.toFixed(1) ?? "–"],
  ];
  if (!stage.reading) return found;
  const { networks, answers } = stage.reading;
  const { votes, probability } = answers[stage.region];
  for (const [at, count] of votes.entries()) {
    if (count === 0) continue;
    found.push([`classified as ${className(truth.classes, at)}`, `${count} of ${networks}, p ${probability[at].toFixed(2)}`]);
  }
  return found;
}
