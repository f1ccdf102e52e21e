// Presenter mode: one story after the other on the whole screen, in large type, with the text beside the
// image. Tells the stories as the cards do.
import { button, byId, element } from "./elements.js";
import { isForImage } from "./stage_keys.js";
import { STORIES } from "./stories.js";
import { tell } from "./storyteller.js";
/** @import { Bench } from "./bench.js" */
/** @import { Story } from "./stories.js" */

/** Size of the labels on the image, in CSS pixels. */
const LABEL = 18;

/** Keys of presenters and keyboards that turn the page, from anywhere. */
const ALWAYS = new Map([["PageDown", 1], ["PageUp", -1]]);

/** Keys that turn the page unless a control needs them. */
const UNLESS_NEEDED = new Map([["ArrowRight", 1], ["ArrowLeft", -1], ["ArrowDown", 1], ["ArrowUp", -1]]);

/** Controls that need the arrow keys. */
const CONTROLS = "input, select, [role=slider], [role=radiogroup]";

/** @param {Bench} bench */
export function presenter(bench) {
  const { stage, catalogue } = bench;
  /** The stories, and the class after them if there is one. */
  /** @type {(Story | null)[]} */
  const slides = [...STORIES, ...(catalogue.shares ? [null] : [])];
  let at = 0;

  /** @param {number} number */
  const turn = (number) => {
    at = Math.min(slides.length - 1, Math.max(0, number));
    const story = slides[at];
    document.body.classList.toggle("of-students", story === null);
    byId("told-text").replaceChildren(...(story ? textOf(story, bench.source.isStatic) : []));
    byId("told-at").textContent = `${at + 1} of ${slides.length}`;
    button("told-before").disabled = at === 0;
    button("told-next").disabled = at === slides.length - 1;
    return story ? tell(bench, story) : undefined;
  };

  /** @param {boolean} presents */
  const show = (presents) => {
    if (presents === bench.presents) return;
    bench.presents = presents;
    document.body.classList.toggle("presents", presents);
    if (!presents) document.body.classList.remove("of-students");
    byId("told").hidden = !presents;
    stage.labelSize = presents ? LABEL : 12;
    stage.draw();
    bench.writeLink();
  };

  const begin = () => {
    show(true);
    turn(Math.max(0, STORIES.findIndex(({ id }) => id === bench.story)));
    stage.root.focus({ preventScroll: true });
  };
  const end = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    show(false);
  };
  const fill = () => document.documentElement.requestFullscreen?.().catch(() => {
    // The page fills the window in any case.
  });

  const present = () => {
    begin();
    fill();
  };
  button("present").addEventListener("click", present);
  document.addEventListener("keydown", (event) => {
    if (event.key === "v" && !bench.presents && isForImage(event, stage.root)) present();
  });
  button("told-before").addEventListener("click", () => turn(at - 1));
  button("told-next").addEventListener("click", () => turn(at + 1));
  button("told-full").addEventListener("click", fill);
  button("told-end").addEventListener("click", end);
  document.addEventListener("fullscreenchange", () => {
    byId("told-full").hidden = document.fullscreenElement !== null;
    if (!document.fullscreenElement) show(false);
  });
  document.addEventListener("keydown", (event) => {
    if (!bench.presents || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target, key } = event;
    const needed = target instanceof Element && target.closest(CONTROLS);
    const step = ALWAYS.get(key) ?? (needed ? undefined : UNLESS_NEEDED.get(key));
    if (step === undefined && key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (step === undefined) end();
    else turn(at + step);
  }, { capture: true });
  if (bench.presents) {
    bench.presents = false;
    document.addEventListener("ready", begin, { once: true });
  }
}

/**
 * @param {Story} story
 * @param {boolean} isStatic
 */
function textOf({ title, codecs, seen, note, hides }, isStatic) {
  return [
    element("h2", {}, title), element("p", { class: "codecs" }, codecs),
    element("p", {}, note && !isStatic ? `${seen} ${note}` : seen),
    element("p", {}, element("strong", {}, "What it can hide. "), hides),
  ];
}
