import { markdownReader } from "./markdown/markdown-reader.ts";
import type { SpecReader } from "./reader.ts";

/** Every format that osqr reads. The reader that is surest of a document gets it. */
export const READERS: readonly SpecReader[] = [markdownReader];

/** Null: no reader claims the document. */
export function findReader(
  path: string,
  text: string,
  readers: readonly SpecReader[] = READERS,
): SpecReader | null {
  let best: SpecReader | null = null;
  let bestScore = 0;
  for (const reader of readers) {
    const score = reader.claims(path, text);
    if (score > bestScore) {
      best = reader;
      bestScore = score;
    }
  }
  return best;
}
