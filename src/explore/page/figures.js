// The figures of the decoded image: size, fidelity and artefact indices. Computes none of them.
import { byId, element } from "./elements.js";
import { explained } from "./help.js";
import { minus, ratioText, shortNumber } from "./numbers.js";
/** @import { Bench } from "./bench.js" */

/**
 * @typedef {{ id: string, name: string, value: string | null, kind?: "major" }} Row
 * `value` is `null` until it is known.
 */

/** @param {Bench} bench */
export function figures(bench) {
  bench.when("figures", () => {
    const { figures: found, original } = bench;
    if (found && original) show(bench, found, original.header);
  });
}

/**
 * @param {Bench} bench
 * @param {Figures} found
 * @param {OriginalHeader} header
 */
function show(bench, found, header) {
  const { shown: { path = "native" }, other, similarity, catalogue } = bench;
  const rows = (/** @type {Row[]} */ first, /** @type {Row[] | null} */ second) =>
    first.map((it) => row(it, second && (second.find(({ id }) => id === it.id)?.value ?? (it.value && "–"))));
  byId("figures").replaceChildren(
    ...(other ? [columns(catalogue, bench.shown, other.query)] : []),
    ...rows(sizeRows(found, path), other && sizeRows(other.figures, path)),
    heading("Fidelity"),
    ...rows(fidelityRows(found, similarity, header), other && fidelityRows(other.figures, other.similarity, header)),
    heading("Artefact indices"),
    ...rows(artefactRows(similarity), other && artefactRows(other.similarity)),
  );
  byId("figures").classList.toggle("two", other !== null);
  const reached = byId("reached");
  reached.hidden = found.reached && (other?.figures.reached ?? true);
  reached.textContent = "The codec cannot reach this level; this is the closest that it comes.";
  const psnr = found.psnr_db === null ? "exact" : `${found.psnr_db.toFixed(1)} decibels`;
  const beside = other ? ` Beside it ${bench.otherName}.` : "";
  byId("stage-summary").textContent =
    `${header.title}, ${bench.decodedName}, ${found.bytes} bytes, PSNR ${psnr}.${beside}`;
}

/**
 * @param {Row} row
 * @param {string | null} second value of the second codec's image, if two are compared
 */
function row({ id, name, value, kind }, second) {
  return element("div", { class: value === null ? "pending" : kind ?? "" },
    element("dt", {}, name, ...explained(id, name)), element("dd", { id: `figure-${id}` }, value ?? "…"),
    ...(second === null ? [] : [element("dd", { id: `figure-other-${id}` }, second)]));
}

/**
 * The names of two codecs above their figures.
 * @param {Catalogue} catalogue
 * @param {ImageQuery} first
 * @param {ImageQuery} second
 */
function columns({ codecs }, first, second) {
  return element("div", { class: "codec-names" }, element("dt", {}, "Codec"),
    ...[first, second].map(({ codec = "" }) => element("dd", { class: codec }, codecs[codec] ?? codec)));
}

/** @param {string} name */
function heading(name) {
  return element("div", { class: "group-name" }, element("dt", {}, name), element("dd", {}));
}

/**
 * @param {Figures} found
 * @param {InputPath} path
 */
function sizeRows(found, path) {
  /** @type {Row[]} */
  const rows = [
    { id: "ratio", name: "Ratio, stored bits", value: ratioText(found.ratio_stored), kind: "major" },
    { id: "allocated", name: "on allocated bits", value: ratioText(found.ratio_allocated) },
  ];
  if (path === "windowed") rows.push({ id: "input", name: "on the codec’s 8 bits", value: ratioText(found.ratio_input) });
  rows.push(
    { id: "bpp", name: "Bits per pixel", value: found.bpp.toFixed(3) },
    { id: "bytes", name: "Bytes", value: found.bytes.toLocaleString("en").replaceAll(",", "\u202f") },
    { id: "headers", name: "of which headers", value: String(found.header_bytes) },
  );
  if (found.quality !== null) rows.push({ id: "quality", name: "JPEG quality", value: shortNumber(found.quality) });
  return rows;
}

/**
 * @param {Figures} found
 * @param {Similarity | null} similarity
 * @param {OriginalHeader} header
 * @returns {Row[]}
 */
function fidelityRows(found, similarity, { slope, unit }) {
  return [
    { id: "psnr", name: "PSNR", value: found.psnr_db === null ? "exact" : `${found.psnr_db.toFixed(2)} dB` },
    { id: "ssim", name: "SSIM (Gaussian)", value: similarity && (similarity.ssim?.toFixed(4) ?? "–") },
    { id: "max-error", name: "Largest error", value: `${shortNumber(found.max_error * slope)} ${unit}` },
  ];
}

/**
 * @param {Similarity | null} similarity
 * @returns {Row[]}
 */
function artefactRows(similarity) {
  return (/** @type {const} */ (["blocking", "ringing", "ripple", "blur"])).map((id) => ({
    id,
    name: id[0].toUpperCase() + id.slice(1),
    value: similarity && threeDecimals(similarity.artefacts[id]),
  }));
}

/**
 * Without the sign of a value that rounds to zero.
 * @param {number} value
 */
function threeDecimals(value) {
  return minus(value.toFixed(3).replace(/^-(?=[0.]+$)/, ""));
}
