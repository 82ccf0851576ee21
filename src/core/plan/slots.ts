import { slotsFor } from "../slots.ts";
import type { PlanInput } from "./input.ts";

/** Memory set aside for one attempt. */
const ATTEMPT_BYTES = 256 * 1024 ** 2;

/** Attempts at the same time: what the config says, or the larger of 4 and the cores; both bounded by free memory. */
export function countSlots({ config, machine }: Pick<PlanInput, "config" | "machine">): {
  readonly wanted: number;
  readonly possible: number;
} {
  const wanted = Math.max(1, config.maxParallel ?? Math.max(4, machine.cores));
  const { freeMemoryBytes: freeBytes } = machine;
  const possible = slotsFor({ freeBytes, running: 0, perAttemptBytes: ATTEMPT_BYTES, max: wanted });
  return { wanted, possible };
}
