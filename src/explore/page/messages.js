// The message over the image, the values under the pointer and the last line of the page. Says
// nothing of its own.
import { byId } from "./elements.js";
/** @import { Bench } from "./bench.js" */

/** @param {string} text empty to hide the message */
export function showMessage(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = text === "";
}

/** @param {Bench} bench */
export function messages(bench) {
  bench.when("message", () => showMessage(bench.message));
  bench.when("busy", () => {
    byId("busy").hidden = !bench.isBusy;
    byId("bench").classList.toggle("busy", bench.isBusy);
    byId("stage").setAttribute("aria-busy", String(bench.isBusy));
  });
  bench.when("values", () => {
    byId("readout").textContent = bench.values;
  });
  const exported = bench.source.isStatic ? " or was exported with it" : "";
  byId("colophon").textContent = `phantom-limit ${bench.catalogue.version}. Everything on this page is computed on this machine${exported}; nothing is loaded from elsewhere. The image is a phantom, not a patient, and no figure here is clinical advice.`;
}
