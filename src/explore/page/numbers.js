// Numbers as text, and the nearest of several numbers. Knows no element of the page.

/**
 * A number with three significant digits, as far as decimals go.
 * @param {number} value
 */
export function shortNumber(value) {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return minus(String(Number(value.toFixed(digits))));
}

/**
 * A number with its sign.
 * @param {number} value
 */
export function signed(value) {
  return value > 0 ? `+${shortNumber(value)}` : shortNumber(value);
}

/**
 * Replaces the hyphen by a minus sign.
 * @param {string} text
 */
export function minus(text) {
  return text.replace("-", "−");
}

/** @param {number} ratio */
export function ratioText(ratio) {
  return `${ratio.toFixed(ratio < 100 ? 1 : 0)}:1`;
}

/**
 * The value nearest to `wanted` on a logarithmic scale.
 * @param {number[]} values
 * @param {number} wanted
 */
export function nearest(values, wanted) {
  return values.reduce((best, value) =>
    Math.abs(Math.log(value / wanted)) < Math.abs(Math.log(best / wanted)) ? value : best);
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
