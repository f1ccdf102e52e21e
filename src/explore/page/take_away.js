// What can be taken from the page: a link to what is shown, a picture with its caption, the
// codestream. Changes nothing but on "reset all".
import { download } from "./download.js";
import { button, byId, contextOf } from "./elements.js";
import { shortNumber } from "./numbers.js";
/** @import { Bench } from "./bench.js" */

/** Height of a line of the caption, in pixels of the picture. */
const LINE = 20;
/** How long it is said that something was taken. */
const SAID_MILLISECONDS = 4000;

/** @param {Bench} bench */
export function takeAway(bench) {
  let timer = 0;
  const say = (/** @type {string} */ text) => {
    byId("taken").textContent = text;
    clearTimeout(timer);
    timer = window.setTimeout(() => { byId("taken").textContent = ""; }, SAID_MILLISECONDS);
  };
  button("copy-link").addEventListener("click", async () => {
    bench.writeLink();
    try {
      await navigator.clipboard.writeText(location.href);
      say("Link copied.");
    } catch {
      say("The browser does not let the page copy: the link is in its address line.");
    }
  });
  button("save-picture").addEventListener("click", async () => {
    const picture = await captioned(bench);
    if (!picture) return;
    download(URL.createObjectURL(picture), `${fileName(bench)}.png`);
    say("Picture saved.");
  });
  button("save-codestream").hidden = bench.source.isStatic;
  button("save-codestream").addEventListener("click", () => download(bench.source.codestreamAddress(bench.shown), ""));
  button("reset-all").addEventListener("click", () => bench.reset());
}

/** @param {Bench} bench */
function fileName({ shown, decodedName, otherName }) {
  const name = shown.upload ? "image" : `${shown.phantom}-${shown.case}`;
  return [name, decodedName, otherName].filter(Boolean).join("-").toLowerCase().replaceAll(/[^a-z0-9.-]+/g, "-");
}

/**
 * The stage as it is, above what it shows.
 * @param {Bench} bench
 * @returns {Promise<Blob | null>}
 */
export async function captioned(bench) {
  const { stage, original, catalogue } = bench;
  if (!original) return null;
  await stage.shown();
  const shown = stage.picture;
  const { center, width } = stage.view.window;
  const scale = window.devicePixelRatio || 1;
  const lines = [
    `${original.header.title}: ${[bench.decodedName, bench.otherName].filter(Boolean).join(" and ")}`,
    `window: centre ${shortNumber(center)}, width ${shortNumber(width)} ${original.header.unit}`,
    `phantom-limit ${catalogue.version}${bench.shown.upload ? "" : ". A phantom, not a patient"}. No clinical advice.`,
  ];
  const drawn = document.createElement("canvas");
  drawn.width = shown.width;
  drawn.height = shown.height + Math.round((lines.length * LINE + 12) * scale);
  const context = contextOf(drawn);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, drawn.width, drawn.height);
  context.drawImage(shown, 0, 0);
  context.fillStyle = "#000";
  context.font = `${13 * scale}px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif`;
  context.textBaseline = "top";
  lines.forEach((line, number) =>
    context.fillText(line, 8 * scale, shown.height + (8 + number * LINE) * scale, drawn.width - 16 * scale));
  return new Promise((resolve) => { drawn.toBlob(resolve, "image/png"); });
}
