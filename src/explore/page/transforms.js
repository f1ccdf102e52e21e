// The transforms of the codecs, to show their coefficients. Knows no element of the page.

/** cos((2x + 1) u π/16)/2, with 1/√2 for u = 0: the orthonormal 8-point DCT-II, [u][x]. */
const DCT = Array.from({ length: 8 }, (_, u) =>
  Array.from({ length: 8 }, (_, x) =>
    (Math.cos(((2 * x + 1) * u * Math.PI) / 16) / 2) * (u === 0 ? Math.SQRT1_2 : 1)),
);

/**
 * The 8×8 DCT of ITU-T T.81, in place of each block: coefficient (v, u) stands at row v,
 * column u of its block. Blocks that extend beyond the image repeat its last row or column.
 * @param {Uint16Array} samples
 * @param {number} rows
 * @param {number} columns
 * @param {number} middle subtracted from every sample first
 */
export function blockDct(samples, rows, columns, middle) {
  const result = new Float32Array(rows * columns);
  const block = new Float32Array(64);
  const half = new Float32Array(64);
  for (let top = 0; top < rows; top += 8) {
    for (let left = 0; left < columns; left += 8) {
      for (let y = 0; y < 8; y++) {
        const line = Math.min(top + y, rows - 1) * columns;
        for (let x = 0; x < 8; x++) {
          block[8 * y + x] = samples[line + Math.min(left + x, columns - 1)] - middle;
        }
      }
      for (let y = 0; y < 8; y++) {
        for (let u = 0; u < 8; u++) {
          let sum = 0;
          for (let x = 0; x < 8; x++) sum += DCT[u][x] * block[8 * y + x];
          half[8 * y + u] = sum;
        }
      }
      for (let v = 0; v < 8 && top + v < rows; v++) {
        for (let u = 0; u < 8 && left + u < columns; u++) {
          let sum = 0;
          for (let y = 0; y < 8; y++) sum += DCT[v][y] * half[8 * y + u];
          result[(top + v) * columns + left + u] = sum;
        }
      }
    }
  }
  return result;
}

/** Lifting steps and scale of the irreversible 9/7 wavelet (ITU-T T.800 Table F.4). */
const LIFTING = [-1.586134342059924, -0.052980118572961, 0.882911075530934, 0.443506852043971];
const LIFTING_SCALE = 1.230174104914001;

/**
 * One 9/7 step along a line, low half first (T.800 F.4.8: low-pass gain 1, high-pass gain 2).
 * @param {Float32Array} line
 * @param {number} length
 * @param {Float32Array} room for `length` values; overwritten
 */
function waveletLine(line, length, room) {
  if (length < 2) return;
  /** @param {number} at */
  const mirrored = (at) => (at < 0 ? -at : at >= length ? 2 * (length - 1) - at : at);
  for (let step = 0; step < 4; step++) {
    const factor = LIFTING[step];
    for (let at = 1 - (step % 2); at < length; at += 2) {
      line[at] += factor * (line[mirrored(at - 1)] + line[mirrored(at + 1)]);
    }
  }
  const low = (length + 1) >> 1;
  for (let at = 0; at < length; at++) {
    room[at & 1 ? low + (at >> 1) : at >> 1] =
      at & 1 ? line[at] * LIFTING_SCALE : line[at] / LIFTING_SCALE;
  }
  line.set(room.subarray(0, length));
}

/**
 * Sides of the low-pass image after each level: [rows, columns], the image itself first.
 * @param {number} rows
 * @param {number} columns
 * @param {number} levels
 * @returns {[number, number][]}
 */
export function waveletSides(rows, columns, levels) {
  /** @type {[number, number][]} */
  const sides = [[rows, columns]];
  for (let level = 0; level < levels; level++) {
    const [r, c] = sides[level];
    sides.push([(r + 1) >> 1, (c + 1) >> 1]);
  }
  return sides;
}

/**
 * The 9/7 wavelet transform in the nested layout: the low-pass image of each level in the top-left
 * corner.
 * @param {Uint16Array} samples
 * @param {number} rows
 * @param {number} columns
 * @param {number} middle subtracted from every sample first
 * @param {number} levels
 */
export function waveletTransform(samples, rows, columns, middle, levels) {
  const result = new Float32Array(rows * columns);
  for (let at = 0; at < result.length; at++) result[at] = samples[at] - middle;
  const room = new Float32Array(Math.max(rows, columns));
  const line = new Float32Array(Math.max(rows, columns));
  for (const [height, width] of waveletSides(rows, columns, levels).slice(0, levels)) {
    for (let row = 0; row < height; row++) {
      const whole = result.subarray(row * columns, row * columns + width);
      waveletLine(whole, width, room);
    }
    for (let column = 0; column < width; column++) {
      for (let row = 0; row < height; row++) line[row] = result[row * columns + column];
      waveletLine(line, height, room);
      for (let row = 0; row < height; row++) result[row * columns + column] = line[row];
    }
  }
  return result;
}
