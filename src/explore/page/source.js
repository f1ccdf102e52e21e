"use strict";
// @ts-check
// Where images and figures come from: the server on this machine, or the scripts that lie beside
// an exported page. Knows nothing of the page.

/** Why something could not be shown, in words for the visitor. */
class SourceError extends Error {}

class ServerSource {
  isStatic = false;

  /** @returns {Promise<Catalogue>} */
  async catalogue() {
    return (await this.#get("catalogue", {})).json();
  }

  /**
   * @param {Asked} asked
   * @returns {Promise<Frame<OriginalHeader>>}
   */
  async original(asked) {
    return unframe(await (await this.#get("original", asked)).arrayBuffer());
  }

  /**
   * @param {Asked} asked
   * @returns {Promise<Frame<RenditionHeader>>}
   */
  async rendition(asked) {
    return unframe(await (await this.#get("rendition", asked)).arrayBuffer());
  }

  /**
   * @param {Asked} asked
   * @returns {Promise<Similarity>}
   */
  async similarity(asked) {
    return (await this.#get("similarity", asked)).json();
  }

  /**
   * @param {Asked} asked
   * @returns {Promise<Reading>}
   */
  async reading(asked) {
    return (await this.#get("reading", asked)).json();
  }

  /**
   * d′ of the ideal observer that knows the target of a region; `null` where there is none.
   * @param {Asked} asked
   * @returns {Promise<number | null>}
   */
  async detectability(asked) {
    return (await (await this.#get("detectability", asked)).json()).detectability;
  }

  /**
   * Hands an image to the server on this machine.
   * @param {Blob} file
   * @returns {Promise<string>} the name under which it can be asked for
   */
  async upload(file) {
    const response = await this.#answer("/api/image", { method: "POST", body: file });
    return (await response.json()).upload;
  }

  /**
   * @param {string} what
   * @param {Asked} asked
   */
  #get(what, asked) {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(asked)) {
      if (value !== null && value !== undefined) query.set(key, String(value));
    }
    return this.#answer(`/api/${what}?${query}`, {});
  }

  /**
   * @param {string} url
   * @param {RequestInit} init
   */
  async #answer(url, init) {
    let response;
    try {
      response = await fetch(url, init);
    } catch {
      throw new SourceError("The program behind this page does not answer. Was it ended?");
    }
    if (response.ok) return response;
    const said = await response.json().catch(() => ({ error: `status ${response.status}` }));
    throw new SourceError(said.error);
  }
}

/**
 * Header length, header, pixels.
 * @template Header
 * @param {ArrayBuffer} buffer
 * @returns {Frame<Header>}
 */
function unframe(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { header, samples: new Uint16Array(buffer, 4 + length) };
}

/** @typedef {{ header: any, packed: string }} Received */
/** @type {Map<string, Received>} */
const received = new Map();

/**
 * Called by the data scripts of an exported page.
 * @param {string} key
 * @param {any} header
 * @param {string} packed
 */
function receive(key, header, packed) {
  received.set(key, { header, packed });
}

/** Lowers the levels of an exported page to what lies beside it. */
class FileSource {
  isStatic = true;
  /** @type {{ catalogue: Catalogue, keys: string[] }} */
  #contents;
  /** @type {Map<string, Promise<Frame<any>>>} */
  #frames = new Map();

  /** @param {{ catalogue: Catalogue, keys: string[] }} contents */
  constructor(contents) {
    this.#contents = contents;
  }

  async catalogue() {
    return this.#contents.catalogue;
  }

  /**
   * @param {Asked} asked
   * @returns {Promise<Frame<OriginalHeader>>}
   */
  original(asked) {
    return this.#frame(`original-${asked.path}`, null);
  }

  /**
   * @param {Asked} asked
   * @returns {Promise<Frame<RenditionHeader>>}
   */
  rendition(asked) {
    return this.#frame(this.#key(asked), `original-${asked.path}`);
  }

  /**
   * @param {Asked} asked
   * @returns {Promise<Similarity>}
   */
  async similarity(asked) {
    return /** @type {any} */ ((await this.rendition(asked)).header).similarity;
  }

  /**
   * @param {Asked} asked
   * @returns {Promise<Reading>}
   */
  async reading(asked) {
    const key = asked.codec ? this.#key(asked) : `original-${asked.path}`;
    const of = asked.codec ? `original-${asked.path}` : null;
    const reading = (await this.#frame(key, of)).header.readings?.[asked.regime ?? "original"];
    if (!reading) throw new SourceError("No network's answers were exported for this image.");
    return reading;
  }

  /**
   * @param {Asked} asked
   * @returns {Promise<number | null>}
   */
  async detectability(asked) {
    const { header } = await this.#frame(`original-${asked.path}`, null);
    return header.detectability[asked.region ?? 0];
  }

  /** @returns {Promise<string>} */
  async upload() {
    throw new SourceError(
      "An exported page cannot compress. Run “phantom-limit explore” to look at your own image.",
    );
  }

  /** @param {Asked} asked */
  #key(asked) {
    return `${asked.path}-${asked.codec}-${asked.ratio}`;
  }

  /**
   * @param {string} key
   * @param {string | null} of
   * @returns {Promise<Frame<any>>}
   */
  #frame(key, of) {
    let frame = this.#frames.get(key);
    if (!frame) {
      frame = this.#load(key, of);
      this.#frames.set(key, frame);
      // Some tens of images are kept, no more.
      if (this.#frames.size > 40) this.#frames.delete([...this.#frames.keys()][0]);
    }
    return frame;
  }

  /**
   * @param {string} key
   * @param {string | null} of
   */
  async #load(key, of) {
    if (!this.#contents.keys.includes(key)) {
      throw new SourceError("This combination was not exported.");
    }
    if (!received.has(key)) {
      const script = document.createElement("script");
      const loaded = new Promise((resolve, reject) => {
        script.onload = resolve;
        script.onerror = () => reject(new SourceError("A file of the exported page is missing."));
      });
      script.src = `data/${key}.js`;
      document.head.append(script);
      await loaded;
      script.remove();
    }
    const { header, packed } = /** @type {Received} */ (received.get(key));
    received.delete(key);
    const samples = await unpack(packed);
    if (of) {
      const original = (await this.#frame(of, null)).samples;
      for (let at = 0; at < samples.length; at++) samples[at] += original[at];
    }
    return { header, samples };
  }
}

/**
 * Base64 of zlib of low bytes, then high bytes.
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
