// Alternates original and decoded image in time. Draws nothing.

/** Full cycles per second: more than three flashes per second can cause seizures (WCAG 2.3.1). */
const FLICKER_HZ = 1.5;

/** The clock of the flicker mode. */
export class Flicker {
  /** Whether the second image is shown. */
  second = false;
  #timer = 0;
  #changed;

  /** @param {() => void} changed called when the other image is to be drawn */
  constructor(changed) {
    this.#changed = changed;
  }

  /**
   * Runs in flicker mode, unless the user asks the system for reduced motion.
   * @param {boolean} wanted whether the mode is chosen
   */
  run(wanted) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!wanted || still) {
      this.#stop();
      if (!wanted) this.second = false;
    } else if (!this.#timer) {
      this.#timer = window.setInterval(() => this.#alternate(), 1000 / FLICKER_HZ / 2);
    }
  }

  /** Stops the clock and shows the other image: alternation by hand. */
  step() {
    this.#stop();
    this.#alternate();
  }

  #stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
  }

  #alternate() {
    this.second = !this.second;
    this.#changed();
  }
}
