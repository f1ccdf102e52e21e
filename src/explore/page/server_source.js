// Images and figures from the server on this machine. Knows no control of the page.
import { answerOf, unframe } from "./transport.js";

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

  /** @param {ImageQuery} query */
  prepare(query) {
    // The server keeps what it made, and a refusal is that of the query itself, should it come.
    fetch(`/api/rendition?${parametersOf(query)}`, { method: "HEAD" }).catch(() => {});
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
   * @returns {Promise<Marks>}
   */
  async marks(query) {
    return (await this.#get("marks", query)).json();
  }

  /**
   * @param {ImageQuery} query
   * @returns {Promise<Contours>}
   */
  async contours(query) {
    return (await this.#get("contours", query)).json();
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

  /** @returns {Promise<ClassStanding>} */
  async standing() {
    return (await this.#get("class", {})).json();
  }

  /**
   * @param {Blob} file
   * @returns {Promise<string>}
   */
  async upload(file) {
    const response = await answerOf("/api/image", { method: "POST", body: file });
    return (await response.json()).upload;
  }

  /**
   * @param {string} what
   * @param {ImageQuery} query
   */
  #get(what, query) {
    return answerOf(`/api/${what}?${parametersOf(query)}`, {});
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
