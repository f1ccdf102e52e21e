// Keys of the image, wherever the focus is, unless the element that has it needs them. Draws nothing.
/** @import { Stage } from "./stage.js" */

/** Elements into which one types, or which choose by letters. */
const TYPED = "input:not([type=range]), select, textarea, [contenteditable], dialog, .quiz";

/** Keys that move a control or press it. */
const CONTROLS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", " "]);

/**
 * Whether a key is for the image: it has the focus, or what has it does not need the key.
 * @param {KeyboardEvent} event
 * @param {HTMLElement} root of the stage
 */
export function isForImage(event, root) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  const { target, key } = event;
  if (target === root) return true;
  return target instanceof Element && !target.closest(TYPED) && !CONTROLS.has(key);
}

/**
 * Listens to the keys of a stage.
 * @param {Stage} stage
 */
export function listenToKeys(stage) {
  const actions = keyActions(stage);
  document.addEventListener("keydown", (event) => {
    const action = actions.get(event.key);
    if (!action || !isForImage(event, stage.root)) return;
    event.preventDefault();
    action(event.shiftKey);
  });
}

/**
 * What each key does; with true for a key that is pressed together with Shift.
 * @param {Stage} stage
 * @returns {Map<string, (shift: boolean) => void>}
 */
function keyActions(stage) {
  const { view } = stage;
  return new Map(Object.entries({
    ArrowLeft: (/** @type {boolean} */ shift) => move(stage, -1, 0, shift),
    ArrowRight: (/** @type {boolean} */ shift) => move(stage, 1, 0, shift),
    ArrowUp: (/** @type {boolean} */ shift) => move(stage, 0, -1, shift),
    ArrowDown: (/** @type {boolean} */ shift) => move(stage, 0, 1, shift),
    "+": () => stage.zoomBy(1.25),
    "=": () => stage.zoomBy(1.25),
    "-": () => stage.zoomBy(0.8),
    "0": () => stage.fit(),
    "1": () => stage.set({ zoom: 1 / (window.devicePixelRatio || 1) }),
    " ": () => stage.stepFlicker(),
    d: () => stage.set({ mode: "divider" }),
    s: () => stage.set({ mode: "side" }),
    c: () => stage.set({ mode: "codecs" }),
    f: () => stage.set({ mode: "flicker" }),
    x: () => stage.set({ right: view.right === "decoded" ? "difference" : "decoded" }),
    g: () => stage.set({ grid: !view.grid }),
    b: () => stage.set({ blocks: !view.blocks }),
    t: () => stage.set({ targets: !view.targets }),
    n: () => stage.set({ findings: !view.findings }),
    w: () => stage.set({ tool: "window" }),
    p: () => stage.set({ tool: "pan" }),
    l: () => stage.set({ tool: "profile" }),
    ",": () => stage.set({ divider: view.divider - 0.02 }),
    ".": () => stage.set({ divider: view.divider + 0.02 }),
  }));
}

/**
 * An arrow key: moves what dragging moves. With Shift it moves further, and pans instead of
 * changing the window.
 * @param {Stage} stage
 * @param {number} dx
 * @param {number} dy
 * @param {boolean} shift
 */
function move(stage, dx, dy, shift) {
  const { zoom, row, column, window: shown, tool, profile } = stage.view;
  if (tool === "window" && !shift) {
    const unit = Math.max(shown.width, 2) / 20;
    stage.set({ window: { center: shown.center - dy * unit, width: shown.width + dx * unit } });
    stage.handlers.committed();
  } else if (tool === "profile") {
    const by = shift ? 8 : 1;
    const [x0, y0, x1, y1] = profile;
    stage.set({ profile: [x0 + dx * by, y0 + dy * by, x1 + dx * by, y1 + dy * by] });
    stage.handlers.committed();
  } else {
    const step = (shift ? 64 : 16) / zoom;
    stage.set({ row: row + dy * step, column: column + dx * step });
  }
}
