import { toSafeJson } from "../safe-text.ts";

const CHARS_MAX = 120;

/** Text of an agent in a sentence: quoted, escaped, cut at 120 characters. */
export function quote(text: string): string {
  const short = text.length > CHARS_MAX ? `${text.slice(0, CHARS_MAX)}…` : text;
  return toSafeJson(short);
}
