/** SHA-256 (FIPS 180-4) for the core, which imports no platform. For short texts: a digest of 100 KiB takes milliseconds. */

const WORD = 2 ** 32;

/** First 32 bits of the fractional parts of the `root`-th roots of the first `count` primes. */
function listPrimeRoots(count: number, root: 2 | 3): readonly number[] {
  const primes: number[] = [];
  for (let next = 2; primes.length < count; next += 1) {
    if (primes.every((prime) => next % prime !== 0)) primes.push(next);
  }
  return primes.map((prime) => Math.floor(((root === 2 ? Math.sqrt(prime) : Math.cbrt(prime)) % 1) * WORD));
}

const START = listPrimeRoots(8, 2);
const ROUNDS = listPrimeRoots(64, 3);

/** Digest of a text's UTF-8 bytes, 64 hex digits. */
export function sha256(text: string): string {
  const bytes = pad(new TextEncoder().encode(text));
  const view = new DataView(bytes.buffer);
  const state = Int32Array.from(START);
  const words = new Int32Array(64);
  for (let offset = 0; offset < bytes.length; offset += 64) {
    for (let index = 0; index < 16; index += 1) words[index] = view.getInt32(offset + index * 4);
    compress(state, words);
  }
  return [...state].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** A one bit, zeros, and the length in bits as 64 bits, up to a multiple of 64 bytes. */
function pad(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor((bytes.length * 8) / WORD));
  view.setUint32(padded.length - 4, (bytes.length * 8) % WORD);
  return padded;
}

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** The first 16 `words` are a block of the text; the other 48 follow from them. */
function compress(state: Int32Array, words: Int32Array): void {
  const at = (index: number): number => words[index] ?? 0;
  for (let index = 16; index < 64; index += 1) {
    const near = at(index - 2);
    const far = at(index - 15);
    const mixedFar = rotate(far, 7) ^ rotate(far, 18) ^ (far >>> 3);
    const mixedNear = rotate(near, 17) ^ rotate(near, 19) ^ (near >>> 10);
    words[index] = at(index - 16) + mixedFar + at(index - 7) + mixedNear;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let index = 0; index < 64; index += 1) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const mixedE = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const mixedA = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const first = (h + mixedE + choice + (ROUNDS[index] ?? 0) + at(index)) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + mixedA + majority) | 0];
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = (state[index] ?? 0) + word;
}
