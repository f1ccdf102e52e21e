// The four artefacts of Urbaniak 2024, Table 2: the settings and the place that show each, and what
// it can hide. Holds no code.
/** @import { View } from "./view.js" */

/**
 * @typedef {{ id: string, title: string, codecs: string, seen: string, note?: string, hides: string,
 *   settings: { codec: CodecName, path: InputPath, ratio: number, noise?: number },
 *   view: Partial<View>, place: { row: number, column: number, across: number } }} Story
 * `note` holds only where the noise can be changed; `across` is how many pixels of the image the shorter
 * side of a pane shows.
 */

/** Phantom on which the places lie. */
export const STORY_PHANTOM = "ct-head";

/** @type {Story[]} */
export const STORIES = [
  {
    id: "blocking",
    title: "Blocking",
    codecs: "JPEG",
    seen:
      "JPEG codes each square of 8×8 pixels separately. When few coefficients remain, a square is " +
      "reduced to its mean and one or two waves, and the borders between squares become edges: " +
      "straight ones, eight pixels apart, that are not in the original.",
    hides:
      "A small lesion or a microcalcification is about as large as a block. It is smeared over " +
      "its block, cut off at the border, or lost among edges of the same size and contrast.",
    settings: { codec: "jpeg", path: "windowed", ratio: 60 },
    view: { mode: "divider", right: "decoded", shows: "pixels", grid: false, blocks: false, targets: false, divider: 0.5 },
    place: { row: 280, column: 256, across: 90 },
  },
  {
    id: "ringing",
    title: "Ringing",
    codecs: "JPEG, JPEG 2000",
    seen:
      "The skull is the sharpest edge of the image, and a codec builds it from waves. Those that it " +
      "drops leave the others without their counterparts: dark and bright patches along the " +
      "inside of the skull, where the original is smooth.",
    note: "The noise is switched off here, so that only the waves remain.",
    hides:
      "The waves shift and double borders. A thin bleed along the inside of the skull lies exactly " +
      "where they are, and a width measured from edge to edge is no longer correct.",
    settings: { codec: "jpeg2000", path: "native", ratio: 100, noise: 0 },
    view: { mode: "side", right: "decoded", shows: "pixels", grid: false, blocks: false, targets: false, gain: 4 },
    place: { row: 106, column: 328, across: 30 },
  },
  {
    id: "ripple",
    title: "Wavelet ripple",
    codecs: "JPEG 2000",
    seen:
      "JPEG 2000 leaves no blocks in the image. It drops wavelet coefficients, and one that is " +
      "kept without its neighbours shows the shape of its wavelet: strokes and smudges, with " +
      "nothing in the original below them. The wavelet view shows how few are left.",
    hides:
      "Small vessels and slight differences of texture: the strokes imitate them where there are " +
      "none, and replace them where there are.",
    settings: { codec: "jpeg2000", path: "windowed", ratio: 60 },
    view: { mode: "divider", right: "decoded", shows: "pixels", grid: false, blocks: false, targets: false, divider: 0.5 },
    place: { row: 200, column: 262, across: 110 },
  },
  {
    id: "blurring",
    title: "Blurring",
    codecs: "JPEG, JPEG 2000",
    seen:
      "High frequencies cost most and are dropped first. Noise goes with them, so that the image may " +
      "even look better, but so do outlines: the same triangle and square stand in both pictures, " +
      "and in the second they have lost their corners.",
    hides:
      "The edge of a tumour and the fine structure of tissue: the diagnosis often depends on " +
      "whether a border is sharp or diffuse.",
    settings: { codec: "jpeg2000", path: "windowed", ratio: 120 },
    view: { mode: "side", right: "decoded", shows: "pixels", grid: false, blocks: false, targets: false, gain: 4 },
    place: { row: 344, column: 228, across: 34 },
  },
];
