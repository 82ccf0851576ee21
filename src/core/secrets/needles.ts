/** The spellings under which a secret may turn up. */

/** A shorter value would mask ordinary words. */
export const SECRET_CHARS_MIN = 8;
/** Values, and characters of one. */
const SECRETS_MAX = 100;
const SECRET_CHARS_MAX = 16_384;

/**
 * All texts to look for: the values plain, escaped as in JSON, encoded for a URL, in hexadecimal, and in base64, also as the part of a
 * longer text that was encoded. Each as characters and as its UTF-8 bytes, one character a byte. Line ends are left out, as where it
 * is looked for.
 */
export function toNeedles(values: readonly string[]): string[] {
  const needles = values
    .filter((value) => value.length <= SECRET_CHARS_MAX)
    .map((value) => value.toWellFormed().trim())
    .filter((value) => value.length >= SECRET_CHARS_MIN)
    .slice(0, SECRETS_MAX)
    .flatMap(toSpellings)
    .map((needle) => needle.replace(/[\r\n]/g, ""))
    .filter((needle) => needle.length >= SECRET_CHARS_MIN);
  return [...new Set(needles)];
}

function toSpellings(value: string): string[] {
  const bytes = [...new TextEncoder().encode(value)];
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const url = encodeURIComponent(value);
  const base64 = [0, 1, 2].map((offset) => toBase64(bytes, offset));
  return [
    value,
    String.fromCharCode(...bytes),
    JSON.stringify(value).slice(1, -1),
    url,
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    url.replaceAll("%20", "+"),
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
  ];
}

/** The characters that bytes give in base64, whatever stands before (so many bytes, modulo 3) and after them. */
function toBase64(bytes: readonly number[], offset: number): string {
  const text = btoa(String.fromCharCode(...Array<number>(offset).fill(0), ...bytes));
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
}
