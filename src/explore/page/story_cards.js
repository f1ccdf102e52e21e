// The cards of the four artefacts, each of which can be shown on the image. Knows none of the
// artefacts.
import { byId, element } from "./elements.js";
import { nearest } from "./numbers.js";
import { STORIES, STORY_PHANTOM } from "./stories.js";
/** @import { Bench } from "./bench.js" */
/** @import { Story } from "./stories.js" */

/** @param {Bench} bench */
export function storyCards(bench) {
  byId("story-cards").replaceChildren(...STORIES.map((story) => {
    const { id, title, codecs, seen, note, hides } = story;
    const button = element("button", { type: "button" }, "Show it on the image");
    button.addEventListener("click", () => show(bench, story));
    return element("article", { class: "card", id: `story-${id}`, "aria-labelledby": `story-${id}-title` },
      element("h3", { id: `story-${id}-title` }, title), element("p", { class: "codecs" }, codecs),
      element("p", {}, note && !bench.source.isStatic ? `${seen} ${note}` : seen),
      element("p", {}, element("strong", {}, "What it can hide. "), hides), button);
  }));
  mark(bench);
  bench.when("settings", () => mark(bench));
}

/**
 * Marks the card of the story that is told.
 * @param {Bench} bench
 */
function mark({ story }) {
  for (const { id } of STORIES) byId(`story-${id}`).setAttribute("aria-current", String(id === story));
}

/**
 * @param {Bench} bench
 * @param {Story} story
 */
async function show(bench, story) {
  const { catalogue, settings, source, stage } = bench;
  bench.story = story.id;
  mark(bench);
  const known = catalogue.phantoms.some(({ id }) => id === STORY_PHANTOM);
  const { codec, path, ratio, noise } = story.settings;
  bench.forgetWindow();
  await bench.change({
    upload: null, phantom: known ? STORY_PHANTOM : settings.phantom, case: 0, contrast: null,
    radius: null, noise: known && !source.isStatic ? noise ?? null : null, codec, path,
    ratio: nearest(catalogue.ratios, ratio), quality: null, generations: 1,
  });
  const { row, column, across } = story.place;
  stage.set({ ...story.view });
  if (known) stage.set({ row, column, zoom: stage.root.clientWidth / across });
  else stage.fit();
  byId("bench").scrollIntoView({ block: "start" });
  stage.root.focus({ preventScroll: true });
}
