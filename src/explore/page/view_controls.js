// Controls of the view: comparison, representation, tool, overlays, zoom, window and gain. Draws
// nothing.
import { button, byId, input } from "./elements.js";
import { shortNumber } from "./numbers.js";
import { Segments } from "./segments.js";
import { besideOf, differenceRange } from "./view.js";
/** @import { Bench } from "./bench.js" */

/** Factor of the zoom buttons. */
const ZOOM = 1.4;

const OVERLAYS = /** @type {const} */ (["grid", "blocks", "targets", "findings"]);

/**
 * Segments that set one key of the view.
 * @template {"mode" | "right" | "shows" | "tool"} Key
 * @param {Bench} bench
 * @param {Key} key also the id of the element
 * @param {[Bench["stage"]["view"][Key], string][]} options
 */
function choice({ stage }, key, options) {
  const segments = new Segments(key, options, stage.view[key], (chosen) => {
    const option = options.find(([value]) => value === chosen);
    if (option) stage.set({ [key]: option[0] });
  });
  return () => segments.show(stage.view[key]);
}

/** @param {Bench} bench */
export function viewControls(bench) {
  const { stage } = bench;
  const choices = [
    choice(bench, "mode", [["divider", "Divider"], ["side", "Side by side"], ["codecs", "Two codecs"], ["flicker", "Flicker"]]),
    choice(bench, "right", [["decoded", "Decoded"], ["difference", "Difference"]]),
    choice(bench, "shows", [["pixels", "Pixels"], ["dct", "DCT"], ["wavelet", "Wavelets"]]),
    choice(bench, "tool", [["window", "Window"], ["pan", "Pan"], ["profile", "Profile"]]),
  ];
  for (const id of OVERLAYS) {
    button(id).addEventListener("click", () => stage.set({ [id]: !stage.view[id] }));
  }
  button("zoom-in").addEventListener("click", () => stage.zoomBy(ZOOM));
  button("zoom-out").addEventListener("click", () => stage.zoomBy(1 / ZOOM));
  button("zoom-fit").addEventListener("click", () => stage.fit());
  input("gain").addEventListener("input", () => stage.set({ gain: 2 ** Number(input("gain").value) }));
  for (const id of ["center", "width"]) {
    input(id).addEventListener("change", () => {
      const value = Number(input(id).value);
      if (!Number.isFinite(value)) return;
      stage.set({ window: { ...stage.view.window, [id]: value } });
      bench.commitWindow();
    });
  }
  button("view-reset").addEventListener("click", () => {
    bench.useOwnWindow();
    stage.fit();
  });
  bench.when("settings", () => {
    button("findings").hidden = bench.regimesOf("searching").length + bench.regimesOf("outlining").length === 0;
  });
  bench.when("view", () => {
    for (const showChoice of choices) showChoice();
    show(bench);
  });
}

/** @param {Bench} bench */
function show({ stage, original }) {
  const { view } = stage;
  for (const id of OVERLAYS) button(id).setAttribute("aria-pressed", String(view[id]));
  stage.root.classList.toggle("tall", besideOf(view.mode, view.right) !== null);
  for (const id of /** @type {const} */ (["center", "width"])) {
    if (document.activeElement !== input(id)) input(id).value = view.window[id].toFixed(1);
  }
  const ofValues = original?.header.unit;
  for (const it of document.querySelectorAll(".field .unit")) it.textContent = ofValues ? `, ${ofValues}` : "";
  const unit = view.shows === "pixels" ? original?.header.unit ?? "" : "";
  const gain = `× ${shortNumber(view.gain)}, full colour at ±${shortNumber(differenceRange(view))} ${unit}`;
  input("gain").value = String(Math.log2(view.gain));
  input("gain").setAttribute("aria-valuetext", gain);
  byId("gain-value").textContent = gain;
  byId("gain-field").hidden = view.mode !== "side" && view.right !== "difference";
}
