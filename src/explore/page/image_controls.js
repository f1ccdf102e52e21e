// Controls of the image: phantom, number, target contrast and radius, noise. Requests nothing.
import { button, byId, element, input, select } from "./elements.js";
import { clamp, shortNumber } from "./numbers.js";
import { changeable } from "./settings.js";
/** @import { Bench } from "./bench.js" */

/** Steps of a slider between its bounds. */
const SLIDER_STEPS = 200;

/** @param {Bench} bench */
export function imageControls(bench) {
  const { catalogue } = bench;
  const phantom = select("phantom");
  phantom.replaceChildren(...catalogue.phantoms.map(({ id, title }) => element("option", { value: id }, title)));
  phantom.addEventListener("change", () =>
    bench.change({ phantom: phantom.value, contrast: null, radius: null, noise: null }));
  const number = input("case");
  number.max = String(catalogue.cases - 1);
  number.addEventListener("change", () =>
    bench.change({ case: clamp(Math.round(Number(number.value) || 0), 0, catalogue.cases - 1) }));
  button("another").addEventListener("click", () =>
    bench.change({ case: (bench.settings.case + 1) % catalogue.cases }));
  for (const [key] of changeable(bench.phantom)) {
    const slider = input(key);
    slider.addEventListener("input", () => bench.change({ [key]: Number(Number(slider.value).toPrecision(4)) }));
    button(`${key}-reset`).addEventListener("click", () => bench.change({ [key]: null }));
  }
  bench.when("settings", () => show(bench));
}

/** @param {Bench} bench */
function show({ settings, phantom, source }) {
  const uploaded = settings.upload !== null;
  select("phantom").value = settings.phantom;
  select("phantom").disabled = uploaded;
  input("case").value = String(settings.case);
  input("case").disabled = uploaded || source.isStatic;
  button("another").disabled = uploaded || source.isStatic;
  for (const [key, bounds] of changeable(phantom)) {
    const fixed = uploaded || source.isStatic || !bounds;
    input(key).disabled = fixed;
    button(`${key}-reset`).disabled = fixed;
    if (bounds) showSlider(key, bounds, settings[key]);
    else byId(`${key}-value`).textContent = "not a single number";
  }
}

/**
 * @param {string} id
 * @param {Bounds} bounds
 * @param {number | null} value `null` for what the phantom defines
 */
function showSlider(id, { least, most, usual: [low, high], unit }, value) {
  const slider = input(id);
  slider.min = String(least);
  slider.max = String(most);
  slider.step = String((most - least) / SLIDER_STEPS);
  slider.value = String(value ?? (low + high) / 2);
  const usual = low === high ? shortNumber(low) : `${shortNumber(low)}–${shortNumber(high)}`;
  const text = `${value === null ? usual : shortNumber(value)} ${unit}`;
  byId(`${id}-value`).textContent = text;
  slider.setAttribute("aria-valuetext", text);
  button(`${id}-reset`).setAttribute("aria-pressed", String(value === null));
}
