// Asks a server, and takes images apart. Knows no question.
import { SourceError } from "./errors.js";

/**
 * @param {string} url
 * @param {RequestInit} init
 */
export async function answerOf(url, init) {
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

/**
 * Reads the length of the header, the header and the pixels.
 * @template Header
 * @param {ArrayBuffer} buffer
 * @returns {Frame<Header>}
 */
export function unframe(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { header, samples: new Uint16Array(buffer, 4 + length) };
}
