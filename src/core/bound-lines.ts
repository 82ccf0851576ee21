import { utf8ToBytes } from "@noble/hashes/utils.js";

/** Longest line that is kept whole, characters. */
const LINE_MAX = 1_000;

/**
 * As many lines as fit in so many bytes of UTF-8, ends of lines counted; a line that is too long is cut.
 *
 * @param keep which of them stay where they are too many
 */
export function boundLines(
  lines: readonly string[],
  bytesMax: number,
  keep: "first" | "last",
): readonly string[] {
  const kept: string[] = [];
  let left = bytesMax;
  for (const line of keep === "first" ? lines : lines.toReversed()) {
    const short = line.length <= LINE_MAX ? line : `${line.slice(0, LINE_MAX)}…`.toWellFormed();
    left -= utf8ToBytes(short).length + 1;
    if (left < 0) break;
    kept.push(short);
  }
  return keep === "first" ? kept : kept.reverse();
}
