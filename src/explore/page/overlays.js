// Draws on top of the image: the 8×8 grid, code-blocks, targets, the profile line, the name of each
// side and the colour scale of differences. Keeps nothing.
import { drawFindings } from "./findings.js";
import { decodedOf, DIFFERENCE_COLOURS, isDifference, waveletLevels } from "./layers.js";
import { shortNumber } from "./numbers.js";
import { waveletSides } from "./transforms.js";
import { differenceRange } from "./view.js";
/** @import { Place } from "./findings.js" */
/** @import { Pair } from "./layers.js" */
/** @import { Pane, Side, View } from "./view.js" */

/** Colours of the classes on a dark image (as in the report). */
const CLASS_COLOURS = ["#56b4e9", "#f0e442", "#ff8c42", "#66ddaa", "#f096c8", "#bebebe", "#a08cff",
  "#ffffff"];

/** Side of a code-block if the codestream does not say. */
const USUAL_BLOCK = 64;

/** Below so many CSS pixels per block the grid would hide the image. */
const LEAST_GRID = 4;

/** The smallest letters of a label, in CSS pixels. */
const LEAST_LABEL = 9;

const SHADE = "rgb(0 0 0 / 62%)";

/**
 * The overlays of one pane.
 * @param {Place} place
 * @param {Pair} pair
 * @param {Side} side that the pane shows
 * @param {View} view
 * @param {{ reading: Reading | null, found: WholeImageAnswers | null, region: number }} known what
 *   networks say, and the selected region, −1 for none
 */
export function drawOverlays(place, pair, side, view, { reading, found, region: selected }) {
  const { header } = pair.original;
  if (view.grid && place.zoom * 8 >= LEAST_GRID) drawGrid(place, header);
  if (view.blocks) drawCodeBlocks(place, pair.original.header, decodedOf(side, pair), view);
  if (view.shows !== "pixels") return;
  const its = found && answerOf(found, side);
  if (view.targets && header.truth) {
    drawTargets(place, header.truth, { reading: side.startsWith("other") ? null : reading, its }, selected);
  }
  if (view.findings && its) drawFindings(place, its);
  if (view.tool === "profile") drawProfileLine(place, view.profile);
}

/**
 * What networks find in the image that a side shows, or of which it shows the difference.
 * @param {WholeImageAnswers} found
 * @param {Side} side
 */
function answerOf({ original, decoded, other }, side) {
  if (side === "original") return original;
  return side.startsWith("other") ? other : decoded;
}

/**
 * Lines over the rectangle from left, top to right, bottom, at this spacing; in image pixels.
 * @param {Place} place
 * @param {[number, number, number, number]} rectangle
 * @param {number} stepX
 * @param {number} stepY
 */
function addLines({ context, x, y, zoom }, [left, top, right, bottom], stepX, stepY) {
  for (let column = left; column <= right; column += stepX) {
    const at = Math.round(x + column * zoom) + 0.5;
    context.moveTo(at, y + top * zoom);
    context.lineTo(at, y + bottom * zoom);
  }
  for (let row = top; row <= bottom; row += stepY) {
    const at = Math.round(y + row * zoom) + 0.5;
    context.moveTo(x + left * zoom, at);
    context.lineTo(x + right * zoom, at);
  }
}

/**
 * @param {Place} place
 * @param {OriginalHeader} header
 */
function drawGrid(place, { rows, columns }) {
  const { context, zoom } = place;
  context.strokeStyle = `rgb(255 208 0 / ${zoom >= 2 ? 42 : 26}%)`;
  context.lineWidth = 1;
  context.beginPath();
  addLines(place, [0, 0, columns, rows], 8, 8);
  context.stroke();
}

/**
 * Code-blocks: in the wavelet transform where they are coded; over pixels the squares that the
 * code-blocks of the finest level describe.
 * @param {Place} place
 * @param {OriginalHeader} header
 * @param {Frame<RenditionHeader> | null} decoded
 * @param {View} view
 */
function drawCodeBlocks(place, { rows, columns }, decoded, view) {
  const { context } = place;
  const wavelet = decoded?.header.figures.wavelet;
  const levels = waveletLevels(decoded);
  const width = wavelet?.code_block_columns ?? USUAL_BLOCK;
  const height = wavelet?.code_block_rows ?? USUAL_BLOCK;
  context.strokeStyle = "rgb(102 221 255 / 70%)";
  context.lineWidth = 1;
  context.beginPath();
  if (view.shows === "wavelet") {
    const sides = waveletSides(rows, columns, levels);
    for (let level = 1; level <= levels; level++) {
      const [r1, c1] = sides[level];
      const [r0, c0] = sides[level - 1];
      addLines(place, [c1, 0, c0, r1], width, height);
      addLines(place, [0, r1, c1, r0], width, height);
      addLines(place, [c1, r1, c0, r0], width, height);
      if (level === levels) addLines(place, [0, 0, c1, r1], width, height);
    }
  } else {
    addLines(place, [0, 0, columns, rows], 2 * width, 2 * height);
  }
  context.stroke();
}

/**
 * @param {Place} place
 * @param {Truth} truth
 * @param {{ reading: Reading | null, its: WholeImageAnswer | null }} said by networks
 * @param {number} selected
 */
