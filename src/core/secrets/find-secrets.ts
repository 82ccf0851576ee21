/** Secrets in a text: keys and private keys that are known by their looks, and values that look like one. */
import { findBlocks, findKeys, nameKey } from "./patterns.ts";

/** A place in a text that holds a secret, or may hold one. */
export interface FoundSecret {
  readonly start: number;
  readonly end: number;
  /** What it is, for people; never the value itself. */
  readonly what: string;
  /** False: it only looks like one. */
  readonly isSure: boolean;
}

/** A header alone is the text of a parser, not a key. */
const BLOCK_BODY_CHARS_MIN = 64;
/** Fewest different characters of a value that somebody made up by chance. */
const DISTINCT_MIN = 8;
/** Bits for each character from which a value looks random; hexadecimal digits have 4 at the most. */
const ENTROPY_MIN = 3.3;
/** Of one kind: more tell nothing new. */
const FOUND_MAX = 1_000;

const AWS_SECRET =
  /aws_?secret_?(?:access_?)?key["'`]?\s{0,4}(?:=>|[:=])\s{0,4}["'`]?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi;
/** A name that says so, and a quoted value, or the rest of the line as in an `.env`. */
const ASSIGNED =
  /(?:secret|token|passw(?:or)?d|api_?-?key|access_?-?key|private_?-?key|credential)[A-Za-z0-9_-]{0,20}["'`]?\s{0,4}(?:=>|[:=])\s{0,4}(?:["'`]([A-Za-z0-9+/=_.~!@#$%^&*-]{16,200})["'`]|([A-Za-z0-9+/=_.~-]{20,200})[ \t]*(?=[\r\n]|$))/gi;
const IN_ADDRESS = /:\/\/[^\s:/@"'`]{1,100}:([^\s:/@"'`]{8,200})@/g;
const WEB_TOKEN =
  /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{20,1000}/g;

/** All of them, by where they begin. What is plainly a placeholder (`AKIA…EXAMPLE`, one character again and again) is left out. */
export function findSecrets(text: string): readonly FoundSecret[] {
  const sure = [
    ...listKeys(text),
    ...listBlocks(text),
    ...listMatches(text, AWS_SECRET, "AWS secret key", true),
  ];
  const maybe = [
    ...listMatches(text, WEB_TOKEN, "JSON web token", false),
    ...listMatches(text, IN_ADDRESS, "password in an address", false),
    ...listMatches(text, ASSIGNED, "value that looks like a secret", false),
  ].filter((each) => !sure.some((other) => each.start < other.end && other.start < each.end));
  return [...sure, ...maybe].sort((a, b) => a.start - b.start);
}

function listKeys(text: string): FoundSecret[] {
  return findKeys(text, "")
    .slice(0, FOUND_MAX)
    .flatMap(({ start, end }) => {
      const key = text.slice(start, end);
      const kind = nameKey(key);
      if (kind === null || isPlaceholder(key.slice(kind.prefix.length))) return [];
      return [{ start, end, what: kind.name, isSure: true }];
    });
}

function listBlocks(text: string): FoundSecret[] {
  return findBlocks(text)
    .slice(0, FOUND_MAX)
    .flatMap(({ start, end }) => {
      const body = text.slice(start, end).replace(/-----[A-Z0-9 ]{0,60}-----|\\n|\s/g, "");
      const isKey = body.length >= BLOCK_BODY_CHARS_MIN && !isPlaceholder(body);
      return isKey ? [{ start, end, what: "private key", isSure: true }] : [];
    });
}

function listMatches(text: string, pattern: RegExp, what: string, isSure: boolean): FoundSecret[] {
  return [...text.matchAll(pattern)].slice(0, FOUND_MAX).flatMap((match) => {
    const value = match[1] ?? match[2] ?? match[0];
    const start = match.index + match[0].lastIndexOf(value);
    const isLikely = !isPlaceholder(value) && (isSure || looksRandom(value));
    return isLikely ? [{ start, end: start + value.length, what, isSure }] : [];
  });
}

/** Written for people to replace it, or to show its form. */
export function isPlaceholder(value: string): boolean {
  if (/example|placeholder|changeme|your[-_]?|x{6}|0{8}|1234567/i.test(value)) return true;
  if (new Set(value).size < DISTINCT_MIN) return true;
  // A run through the alphabet or the digits.
  let steps = 0;
  for (let at = 1; at < value.length; at += 1) {
    if (value.charCodeAt(at) - value.charCodeAt(at - 1) === 1) steps += 1;
  }
  return steps > value.length / 2;
}

/** A word or a path in code has no digits, or few kinds of characters. */
function looksRandom(value: string): boolean {
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  return entropyOf(value) >= ENTROPY_MIN;
}

/** Bits for each character, by how often each occurs. */
function entropyOf(value: string): number {
  const counts = new Map<string, number>();
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}
