// What networks that are given the whole image find in it, before compression and after it, in
// numbers. Computes no answer.
import { className } from "./class_names.js";
import { byId, element } from "./elements.js";
import { explained } from "./help.js";
import { signed } from "./numbers.js";
import { chooseRegime, regimePlace } from "./regimes.js";
/** @import { Bench } from "./bench.js" */

/** @param {Bench} bench */
export function wholeImages(bench) {
  /** @type {WholeImageAnswers | null} */
  let shown = null;
  bench.when("answers", () => {
    const asked = bench.regimesOf("searching").length + bench.regimesOf("outlining").length > 0;
    byId("findings-table").hidden = !asked;
    const { found } = bench.stage;
    if (!found || found === shown || !bench.truth) return;
    shown = found;
    byId("findings-table").replaceChildren(...shownParts(bench, found, bench.truth));
    if (found.decoded.marks) chooseRegime(bench, "regime-searching", bench.regimesOf("searching"));
    if (found.decoded.contours) chooseRegime(bench, "regime-outlining", bench.regimesOf("outlining"));
  });
}

/**
 * @param {Bench} bench
 * @param {WholeImageAnswers} found
 * @param {Truth} truth
 */
function shownParts(bench, { original, decoded, other }, truth) {
  const columns = /** @type {[string, WholeImageAnswer | null][]} */ ([
    ["original", original], [bench.decodedName, decoded], [bench.otherName, other],
  ]).filter(([, answer]) => answer);
  const parts = [];
  if (decoded.marks) parts.push(...searchParts(columns, decoded.marks, truth));
  if (decoded.contours) parts.push(...outlineParts(columns, decoded.contours, truth));
  return parts;
}

/**
 * @param {[string, WholeImageAnswer | null][]} columns
 * @param {Marks} marks
 * @param {Truth} truth
 */
function searchParts(columns, { networks, false_per_image }, truth) {
  const rows = truth.regions.map((region, number) => [
    `${number + 1}: ${className(truth.classes, region.class)} ${signed(region.contrast ?? 0)} ${truth.contrast_unit}`,
    ...columns.map(([, answer]) => `${answer?.marks?.found[number]} of ${networks}`),
  ]);
  rows.push(["false marks, of all", ...columns.map(([, answer]) => String(answer?.marks?.false_marks.length))]);
  const counts = truth.regions.length === 0 ? "This image holds no target." : "Networks that mark each target.";
  return [
    element("h3", {}, "Networks’ marks", ...explained("marks", "the marks")),
    regimePlace("regime-searching"),
    element("p", {}, `${counts} Marks count from the rating at which uncompressed test images hold ${false_per_image} false ones on average.`),
    table("Marks by target", ["target", ...columns.map(([name]) => name)], rows),
  ];
}

/**
 * @param {[string, WholeImageAnswer | null][]} columns
 * @param {Contours} contours
 * @param {Truth} truth
 */
function outlineParts(columns, { networks }, truth) {
  const rows = [];
  for (const [number, region] of truth.regions.entries()) {
    if (region.contrast === null) continue;
    rows.push([
      `${number + 1}: ${className(truth.classes, region.class)} ${signed(region.contrast)} ${truth.contrast_unit}`,
      ...columns.map(([, answer]) => answer?.contours?.dice[number]?.toFixed(2) ?? "–"),
    ]);
  }
  const mean = (/** @type {WholeImageAnswer | null} */ answer) => {
    const dice = (answer?.contours?.dice ?? []).filter((value) => value !== null);
    return dice.length === 0 ? "–" : (dice.reduce((sum, value) => sum + value, 0) / dice.length).toFixed(3);
  };
  rows.push(["mean", ...columns.map(([, answer]) => mean(answer))]);
  return [
    element("h3", {}, "Networks’ outlines", ...explained("dice", "the Dice coefficient")),
    regimePlace("regime-outlining"),
    element("p", {}, `Dice coefficient of each target, mean over ${networks} ${networks === 1 ? "network" : "networks"}.`),
    table("Dice by target", ["target", ...columns.map(([name]) => name)], rows),
  ];
}

/**
 * @param {string} label
 * @param {string[]} head
 * @param {string[][]} rows
 */
function table(label, head, rows) {
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    element("table", {},
      element("thead", {}, element("tr", {}, ...head.map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, ...rows.map(([name, ...values]) => element("tr", {},
        element("th", { scope: "row" }, name), ...values.map((value) => element("td", {}, value)))))));
}
