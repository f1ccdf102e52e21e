// Errors that the page explains. Knows no element of the page.

/** Why something could not be shown, in words for the user. */
export class SourceError extends Error {}

/**
 * What the page says of an error.
 * @param {unknown} error
 */
export function messageOf(error) {
  if (error instanceof SourceError) return error.message;
  console.error(error);
  return "This page failed; the browser’s console has the details.";
}
