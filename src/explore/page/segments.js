// A row of buttons of which one is chosen. Knows no setting.
import { byId, element } from "./elements.js";

/** Acts as a group of radio buttons, with their keys. */
export class Segments {
  #root;
  #chosen = "";
  #change;

  /**
   * @param {string} id
   * @param {[string, string][]} options value and name
   * @param {string} chosen
   * @param {(value: string) => void} change
   */
  constructor(id, options, chosen, change) {
    this.#root = byId(id);
    this.#change = change;
    this.options(options, chosen);
    this.#root.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const buttons = this.#buttons().filter((button) => !button.disabled);
      const at = buttons.findIndex((button) => button.value === this.#chosen);
      const next = buttons[(at + step + buttons.length) % buttons.length];
      next.focus();
      this.#choose(next.value);
    });
  }

  #buttons() {
    return [...this.#root.querySelectorAll("button")];
  }

  /**
   * @param {[string, string][]} options value and name
   * @param {string} chosen
   */
  options(options, chosen) {
    const present = this.#buttons().map((button) => [button.value, button.textContent]);
    // The same options keep their buttons, so that the focus stays where it is.
    if (present.length === 0 || JSON.stringify(present) !== JSON.stringify(options)) {
      this.#root.replaceChildren(...options.map(([value, name]) => {
        const button = element("button", { type: "button", role: "radio", value }, name);
        button.addEventListener("click", () => this.#choose(value));
        return button;
      }));
    }
    this.show(chosen);
  }

  /** @param {string} value */
  #choose(value) {
    if (value === this.#chosen) return;
    this.show(value);
    this.#change(value);
  }

  /** @param {string} value */
  show(value) {
    this.#chosen = value;
    for (const button of this.#buttons()) {
      button.setAttribute("aria-checked", String(button.value === value));
      button.tabIndex = button.value === value ? 0 : -1;
    }
  }
}
