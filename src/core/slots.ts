/**
 * Attempts that may be under way at once: those that are already, and as many more as the memory that is free now can bear. At least 1,
 * so that work always goes on; at most `max`.
 */
export function slotsFor(options: {
  /** Memory that programs could still get, bytes; what the running attempts have is not part of it. */
  readonly freeBytes: number;
  /** Attempts under way. */
  readonly running: number;
  /** Memory that those are expected to take yet, bytes. @default 0 */
  readonly owedBytes?: number;
  /** Memory that one more attempt is taken to need, bytes. */
  readonly perAttemptBytes: number;
  readonly max: number;
}): number {
  const { freeBytes, running, owedBytes = 0, perAttemptBytes, max } = options;
  const more = Math.max(0, Math.floor((freeBytes - owedBytes) / Math.max(1, perAttemptBytes)));
  return Math.max(1, Math.min(max, running + more));
}
