// Settings and view in the address of the page, so that a link leads to what is shown. Changes no
// control.
import { nearest } from "./numbers.js";
import { changeable, phantomOf, tellCodecsApart } from "./settings.js";
/** @import { Settings } from "./settings.js" */
/** @import { View } from "./view.js" */

/**
 * @typedef {{ view: Partial<View>, region: number, story: string, quiz: boolean,
 *   presents: boolean }} Linked
 * What an address says beside the settings: parts of the view, the selected region (−1 for none),
 * the story that is told, whether the quiz has begun, and whether the stories fill the screen.
 */

/** Words of the view. */
const WORDS = /** @type {const} */ ({
  mode: ["divider", "side", "codecs", "flicker"], right: ["decoded", "difference"],
  shows: ["pixels", "dct", "wavelet"], tool: ["window", "pan", "profile"],
});

const OVERLAYS = /** @type {const} */ (["grid", "blocks", "targets", "findings"]);

/** Decimals in the address; enough for a hundredth of a pixel. */
const DECIMALS = 4;

/** @param {number} value */
function short(value) {
  return String(Number(value.toFixed(DECIMALS)));
}

/**
 * The address of what is shown; an uploaded image has no link.
 * @param {Settings} settings
 * @param {Linked} linked of the view no zoom and place where the whole image is shown, and no window
 *   where it is the image's own
 */
export function addressOf(settings, { view, region, story, quiz, presents }) {
  const { upload: _, regime, ...chosen } = settings;
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...chosen, regime })) {
    if (value !== null) query.set(key, String(value));
  }
  for (const key of /** @type {(keyof typeof WORDS)[]} */ (Object.keys(WORDS))) {
    if (view[key]) query.set(key, view[key]);
  }
  const overlays = OVERLAYS.filter((key) => view[key]);
  if (overlays.length > 0) query.set("overlays", overlays.join("."));
  for (const key of /** @type {const} */ (["gain", "divider", "zoom", "row", "column"])) {
    const value = view[key];
    if (value !== undefined) query.set(key, short(value));
  }
  if (view.window) {
    query.set("center", short(view.window.center));
    query.set("width", short(view.window.width));
  }
  if (view.tool === "profile" && view.profile) query.set("profile", view.profile.map(short).join("_"));
  if (region >= 0) query.set("region", String(region));
  if (story) query.set("story", story);
  if (quiz) query.set("quiz", "1");
  if (presents) query.set("present", "1");
  return `#${query}`;
}

/**
 * Takes the settings of the address that are possible, and gives what else it says.
 * @param {Settings} settings changed in place
 * @param {Catalogue} catalogue
 * @param {boolean} isStatic whether only precomputed levels can be shown
 * @returns {Linked}
 */
export function readAddress(settings, catalogue, isStatic) {
  if (!location.hash.includes("=")) return { view: {}, region: -1, story: "", quiz: false, presents: false };
  const query = new URLSearchParams(location.hash.slice(1));
  readSettings(query, settings, catalogue, isStatic);
  return {
    view: viewOf(query),
    region: Math.round(numberOf(query, "region", 0, 10_000) ?? -1),
    story: query.get("story") ?? "",
    quiz: query.get("quiz") === "1",
    presents: query.get("present") === "1",
  };
}

/**
 * A number of the address within its bounds.
 * @param {URLSearchParams} query
 * @param {string} key
 * @param {number} low
 * @param {number} high
 * @returns {number | null}
 */
function numberOf(query, key, low, high) {
  const text = query.get(key);
  const value = Number(text);
  return text && value >= low && value <= high ? value : null;
}

/**
 * @param {URLSearchParams} query
 * @param {Settings} settings changed in place
 * @param {Catalogue} catalogue
 * @param {boolean} isStatic
 */
function readSettings(query, settings, catalogue, isStatic) {
  /** @type {(key: string, low: number, high: number) => number | null} */
  const number = (key, low, high) => numberOf(query, key, low, high);
  const phantom = query.get("phantom") ?? "";
  if (catalogue.phantoms.some(({ id }) => id === phantom)) settings.phantom = phantom;
  const codec = query.get("codec") ?? "";
  if (Object.hasOwn(catalogue.codecs, codec)) settings.codec = codec;
  const against = query.get("against") ?? "";
  if (Object.hasOwn(catalogue.codecs, against) && against !== "lossless") settings.against = against;
  tellCodecsApart(settings);
  const path = query.get("path");
  if (path === "native" || path === "windowed") settings.path = path;
  const regime = query.get("regime");
  if (regime === "original" || regime === "mixed") settings.regime = regime;
  settings.case = Math.round(number("case", 0, catalogue.cases - 1) ?? settings.case);
  const generations = number("generations", 1, catalogue.most_generations);
  settings.generations = Math.round(generations ?? settings.generations);
  const ratio = number("ratio", 1, 1000);
  if (ratio !== null) settings.ratio = nearest(catalogue.ratios, ratio);
  if (isStatic) return;
  const quality = number("quality", 1, 100);
  if (quality !== null) settings.quality = Math.round(quality);
  for (const [key, bounds] of changeable(phantomOf(settings, catalogue))) {
    if (bounds) settings[key] = number(key, bounds.least, bounds.most);
  }
}

/**
 * @param {URLSearchParams} query
 * @returns {Partial<View>}
 */
function viewOf(query) {
  /** @type {Partial<View>} */
  const view = {};
  for (const [key, words] of Object.entries(WORDS)) {
    const word = (/** @type {readonly string[]} */ (words)).find((it) => it === query.get(key));
    if (word) Object.assign(view, { [key]: word });
  }
  const overlays = (query.get("overlays") ?? "").split(".");
  for (const key of OVERLAYS) view[key] = overlays.includes(key);
  const bounds = /** @type {const} */ ([["gain", 0.1, 1000], ["divider", 0, 1], ["zoom", 0.01, 100],
    ["row", 0, 1e5], ["column", 0, 1e5]]);
  for (const [key, low, high] of bounds) {
    const value = numberOf(query, key, low, high);
    if (value !== null) view[key] = value;
  }
  const [center, width] = [numberOf(query, "center", -1e6, 1e6), numberOf(query, "width", 1.5, 1e6)];
  if (center !== null && width !== null) view.window = { center, width };
  const profile = (query.get("profile") ?? "").split("_").map(Number);
  if (profile.length === 4 && profile.every(Number.isFinite)) {
    view.profile = [profile[0], profile[1], profile[2], profile[3]];
  }
  return view;
}
