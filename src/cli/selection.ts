import type { PlanOptions } from "../engine/service.ts";

/** What `--only`, `--skip` and plain names select. */
export function toSelection(input: {
  readonly specs: readonly string[];
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly executor: string | null;
}): PlanOptions {
  const only = [...input.specs, ...input.only];
  return { only: only.length === 0 ? null : only, skip: input.skip, executor: input.executor };
}