function drawTargets(place, truth, { reading, its }, selected) {
  const { context, zoom } = place;
  const side = truth.side * zoom;
  context.font = `700 ${Math.max(9, Math.min(13, side / 4))}px system-ui, sans-serif`;
  context.textBaseline = "top";
  truth.regions.forEach((region, number) => {
    const x = place.x + region.column * zoom;
    const y = place.y + region.row * zoom;
    const colour = CLASS_COLOURS[region.class % CLASS_COLOURS.length];
    context.strokeStyle = number === selected ? "#ffffff" : colour;
    context.lineWidth = number === selected ? 3 : 1;
    context.strokeRect(Math.round(x) + 0.5, Math.round(y) + 0.5, Math.round(side) - 1, Math.round(side) - 1);
    const text = regionLabel(truth, region) + votesLabel(reading, region, number) + foundLabel(its, number);
    context.fillStyle = "rgb(0 0 0 / 60%)";
    context.fillRect(x + 1, y + 1, context.measureText(text).width + 5, Math.max(11, Math.min(15, side / 4 + 2)));
    context.fillStyle = colour;
    context.fillText(text, x + 3, y + 2);
  });
}

/**
 * Initial of the class; a dash for the last, which is "absent".
 * @param {Truth} truth
 * @param {Region} region
 */
function regionLabel({ classes }, region) {
  return region.class === classes.length - 1 ? "–" : classes[region.class].slice(0, 1).toUpperCase();
}

/**
 * How many networks are correct, if networks have answered.
 * @param {Reading | null} reading
 * @param {Region} region
 * @param {number} number of the region
 */
function votesLabel(reading, region, number) {
  if (!reading) return "";
  const correct = reading.answers[number].votes[region.class];
  if (correct === reading.networks) return " ✓";
  return correct === 0 ? " ✗" : ` ${correct}/${reading.networks}`;
}

/**
 * How many networks mark a target, or how well they outline it.
 * @param {WholeImageAnswer | null} its
 * @param {number} number of the region
 */
function foundLabel(its, number) {
  const dice = its?.contours?.dice[number];
  const outlined = typeof dice === "number" ? ` ${dice.toFixed(2)}` : "";
  return its?.marks ? ` ${its.marks.found[number]}/${its.marks.networks}` : outlined;
}

/**
 * @param {Place} place
 * @param {View["profile"]} profile
 */
function drawProfileLine({ context, x, y, zoom }, [startColumn, startRow, endColumn, endRow]) {
  for (const [colour, width] of /** @type {[string, number][]} */ ([["#000", 4], ["#ffd000", 1.6]])) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x + startColumn * zoom, y + startRow * zoom);
    context.lineTo(x + endColumn * zoom, y + endRow * zoom);
    context.stroke();
  }
}

/**
 * The name of a pane's side, and the colour scale if it shows the difference.
 * @param {CanvasRenderingContext2D} context
 * @param {Pane} pane
 * @param {View} view
 * @param {[string, string]} names codec and level of the decoded image and of the second codec's
 * @param {string} unit of the pixels
 * @param {number} most size of the letters in CSS pixels, smaller where the pane is narrow
 */
export function drawLabel(context, pane, view, [decodedName, otherName], unit, most) {
  const text = {
    original: "Original", decoded: decodedName, other: otherName,
    difference: view.mode === "codecs" ? `${decodedName} − original` : "Decoded − original",
    "other-difference": `${otherName} − original`,
  }[pane.side];
  const [left, top, width] = pane.clip;
  const font = (/** @type {number} */ size) => `600 ${size}px system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif`;
  context.font = font(most);
  context.textBaseline = "top";
  const room = view.mode === "divider" ? Infinity : width - 24;
  const size = Math.max(LEAST_LABEL, Math.min(most, (most * room) / context.measureText(text).width));
  context.font = font(size);
  const length = context.measureText(text).width;
  const x = pane.label === "left" ? left + 12 : left + width - length - 12;
  if (width < length + 24 && view.mode === "divider") return;
  context.fillStyle = SHADE;
  context.fillRect(x - 6, top + 8, length + 12, size + 8);
  context.fillStyle = "#fff";
  context.fillText(text, x, top + 12);
  if (isDifference(pane.side)) drawScale(context, left + 12, top + size + 22, size, view, unit);
}

/**
 * The colour scale of differences.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} size of the letters
 * @param {View} view
 * @param {string} unit
 */
function drawScale(context, x, y, size, view, unit) {
  const shade = context.createLinearGradient(x, 0, x + 90, 0);
  DIFFERENCE_COLOURS.forEach((colour, at) => shade.addColorStop(at / 2, `rgb(${colour.join(" ")})`));
  const text = `±${shortNumber(differenceRange(view))}${view.shows === "pixels" ? ` ${unit}` : ""}`;
  context.fillStyle = SHADE;
  context.fillRect(x - 6, y - 4, 104 + context.measureText(text).width, size + 8);
  context.fillStyle = shade;
  context.fillRect(x, y + 1, 90, size - 2);
  context.fillStyle = "#fff";
  context.fillText(text, x + 95, y);
}
