// Images and figures from the server on this machine. Knows no control of the page.
import { SourceError } from "./errors.js";

/** @implements {Source} */
export class ServerSource {
  isStatic = false;

  /** @returns {Promise<Catalogue>} */
  async catalogue() {
    return (await this.#get("catalogue", {})).json();
  }

  /**
   * @param {ImageQuery} query
   * @returns {Promise<Frame<OriginalHeader>>}
   */
  async original(query) {
    return unframe(await (await this.#get("original", query)).arrayBuffer());
  }

  /**
   * @param {ImageQuery} query
   * @returns {Promise<Frame<RenditionHeader>>}
   */
  async rendition(query) {
    return unframe(await (await this.#get("rendition", query)).arrayBuffer());
  }

  /**
   * @param {ImageQuery} query
   * @returns {Promise<Similarity>}
   */
  async similarity(query) {
    return (await this.#get("similarity", query)).json();
  }

  /**
   * @param {ImageQuery} query
   * @returns {Promise<Reading>}
   */
  async reading(query) {
    return (await this.#get("reading", query)).json();
  }

  /**
   * @param {ImageQuery} query
   * @returns {Promise<number | null>}
   */
  async detectability(query) {
    return (await (await this.#get("detectability", query)).json()).detectability;
  }

  /** @param {ImageQuery} query */
  codestreamAddress(query) {
    return `/api/codestream?${parametersOf(query)}`;
  }

  /**
   * @param {Blob} file
   * @returns {Promise<string>}
   */
  async upload(file) {
    const response = await this.#answer("/api/image", { method: "POST", body: file });
    return (await response.json()).upload;
  }

  /**
   * @param {string} what
   * @param {ImageQuery} query
   */
  #get(what, query) {
    return this.#answer(`/api/${what}?${parametersOf(query)}`, {});
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
      throw new SourceError("The program that serves this page does not answer. Is it still running?");
    }
    if (response.ok) return response;
    const refusal = await response.json().catch(() => ({ error: `status ${response.status}` }));
    throw new SourceError(refusal.error);
  }
}

/** @param {ImageQuery} query */
function parametersOf(query) {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) parameters.set(key, String(value));
  }
  return parameters;
}

/**
 * Reads the length of the header, the header and the pixels.
 * @template Header
 * @param {ArrayBuffer} buffer
 * @returns {Frame<Header>}
 */
function unframe(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { header, samples: new Uint16Array(buffer, 4 + length) };
}
