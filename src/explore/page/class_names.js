// What the classes of a phantom are called on the page. Knows no image.

/**
 * @param {string[]} classes
 * @param {number} number
 */
export function className(classes, number) {
  return classes[number] === "absent" ? "nothing" : classes[number];
}
