// What a region of the quiz holds, in words. Knows no image.
import { className } from "./class_names.js";
import { shortNumber, signed } from "./numbers.js";

/**
 * What a region holds.
 * @param {string[]} classes
 * @param {number} truth
 * @param {{ contrast: number | null, contrast_unit: string, radius_mm: number | null }} target
 */
export function solutionText(classes, truth, { contrast, contrast_unit, radius_mm }) {
  if (contrast === null) return "The region holds no shape.";
  return `The shape: ${className(classes, truth)}, ${signed(contrast)} ${contrast_unit}, radius ${shortNumber(radius_mm ?? 0)} mm.`;
}
