import type { Selection } from "../engine/service.ts";

/** What `--only`, `--skip` and plain names select. */
export function toSelection(input: {
  readonly specs: readonly string[];
  readonly only: readonly string[];
  readonly skip: readonly string[];
}): Selection {
  const only = [...input.specs, ...input.only];
  return { only: only.length === 0 ? null : only, skip: input.skip };
}
