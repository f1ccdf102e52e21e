// The cards of the four artefacts, each of which can be shown on the image. Knows none of the
// artefacts.
import { byId, element } from "./elements.js";
import { STORIES } from "./stories.js";
import { tell } from "./storyteller.js";
/** @import { Bench } from "./bench.js" */

/** @param {Bench} bench */
export function storyCards(bench) {
  byId("story-cards").replaceChildren(...STORIES.map((story) => {
    const { id, title, codecs, seen, note, hides } = story;
    const button = element("button", { type: "button" }, "Show it on the image");
    button.addEventListener("click", async () => {
      await tell(bench, story);
      byId("bench").scrollIntoView({ block: "start" });
      bench.stage.root.focus({ preventScroll: true });
    });
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
