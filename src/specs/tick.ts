import type { Spec } from "../core/model/spec.ts";
import type { Completion } from "./reader.ts";
import { READERS } from "./readers.ts";

/**
 * The text of a spec with the boxes of done tasks ticked and, where `done`, its status set. All other bytes stay: line
 * ends, trailing spaces, quotes. Doing it again changes nothing.
 *
 * @param text The document as it is now in the tree to commit; it may differ from the one that `spec` was read from.
 */
export function completeSpec(text: string, spec: Spec, completion: Completion): string {
  const reader = READERS.find((candidate) => candidate.name === spec.format);
  return reader ? reader.complete(text, spec, completion) : text;
}
