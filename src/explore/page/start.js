"use strict";
// @ts-check
// Starts the page: served, or exported with `EXPORTED` in front.

/** @type {{ catalogue: Catalogue, keys: string[] } | undefined} */
// @ts-ignore: declared by an exported page's first script.
const exportedContents = typeof EXPORTED === "undefined" ? undefined : EXPORTED;

/** @type {{ bench: Bench, quiz: Quiz } | undefined} */
var page;

(async () => {
  const source = exportedContents ? new FileSource(exportedContents) : new ServerSource();
  try {
    const catalogue = await source.catalogue();
    const bench = new Bench(source, catalogue);
    const quiz = new Quiz(byId("quiz-body"), {
      source, catalogue, settings: () => bench.settings, curvesOf: (asked) => bench.curvesOf(asked),
    });
    page = { bench, quiz };
    await bench.change({});
    document.dispatchEvent(new CustomEvent("ready"));
  } catch (error) {
    const notice = byId("notice");
    notice.textContent = wordsOf(error);
    notice.hidden = false;
  }
})();
