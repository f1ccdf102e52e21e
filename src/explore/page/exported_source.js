// Images and figures from the files of an exported copy, one image at precomputed levels. Knows no
// control of the page.
import { element } from "./elements.js";
import { SourceError } from "./errors.js";

/** Decoded images that are kept. */
const MOST_FRAMES = 40;

/** @implements {Source} */
export class ExportedSource {
  isStatic = true;
  #contents;
  /** @type {Map<string, { header: ExportedHeader, packed: string }>} */
  #received = new Map();
  /** @type {Map<string, Promise<Frame<ExportedHeader>>>} */
  #frames = new Map();

  /** @param {ExportedContents} contents */
  constructor(contents) {
    this.#contents = contents;
    window.receive = (key, header, packed) => this.#received.set(key, { header, packed });
  }

  async catalogue() {
    return this.#contents.catalogue;
  }

  /**
   * @param {ImageQuery} query
   * @returns {Promise<Frame<ExportedOriginalHeader>>}
   */
  async original(query) {
    const frame = await this.#frame(originalKey(query), null);
    return /** @type {Frame<ExportedOriginalHeader>} */ (frame);
  }

  /**
   * @param {ImageQuery} query
   * @returns {Promise<Frame<ExportedRenditionHeader>>}
   */
  async rendition(query) {
    const key = `${query.path}-${query.codec}-${query.ratio}`;
    const frame = await this.#frame(key, originalKey(query));
    return /** @type {Frame<ExportedRenditionHeader>} */ (frame);
  }

  /** @param {ImageQuery} query */
  async similarity(query) {
    return (await this.rendition(query)).header.similarity;
  }

  /** @param {ImageQuery} query */
  async reading(query) {
    const { header } = await (query.codec ? this.rendition(query) : this.original(query));
    const reading = header.readings[query.regime ?? "original"];
    if (!reading) throw new SourceError("No answers of networks were exported for this image.");
    return reading;
  }

  /** @returns {Promise<Marks>} */
  async marks() {
    throw new SourceError("An exported page holds no marks of networks.");
  }

  /** @returns {Promise<Contours>} */
  async contours() {
    throw new SourceError("An exported page holds no outlines of networks.");
  }

  /** Everything is there. */
  prepare() {}

  /** @param {ImageQuery} query */
  async detectability(query) {
    return (await this.original(query)).header.detectability[query.region ?? 0];
  }

  /** @returns {string} */
  codestreamAddress() {
    throw new SourceError("An exported page holds no codestreams.");
  }

  /** @returns {Promise<ClassStanding>} */
  async standing() {
    throw new SourceError("An exported page has no class.");
  }

  /** @returns {Promise<string>} */
  async upload() {
    throw new SourceError(
      "An exported page cannot compress. Run “phantom-limit explore” to see your own image.",
    );
  }

  /**
   * @param {string} key
   * @param {string | null} base key of the image to which the stored differences are added
   */
  #frame(key, base) {
    let frame = this.#frames.get(key);
    if (!frame) {
      frame = this.#load(key, base);
      this.#frames.set(key, frame);
      if (this.#frames.size > MOST_FRAMES) this.#frames.delete([...this.#frames.keys()][0]);
    }
    return frame;
  }

  /**
   * @param {string} key
   * @param {string | null} base
   * @returns {Promise<Frame<ExportedHeader>>}
   */
  async #load(key, base) {
    if (!this.#contents.keys.includes(key)) {
      throw new SourceError("This combination was not exported.");
    }
    if (!this.#received.has(key)) await this.#run(`data/${key}.js`);
    const received = this.#received.get(key);
    if (!received) throw new SourceError("A file of the exported page is damaged.");
    this.#received.delete(key);
    const samples = await unpack(received.packed);
    if (base) {
      const original = (await this.#frame(base, null)).samples;
      for (let at = 0; at < samples.length; at++) samples[at] += original[at];
    }
    return { header: received.header, samples };
  }

  /** @param {string} file a script, which calls `receive` */
  async #run(file) {
    const script = element("script", {});
    const loaded = new Promise((resolve, reject) => {
      script.onload = resolve;
      script.onerror = () => reject(new SourceError("A file of the exported page is missing."));
    });
    script.src = file;
    document.head.append(script);
    await loaded;
    script.remove();
  }
}

/** @param {ImageQuery} query */
function originalKey(query) {
  return `original-${query.path}`;
}

/**
 * Decodes base64 of zlib of all low bytes, then all high bytes.
 * @param {string} packed
 */
async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const count = planes.length / 2;
  const samples = new Uint16Array(count);
  for (let at = 0; at < count; at++) samples[at] = planes[at] | (planes[count + at] << 8);
  return samples;
}
