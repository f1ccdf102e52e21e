// Finds and makes elements of the page. Knows no image.

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found;
}

/**
 * The element with this id, which is of this kind.
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
function ofKind(id, kind) {
  const found = byId(id);
  if (!(found instanceof kind)) throw new Error(`element ${id} is not a ${kind.name}`);
  return found;
}

/** @param {string} id */
export const input = (id) => ofKind(id, HTMLInputElement);

/** @param {string} id */
export const select = (id) => ofKind(id, HTMLSelectElement);

/** @param {string} id */
export const button = (id) => ofKind(id, HTMLButtonElement);

/** @param {string} id */
export const canvas = (id) => ofKind(id, HTMLCanvasElement);

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
export function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser draws no canvas");
  return context;
}
