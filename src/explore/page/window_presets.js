// Presets of the window, by what the values are. Draws nothing.
import { element, select } from "./elements.js";
/** @import { Bench } from "./bench.js" */

/**
 * Centre and width of windows for CT in HU, as readers use them (Hounsfield units; radiopaedia.org,
 * "Windowing (CT)").
 * @type {[string, GreyWindow][]}
 */
const OF_CT = [
  ["Brain", { center: 40, width: 80 }], ["Stroke", { center: 40, width: 40 }],
  ["Subdural", { center: 75, width: 215 }], ["Soft tissue", { center: 50, width: 400 }],
  ["Mediastinum", { center: 50, width: 350 }], ["Liver", { center: 30, width: 150 }],
  ["Lung", { center: -600, width: 1500 }], ["Bone", { center: 400, width: 1800 }],
];

/** Shares of the pixels below and above the window of most values. */
const TAILS = [0.01, 0.99];

/** @param {Bench} bench */
export function windowPresets(bench) {
  const presets = select("window-preset");
  presets.addEventListener("change", () => choose(bench, presets.value));
  bench.when("view", () => {
    const { original, stage } = bench;
    if (!original) return;
    const names = ["Default", "All values", "98 % of the pixels"];
    if (original.header.unit === "HU") names.push(...OF_CT.map(([name]) => name));
    if ([...presets.options].map(({ text }) => text).join() !== ["–", ...names].join()) {
      presets.replaceChildren(element("option", { value: "" }, "–"),
        ...names.map((name) => element("option", { value: name }, name)));
    }
    const { center, width } = stage.view.window;
    const is = (/** @type {GreyWindow} */ other) => other.center === center && other.width === width;
    const named = OF_CT.find(([name, it]) => names.includes(name) && is(it));
    presets.value = is(original.header.window) ? "Default" : named?.[0] ?? "";
  });
}

/**
 * @param {Bench} bench
 * @param {string} name
 */
function choose(bench, name) {
  if (name === "Default") bench.useOwnWindow();
  if (name === "All values") bench.showAllValues();
  const named = OF_CT.find(([other]) => other === name);
  const chosen = name === "98 % of the pixels" ? most(bench) : named?.[1];
  if (!chosen) return;
  bench.stage.set({ window: { ...chosen } });
  bench.commitWindow();
}

/**
 * The window from the first to the last but one per cent of the pixels.
 * @param {Bench} bench
 * @returns {GreyWindow | undefined}
 */
function most({ original }) {
  if (!original) return undefined;
  const { slope, intercept } = original.header;
  const sorted = original.samples.slice().sort();
  const [low, high] = TAILS.map((share) =>
    slope * sorted[Math.round(share * (sorted.length - 1))] + intercept);
  return { center: (low + high) / 2, width: Math.max(2, high - low) };
}
