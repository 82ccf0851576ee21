/** Base64url without padding (RFC 4648, section 5). Decoding is strict: one text per sequence of bytes. */

const alphabet = /^[A-Za-z0-9_-]*$/;

/** @param {Uint8Array} bytes */
export function toBase64url(bytes) {
  return Buffer.from(bytes).toString("base64url");
}

/**
 * @param {string} text
 * @returns {Uint8Array | null} null where the text is not what `toBase64url` writes
 */
export function fromBase64url(text) {
  if (!alphabet.test(text)) return null;
  const bytes = new Uint8Array(Buffer.from(text, "base64url"));
  // A last character with stray bits decodes, but to bytes that another text stands for.
  return toBase64url(bytes) === text ? bytes : null;
}
