// What numbers and controls mean, on a click on the sign beside them. Knows no value.
import { byId, element } from "./elements.js";

/** @type {Record<string, string>} */
const TEXTS = {
  ratio: "How many times fewer bits than the original's stored bits the file has, headers included. Higher is more compression.",
  allocated: "The same against the bits that a file allocates for each value: 16 where 12 are stored, so this ratio is higher.",
  input: "The same against the 8 bits of each value that the codec was given.",
  bpp: "Bits of the file for each pixel of the image. Lower is more compression.",
  bytes: "Length of the codestream, headers included, without the container of a DICOM file.",
  headers: "Bytes that describe the image and the coding, whatever is in it.",
  quality: "JPEG's quality, 1 to 100. It scales the steps to which coefficients are rounded; 100 is finest.",
  psnr: "Peak signal-to-noise ratio in dB: how small the mean squared error is against the largest stored value. Higher is closer to the original; it is no measure of what one can see.",
  ssim: "Structural similarity with a Gaussian window, at most 1, which means identical. Higher is closer to the original.",
  "max-error": "Largest difference of any pixel from the original.",
  blocking: "Steps at the borders of 8 × 8 blocks beyond those within blocks, against the original. 0: none more than in the original; higher: more. Negative: fewer.",
  ringing: "Waves beside strong edges that the original does not have. 0: none; higher: more. Negative: the original's noise beside edges was removed.",
  ripple: "Structure in places where the original is flat. 0: none; higher: more. Negative: noise was removed.",
  blur: "How much of the original's fine detail is gone. 0: none; towards 1: all. Negative: sharper than the original.",
  detectability: "d′, the ideal observer's detectability of this target against no target, in standard deviations, from 0. At 1 it is told from none in 76 % of pairs, at 3 in 98 %. It bounds every reader, on this image before compression.",
  p: "Mean probability that the networks give to this answer, 0 to 1.",
  marks: "Where networks that search see a target. A target is found by those whose mark lies on it; a cross on the image is a mark beside all targets.",
  dice: "Dice coefficient: twice the pixels that outline and target share over the pixels of both. 0: none are shared; 1: the same pixels.",
  votes: "How many of the networks give this answer.",
  answer: "The class that most networks choose.",
  view: "DCT: what JPEG codes, the cosines of each 8 × 8 block in place of its pixels; the mean is at its top left. Wavelets: what JPEG 2000 codes, coarse structure at the top left, finer detail to the right and below. 8×8 grid: the blocks of JPEG. Code-blocks: the squares of wavelet coefficients that JPEG 2000 codes apart. Targets: the regions that networks are asked about, with the first letter of the shape (– for none) and how many networks are right, mark it, or the Dice coefficient of their outlines. Networks: false marks as crosses, and what most networks outline. Difference: decoded minus original, in colour.",
  generations: "How often the image is compressed and decoded, each time from the last result.",
  noise: "Standard deviation of the image's noise, in the unit of its values. Once it is changed, limits of networks no longer hold and are not shown.",
  contrast: "Difference of a target from its surroundings, without sign; default: the range that the phantom defines, another value for each target. Once it is changed, limits of networks no longer hold and are not shown.",
  radius: "Radius in mm of a disk of the target's area; default: the range that the phantom defines. Once it is changed, limits of networks no longer hold and are not shown.",
  window: "Values from centre − width/2 to centre + width/2 are shown from black to white. With 8 bits, windowed, it is also what the codec gets.",
  against: "The codec of the third pane. It is asked for the same ratio on stored bits; the names of the panes say what each reached.",
  mode: "Divider: original on the left, decoded on the right of a line that can be moved. Side by side: original, decoded, difference. Two codecs: original and two codecs at one ratio. Flicker: both in turn; space switches by hand. Difference shows decoded minus original in place of decoded. Window, pan, profile: what dragging does.",
  gain: "How much differences are amplified. Colour is full at the value that stands here; beyond it nothing more is told apart.",
  ruler: "Level of compression, on a logarithmic scale of the ratio on stored bits; higher is smaller files. Below: ratios that guidelines recommend at most, and up to where networks were shown to lose no more than the margin, on images like this one.",
  regime: "Networks trained on originals only, or on images of all levels.",
  path: "Stored bits: the values as an archive keeps them. 8 bits, windowed: what the display window leaves of them, as images are exported.",
};

/** Controls that have no row of their own, with the element after which their sign stands. */
const CONTROLS = [
  ["view", "tool"], ["generations", "generations-value"], ["noise", "noise-value"], ["path", "path-label"],
  ["contrast", "contrast-value"], ["radius", "radius-value"], ["window", "window-name"], ["against", "against-label"],
  ["mode", "mode"], ["gain", "gain-value"], ["ruler", "ratio-label"],
];

/** What these controls are called. */
/** @type {Record<string, string>} */
const NAMES = {
  view: "shown here", generations: "a generation", noise: "σ", path: "the input of the codec", contrast: "the contrast",
  radius: "the radius", window: "the window", against: "the second codec", mode: "a comparison", gain: "the gain", ruler: "the ruler",
};

/**
 * The sign that explains something; nothing where there is no text.
 * @param {string} id
 * @param {string} name of what is explained
 * @returns {HTMLElement[]}
 */
export function explained(id, name) {
  const text = TEXTS[id];
  if (!text) return [];
  const sign = element("button", { type: "button", class: "sign", "aria-label": `What is ${name}?`, "data-help": id }, "?");
  sign.addEventListener("click", () => show(sign, name, text));
  return [sign];
}

export function explainControls() {
  for (const [id, after] of CONTROLS) {
    const name = NAMES[id] ?? id;
    byId(after).after(...explained(id, name));
  }
}

/**
 * @param {HTMLElement} sign
 * @param {string} name
 * @param {string} text
 */
function show(sign, name, text) {
  const help = byId("help");
  help.replaceChildren(element("strong", {}, name), element("p", {}, text));
  help.showPopover();
  const { left, bottom, top } = sign.getBoundingClientRect();
  const { width, height } = help.getBoundingClientRect();
  help.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  help.style.top = `${bottom + height + 8 > innerHeight ? Math.max(8, top - height - 6) : bottom + 6}px`;
}
