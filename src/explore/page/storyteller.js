// Sets the page to one of the stories. Shows no text of it.
import { nearest } from "./numbers.js";
import { STORY_PHANTOM } from "./stories.js";
/** @import { Bench } from "./bench.js" */
/** @import { Story } from "./stories.js" */

/**
 * Resolves when the image of the story is shown.
 * @param {Bench} bench
 * @param {Story} story
 */
export async function tell(bench, story) {
  const { catalogue, settings, source, stage } = bench;
  bench.story = story.id;
  const known = catalogue.phantoms.some(({ id }) => id === STORY_PHANTOM);
  const { codec, path, ratio, noise } = story.settings;
  bench.forgetWindow();
  await bench.change({
    upload: null, phantom: known ? STORY_PHANTOM : settings.phantom, case: 0, contrast: null,
    radius: null, noise: known && !source.isStatic ? noise ?? null : null, codec, path,
    ratio: nearest(catalogue.ratios, ratio), quality: null, generations: 1,
  });
  // Another story may have been chosen meanwhile.
  if (bench.story !== story.id) return;
  stage.set({ ...story.view });
  if (known) stage.look(story.place);
  else stage.fit();
}
