// What is chosen on the page, and the queries that follow. Knows no element and no server.

/**
 * @typedef {{ phantom: string, upload: string | null, case: number, contrast: number | null,
 *   radius: number | null, noise: number | null, path: InputPath, codec: CodecName,
 *   against: CodecName, ratio: number, quality: number | null, generations: number, regime: Regime }} Settings
 * `null` leaves contrast, radius and noise as the phantom defines them, and the level to the ratio;
 * `against` is the second codec where two are compared.
 */

/**
 * @param {Catalogue} catalogue
 * @returns {Settings}
 */
export function initialSettings(catalogue) {
  // Networks of which none says a shape have answers for images to be searched alone.
  const { run, phantoms } = catalogue;
  const searches = run && run.identifying.length + run.outlining.length === 0;
  const first = phantoms.find(({ searched_of }) => searches && searched_of === run.phantom) ?? phantoms[0];
  return {
    phantom: first.id, upload: null, case: 0, contrast: null, radius: null,
    noise: null, path: "native", codec: "jpeg2000", against: "jpeg", ratio: 20, quality: null, generations: 1,
    regime: "original",
  };
}

/**
 * The phantom that is chosen.
 * @param {Settings} settings
 * @param {Catalogue} catalogue
 */
export function phantomOf(settings, { phantoms }) {
  return phantoms.find((phantom) => phantom.id === settings.phantom) ?? phantoms[0];
}

/**
 * The bounds of contrast, radius and noise; `null` where the phantom has not a single number.
 * @param {Phantom} phantom
 * @returns {["contrast" | "radius" | "noise", Bounds | null][]}
 */
export function changeable({ contrast, radius_mm, noise }) {
  return [["contrast", contrast], ["radius", radius_mm], ["noise", noise]];
}

/**
 * What the original depends on.
 * @param {Settings} settings
 * @param {GreyWindow | null} codecWindow of the windowed path; `null` for the image's own
 * @returns {ImageQuery}
 */
export function originalQuery(settings, codecWindow) {
  const { phantom, upload, case: number, contrast, radius, noise, path } = settings;
  const window = path === "windowed" && codecWindow ? codecWindow : {};
  if (upload) return { upload, path, ...window };
  return { phantom, case: number, contrast, radius, noise, path, ...window };
}

/**
 * What the decoded image depends on.
 * @param {Settings} settings
 * @param {GreyWindow | null} codecWindow
 * @returns {ImageQuery}
 */
export function renditionQuery(settings, codecWindow) {
  const { codec, ratio, quality, generations } = settings;
  const query = { ...originalQuery(settings, codecWindow), codec, generations };
  if (codec === "lossless") return query;
  return quality === null ? { ...query, ratio } : { ...query, quality };
}

/**
 * The other image where two codecs are compared: at the same ratio.
 * @param {Settings} settings
 * @param {GreyWindow | null} codecWindow
 * @returns {ImageQuery}
 */
export function againstQuery(settings, codecWindow) {
  return renditionQuery({ ...settings, codec: settings.against, quality: null }, codecWindow);
}

/**
 * Settings in which the second codec is not the first.
 * @param {Settings} settings changed in place
 * @param {CodecName} [before] the first codec before a change
 */
export function tellCodecsApart(settings, before) {
  const { codec, against } = settings;
  if (codec !== against) return;
  const free = before && before !== codec && before !== "lossless" ? before : null;
  settings.against = free ?? (codec === "jpeg2000" ? "jpeg" : "jpeg2000");
}

/**
 * The level as text.
 * @param {Settings} settings
 */
export function levelText({ codec, ratio, quality }) {
  if (codec === "lossless") return "lossless";
  return quality === null ? `${ratio}:1` : `Q ${quality}`;
}
