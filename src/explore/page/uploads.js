// Takes the user's own image: chosen as a file or dropped on the page. Reads no pixel.
import { button, byId, input } from "./elements.js";
import { messageOf } from "./errors.js";
/** @import { Bench } from "./bench.js" */

/** @param {Bench} bench */
export function uploads(bench) {
  const file = input("file");
  file.disabled = bench.source.isStatic;
  if (bench.source.isStatic) {
    byId("drop-hint").textContent = "This is an exported copy. To compress your own images, run phantom-limit explore.";
  }
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    if (chosen) take(bench, chosen);
    file.value = "";
  });
  button("back").addEventListener("click", () => bench.change({ upload: null }));
  const { body } = document;
  body.addEventListener("dragover", (event) => {
    event.preventDefault();
    body.classList.add("dragging");
  });
  body.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) body.classList.remove("dragging");
  });
  body.addEventListener("drop", (event) => {
    event.preventDefault();
    body.classList.remove("dragging");
    const dropped = event.dataTransfer?.files[0];
    if (dropped) take(bench, dropped);
  });
  bench.when("settings", () => {
    const uploaded = bench.settings.upload !== null;
    button("back").hidden = !uploaded;
    byId("drop-note").textContent = uploaded ? bench.original?.header.note ?? "" : "";
  });
}

/**
 * @param {Bench} bench
 * @param {File} file
 */
async function take(bench, file) {
  const { bytes } = bench.catalogue.upload;
  if (file.size > bytes && !bench.source.isStatic) {
    bench.report(`The file is larger than ${Math.round(bytes / 2 ** 20)} MB.`);
    return;
  }
  try {
    const upload = await bench.source.upload(file);
    await bench.change({ upload });
    bench.stage.fit();
  } catch (error) {
    bench.report(messageOf(error));
  }
}
