// What networks that are given the whole image say of it, on top of the image: their marks beside all
// targets, and the pixels that they outline. Asks nothing.
/**
 * @typedef {{ context: CanvasRenderingContext2D, x: number, y: number, zoom: number }} Place
 * Where the image's top-left corner lies.
 */

const FALSE_MARK = "#ff5c5c";
const OUTLINED = "#66ffcc";

/** Radius of a false mark in CSS pixels. */
const MARK_RADIUS = 6;

/**
 * @param {Place} place
 * @param {WholeImageAnswer} answer
 */
export function drawFindings(place, { marks, contours }) {
  if (marks) drawFalseMarks(place, marks);
  if (contours) drawOutlines(place, contours);
}

/**
 * Crosses.
 * @param {Place} place
 * @param {Marks} marks
 */
function drawFalseMarks({ context, x, y, zoom }, { false_marks }) {
  const size = MARK_RADIUS * Math.SQRT1_2;
  for (const [colour, width] of /** @type {[string, number][]} */ ([["#000", 4.5], [FALSE_MARK, 2]])) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (const [row, column] of false_marks) {
      const [left, top] = [x + (column + 0.5) * zoom, y + (row + 0.5) * zoom];
      context.moveTo(left - size, top - size);
      context.lineTo(left + size, top + size);
      context.moveTo(left + size, top - size);
      context.lineTo(left - size, top + size);
    }
    context.stroke();
  }
}

/**
 * The border of the outlined pixels.
 * @param {Place} place
 * @param {Contours} contours
 */
function drawOutlines({ context, x, y, zoom }, { outlined }) {
  context.strokeStyle = OUTLINED;
  context.lineWidth = 1.5;
  context.beginPath();
  for (const [fromRow, fromColumn, toRow, toColumn] of borders(outlined)) {
    context.moveTo(x + fromColumn * zoom, y + fromRow * zoom);
    context.lineTo(x + toColumn * zoom, y + toRow * zoom);
  }
  context.stroke();
}

/**
 * The lines between pixels of runs and others: row and column of the start and of the end.
 * @param {[number, number, number][]} runs row, first column and length
 * @returns {[number, number, number, number][]}
 */
function borders(runs) {
  /** @type {Map<number, Set<number>>} */
  const rows = new Map();
  for (const [row, first, length] of runs) {
    const columns = rows.get(row) ?? new Set();
    for (let column = first; column < first + length; column++) columns.add(column);
    rows.set(row, columns);
  }
  /** @type {[number, number, number, number][]} */
  const lines = [];
  for (const [row, columns] of rows) {
    for (const column of columns) {
      if (!columns.has(column - 1)) lines.push([row, column, row + 1, column]);
      if (!columns.has(column + 1)) lines.push([row, column + 1, row + 1, column + 1]);
      if (!rows.get(row - 1)?.has(column)) lines.push([row, column, row, column + 1]);
      if (!rows.get(row + 1)?.has(column)) lines.push([row + 1, column, row + 1, column + 1]);
    }
  }
  return lines;
}
