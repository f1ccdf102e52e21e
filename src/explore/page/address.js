// Settings in the address of the page, so that a link leads to what is shown. Changes no control.
import { nearest } from "./numbers.js";
import { changeable, phantomOf } from "./settings.js";
/** @import { Settings } from "./settings.js" */

/**
 * Writes the settings into the address; an uploaded image has no link.
 * @param {Settings} settings
 */
export function writeAddress(settings) {
  const { upload, regime: _, ...linked } = settings;
  if (upload) return;
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(linked)) if (value !== null) query.set(key, String(value));
  try {
    history.replaceState(null, "", `#${query}`);
  } catch {
    // A browser may refuse it for files, or if it happens too often.
  }
}

/**
 * Takes the settings of the address that are possible.
 * @param {Settings} settings changed in place
 * @param {Catalogue} catalogue
 * @param {boolean} isStatic whether only precomputed levels can be shown
 */
export function readAddress(settings, catalogue, isStatic) {
  if (!location.hash.includes("=")) return;
  const query = new URLSearchParams(location.hash.slice(1));
  /** @type {(key: string, low: number, high: number) => number | null} */
  const number = (key, low, high) => {
    const text = query.get(key);
    const value = Number(text);
    return text && value >= low && value <= high ? value : null;
  };
  const phantom = query.get("phantom") ?? "";
  if (catalogue.phantoms.some(({ id }) => id === phantom)) settings.phantom = phantom;
  const codec = query.get("codec") ?? "";
  if (Object.hasOwn(catalogue.codecs, codec)) settings.codec = codec;
  const path = query.get("path");
  if (path === "native" || path === "windowed") settings.path = path;
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
