// Hands a file to the user. Knows nothing of what is in it.
import { element } from "./elements.js";

/** Milliseconds after which a file that was made here is given up. */
const KEPT = 4000;

/**
 * @param {string} address
 * @param {string} name empty for the name that the server gives
 */
export function download(address, name) {
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  if (address.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(address), KEPT);
}
