"use strict";
// @ts-check
// The four artefacts of Urbaniak 2024, Table 2: where each shows on the bench, and what it hides.

/**
 * @typedef {{ id: string, title: string, codecs: string, seen: string, note?: string, hides: string,
 *   asked: Asked, view: Partial<View>, place: { row: number, column: number, across: number } }} Story
 * `across` is the number of image columns that fill the stage.
 */

/** Phantom on which the places lie. */
const STORY_PHANTOM = "ct-head";

/** @type {Story[]} */
const STORIES = [
  {
    id: "blocking",
    title: "Blocking",
    codecs: "JPEG",
    seen:
      "JPEG codes every square of 8×8 pixels alone. When few coefficients are left, each square " +
      "falls back on its own mean and a ripple or two, and the borders between squares become " +
      "edges that nobody has. With the grid on, every step in the brain lies on a line.",
    hides:
      "A small lesion or a microcalcification is about as large as a block. It is smeared over " +
      "its block, cut at the border, or drowned among edges of the same size and contrast.",
    asked: { codec: "jpeg", path: "windowed", ratio: 60, generations: 1 },
    view: { mode: "divider", right: "decoded", shows: "pixels", grid: true, blocks: false, targets: false, divider: 0.5 },
    place: { row: 280, column: 256, across: 120 },
  },
  {
    id: "ringing",
    title: "Ringing",
    codecs: "JPEG",
    seen:
      "The skull is a sharp edge. Its blocks need all frequencies; those that are cut leave waves " +
      "that run along the edge and as far into the brain as the block reaches: bands where the " +
      "original is flat.",
    note: "The noise is turned off here, so that only the waves remain.",
    hides:
      "Halos shift and double borders. A thin bleed along the inside of the skull lies exactly " +
      "where they are, and a width measured from edge to edge is no longer the width.",
    asked: { codec: "jpeg", path: "windowed", ratio: 100, generations: 1, noise: 0 },
    view: { mode: "divider", right: "decoded", shows: "pixels", grid: false, blocks: false, targets: false, divider: 0.3 },
    place: { row: 88, column: 266, across: 112 },
  },
  {
    id: "ripple",
    title: "Wavelet ripple",
    codecs: "JPEG 2000",
    seen:
      "JPEG 2000 has no blocks in the image. What it drops are wavelets, and each one that is " +
      "kept without its neighbours shows its own shape: strokes and smudges beside edges, with " +
      "nothing in the original beneath them. The wavelet map shows how few are left.",
    hides:
      "Small vessels and slight differences of texture: the strokes imitate them where there are " +
      "none and replace them where they are.",
    asked: { codec: "jpeg2000", path: "windowed", ratio: 60, generations: 1 },
    view: { mode: "divider", right: "decoded", shows: "pixels", grid: false, blocks: false, targets: false, divider: 0.36 },
    place: { row: 200, column: 262, across: 150 },
  },
  {
    id: "blurring",
    title: "Blurring",
    codecs: "JPEG, JPEG 2000",
    seen:
      "High frequencies cost most and go first. Noise goes with them, and the image even looks " +
      "better; but the outlines of small things go too. Corners of squares and triangles round " +
      "off until every shape is a spot.",
    hides:
      "The edge of a tumour and fine structure of tissue: whether a border is sharp or diffuse " +
      "is often the diagnosis.",
    asked: { codec: "jpeg2000", path: "native", ratio: 30, generations: 1 },
    view: { mode: "divider", right: "decoded", shows: "pixels", grid: false, blocks: false, targets: true, divider: 0.5 },
    place: { row: 300, column: 256, across: 130 },
  },
];
