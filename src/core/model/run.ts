import type { Budget } from "./budget.ts";
import type { EpochMs, ProjectId, RunId, WorkstreamId } from "./ids.ts";

/** One "go build it". It rests when nothing can go on without a person and ends when all its work ended. */
export interface Run {
  readonly id: RunId;
  readonly project: ProjectId;
  readonly workstreams: readonly WorkstreamId[];
  readonly startedAt: EpochMs;
  /** When it came to rest; null while something goes on. */
  readonly restedAt: EpochMs | null;
  /** Time spent not resting, up to the last rest, ms. */
  readonly activeMs: number;
  readonly resumedAt: EpochMs;
  readonly status: "active" | "completed" | "needs_you" | "failed" | "cancelled";
  readonly planningMs: number;
  readonly maxParallel: number;
  readonly approveAll: boolean;
  /** What the config allowed when it was given last; absent: no limit. */
  readonly budget?: Budget;
  /** A spec of one of its workstreams has a limit of its own, or had. */
  readonly isLimited?: true;
  /** Sum and count of "attempts open" weighted by time, for the mean. */
  readonly parallelMs: number;
  readonly parallelPeak: number;
  readonly gatesMs: number;
}
