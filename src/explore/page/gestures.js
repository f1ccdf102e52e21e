// Pointer gestures on the image: dragging, pinching, wheel, divider. Draws nothing.
/** @import { Stage } from "./stage.js" */

/** A press that moves by fewer pixels is a click. */
const CLICK_PIXELS = 3;

/** Pixels of dragging that change the window by its own width. */
const WINDOW_PIXELS = 250;

/** Milliseconds after which a finger that rests is held, and then drags. */
const HOLD = 450;

/** A finger that moves by fewer pixels rests. */
const REST_PIXELS = 10;

/** Steps of the divider's keys, as a share of the width. */
const DIVIDER_STEPS = new Map([
  ["ArrowLeft", -0.02], ["ArrowRight", 0.02], ["PageDown", -0.1], ["PageUp", 0.1], ["Home", -1], ["End", 1],
]);

/** Moves the view of a stage by the pointers on it. */
export class Gestures {
  #stage;
  /** @type {Map<number, { x: number, y: number }>} */
  #pointers = new Map();
  #pressed = { x: 0, y: 0 };
  #holding = 0;
  /** Whether a finger is held: until then one finger scrolls the page. */
  #held = false;

  /** @param {Stage} stage */
  constructor(stage) {
    this.#stage = stage;
    const { root } = stage;
    root.addEventListener("pointerdown", (event) => this.#down(event));
    root.addEventListener("pointermove", (event) => this.#move(event));
    root.addEventListener("pointerup", (event) => this.#up(event));
    root.addEventListener("pointercancel", (event) => this.#up(event));
    root.addEventListener("pointerleave", () => stage.handlers.hovered(""));
    // The page scrolls by one finger unless that is held, and by no more than one.
    root.addEventListener("touchmove", (event) => {
      if ((this.#held || event.touches.length > 1) && event.cancelable) event.preventDefault();
    }, { passive: false });
    root.addEventListener("contextmenu", (event) => event.preventDefault());
    root.addEventListener("dblclick", () => stage.fit());
    root.addEventListener("wheel", (event) => {
      // Scrolling the page past the image must not zoom.
      if (!event.ctrlKey && document.activeElement !== root) return;
      event.preventDefault();
      stage.zoomBy(Math.exp(-event.deltaY / 400), this.#place(event));
    }, { passive: false });
    this.#listenToDivider();
  }

  #listenToDivider() {
    const stage = this.#stage;
    const { divider } = stage;
    divider.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      divider.setPointerCapture(event.pointerId);
    });
    divider.addEventListener("pointermove", (event) => {
      if (!divider.hasPointerCapture(event.pointerId)) return;
      event.stopPropagation();
      stage.set({ divider: this.#place(event)[0] / stage.root.clientWidth });
    });
    divider.addEventListener("keydown", (event) => {
      const step = DIVIDER_STEPS.get(event.key);
      if (step === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      stage.set({ divider: stage.view.divider + step });
    });
  }

  /**
   * @param {MouseEvent} event
   * @returns {[number, number]} x and y in CSS pixels of the stage
   */
  #place(event) {
    const box = this.#stage.root.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** @param {PointerEvent} event */
  #tool(event) {
    const pans = event.shiftKey || event.buttons === 4 || event.buttons === 2;
    return pans ? "pan" : this.#stage.view.tool;
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const { root } = this.#stage;
    const [x, y] = this.#place(event);
    this.#pointers.set(event.pointerId, { x, y });
    this.#pressed = { x, y };
    root.setPointerCapture(event.pointerId);
    root.focus({ preventScroll: true });
    this.#letGo();
    if (event.pointerType === "touch") {
      if (this.#pointers.size === 1) this.#holding = window.setTimeout(() => this.#hold(), HOLD);
      return;
    }
    if (this.#pointers.size === 1 && this.#tool(event) === "profile") {
      const [column, row] = this.#stage.pointAt(x, y);
      this.#stage.set({ profile: [column, row, column, row] });
    }
  }

  /** From now on the finger drags. */
  #hold() {
    this.#held = true;
    this.#stage.root.classList.add("held");
    navigator.vibrate?.(15);
    if (this.#stage.view.tool !== "profile") return;
    const [column, row] = this.#stage.pointAt(this.#pressed.x, this.#pressed.y);
    this.#stage.set({ profile: [column, row, column, row] });
  }

  #letGo() {
    clearTimeout(this.#holding);
    this.#held = false;
    this.#stage.root.classList.remove("held");
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const [x, y] = this.#place(event);
    this.#stage.handlers.hovered(this.#stage.valuesAt(x, y));
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    this.#pointers.set(event.pointerId, { x, y });
    if (Math.hypot(x - this.#pressed.x, y - this.#pressed.y) > REST_PIXELS) clearTimeout(this.#holding);
    if (this.#pointers.size === 2) this.#pinch(before, { x, y });
    else if (event.pointerType !== "touch" || this.#held) this.#drag(this.#tool(event), before, { x, y });
  }

  /**
   * Moves by half the way of the one finger, and zooms as the distance to the other changes.
   * @param {{ x: number, y: number }} before
   * @param {{ x: number, y: number }} now
   */
  #pinch(before, now) {
    const stage = this.#stage;
    const { zoom, row, column } = stage.view;
    const [a, b] = this.#pointers.values();
    const other = a.x === now.x && a.y === now.y ? b : a;
    const length = Math.hypot(a.x - b.x, a.y - b.y);
    const lengthBefore = Math.hypot(before.x - other.x, before.y - other.y);
    stage.set({
      row: row - (now.y - before.y) / zoom / 2,
      column: column - (now.x - before.x) / zoom / 2,
    });
    if (lengthBefore > 0) stage.zoomBy(length / lengthBefore, [(a.x + b.x) / 2, (a.y + b.y) / 2]);
  }

  /**
   * @param {string} tool
   * @param {{ x: number, y: number }} before
   * @param {{ x: number, y: number }} now
   */
  #drag(tool, before, now) {
    const stage = this.#stage;
    const { zoom, row, column, window: shown, profile } = stage.view;
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    if (tool === "pan") {
      stage.set({ row: row - dy / zoom, column: column - dx / zoom });
    } else if (tool === "window") {
      // In proportion to the width, so that narrow and wide windows can both be set.
      const unit = Math.max(shown.width, 2) / WINDOW_PIXELS;
      stage.set({ window: { center: shown.center + dy * unit, width: shown.width + dx * unit } });
    } else {
      const [endColumn, endRow] = stage.pointAt(now.x, now.y);
      stage.set({ profile: [profile[0], profile[1], endColumn, endRow] });
    }
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (!this.#pointers.delete(event.pointerId)) return;
    this.#letGo();
    if (event.type === "pointercancel") return;
    const [x, y] = this.#place(event);
    if (Math.hypot(x - this.#pressed.x, y - this.#pressed.y) < CLICK_PIXELS) {
      const region = this.#stage.regionAt(x, y);
      if (region >= 0) this.#stage.handlers.picked(region);
    }
    this.#stage.handlers.committed();
  }
}
