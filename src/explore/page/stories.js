// The four artefacts of Urbaniak 2024, Table 2: the settings and the place that show each, and what
// it can hide. Holds no code.
/** @import { View } from "./view.js" */

/**
 * @typedef {{ id: string, title: string, codecs: string, seen: string, note?: string, hides: string,
 *   settings: { codec: CodecName, path: InputPath, ratio: number, noise?: number },
 *   view: Partial<View>, place: { row: number, column: number, across: number } }} Story
 * `note` holds only where the noise can be changed; `across` is the number of image columns that
 * fill the stage.
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
      "reduced to its mean and one or two waves, and the borders between squares become edges " +
      "that are not in the original. With the grid on, every step in the brain lies on a grid line.",
    hides:
      "A small lesion or a microcalcification is about as large as a block. It is smeared over " +
      "its block, cut off at the border, or lost among edges of the same size and contrast.",
    settings: { codec: "jpeg", path: "windowed", ratio: 60 },
    view: { mode: "divider", right: "decoded", shows: "pixels", grid: true, blocks: false, targets: false, divider: 0.5 },
    place: { row: 280, column: 256, across: 120 },
  },
  {
    id: "ringing",
    title: "Ringing",
    codecs: "JPEG",
    seen:
      "The skull is a sharp edge, and its blocks need all frequencies. The frequencies that are " +
      "dropped leave waves along the edge, which reach as far into the brain as the block does: " +
      "bands where the original is flat.",
    note: "The noise is switched off here, so that only the waves remain.",
    hides:
      "The waves shift and double borders. A thin bleed along the inside of the skull lies exactly " +
      "where they are, and a width measured from edge to edge is no longer correct.",
    settings: { codec: "jpeg", path: "windowed", ratio: 100, noise: 0 },
    view: { mode: "divider", right: "decoded", shows: "pixels", grid: false, blocks: false, targets: false, divider: 0.3 },
    place: { row: 88, column: 266, across: 112 },
  },
  {
    id: "ripple",
    title: "Wavelet ripple",
    codecs: "JPEG 2000",
    seen:
      "JPEG 2000 leaves no blocks in the image. It drops wavelet coefficients, and one that is " +
      "kept without its neighbours shows the shape of its wavelet: strokes and smudges next to " +
      "edges, with nothing in the original below them. The wavelet view shows how few are left.",
    hides:
      "Small vessels and slight differences of texture: the strokes imitate them where there are " +
      "none, and replace them where there are.",
    settings: { codec: "jpeg2000", path: "windowed", ratio: 60 },
    view: { mode: "divider", right: "decoded", shows: "pixels", grid: false, blocks: false, targets: false, divider: 0.36 },
    place: { row: 200, column: 262, across: 150 },
  },
  {
    id: "blurring",
    title: "Blurring",
    codecs: "JPEG, JPEG 2000",
    seen:
      "High frequencies cost most and are dropped first. Noise disappears with them, so the image " +
      "may even look better, but so do the outlines of small objects. The corners of squares and " +
      "triangles become round, until every shape is a spot.",
    hides:
      "The edge of a tumour and the fine structure of tissue: the diagnosis often depends on " +
      "whether a border is sharp or diffuse.",
    settings: { codec: "jpeg2000", path: "native", ratio: 30 },
    view: { mode: "divider", right: "decoded", shows: "pixels", grid: false, blocks: false, targets: true, divider: 0.5 },
    place: { row: 300, column: 256, across: 130 },
  },
];
