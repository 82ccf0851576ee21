import type { AgentFailure } from "../../core/model/agent.ts";
import type { Amount } from "../../core/model/budget.ts";
import type { AttemptId } from "../../core/model/ids.ts";
import type { Launch } from "../../core/model/scheduling.ts";
import type { SessionChoice } from "../../core/model/session.ts";
import type { Task, Workstream } from "../../core/model/work.ts";
import type { ProjectPorts } from "../ports.ts";
import type { EffectContext, LiveAttempt } from "./context.ts";
import { sayMemory } from "./memory.ts";
import { sayToolCalls, sayWanted } from "./usage.ts";

/** An attempt on its way from its claim to its result. */
export interface Running {
  readonly context: EffectContext;
  readonly project: ProjectPorts;
  readonly launch: Launch;
  readonly live: LiveAttempt;
  readonly task: Task;
  readonly workstream: Workstream;
}

/** The model that the attempt works with: its task's, or another one to save. Null: the executor's own choice. */
export const modelOf = ({ launch, task }: Pick<Running, "launch" | "task">): string | null =>
  launch.model === undefined ? task.model : launch.model;

/** How an attempt ended that has no result. */
interface End {
  readonly outcome: "failed" | "cancelled" | "lost";
  readonly reason: string;
  /** Last lines of output. */
  readonly tail: readonly string[];
  readonly workMs: number;
  /** Of an agent. */
  readonly failure?: AgentFailure;
  /** How often it is told what turned its result down. */
  readonly rounds?: number;
  /** Of its agent; absent: it is none. */
  readonly toolCalls?: number;
  readonly peakMemoryBytes?: number;
  /** What its next request would have needed, where a budget ended it. */
  readonly wanted?: Amount;
}

/** What ends because it was stopped has not failed. */
export function toEnd(live: LiveAttempt, reason: string, workMs = 0): End {
  const { stopped } = live;
  const outcome = stopped === null ? "failed" : stopped === "shutdown" ? "lost" : "cancelled";
  return { outcome, reason, tail: [], workMs, ...sayToolCalls(live), ...sayMemory(live), ...sayWanted(live) };
}

export function stopReason({ stopped, overBudget }: LiveAttempt): string {
  if (overBudget !== null) return `over budget: ${overBudget}`;
  return stopped === "pause"
    ? "paused by the operator"
    : stopped === "shutdown"
      ? "osqr was stopped"
      : "cancelled by the operator";
}

/** @param salvage where its work is kept; null: there was none */
export async function report(
  { context, launch }: Pick<Running, "context" | "launch">,
  end: End,
  salvage: string | null,
): Promise<void> {
  const { attempt, fence } = launch;
  await context.engine.submitResult({ kind: "attempt_failed", attempt, fence, ...end, salvage });
}

interface BeginInput {
  readonly inputHash: string | null;
  readonly sandbox: string;
  readonly continues?: AttemptId;
  readonly conversation?: SessionChoice;
  readonly briefed?: readonly string[];
  readonly onlyChecks?: true;
}

/**
 * Records that it starts. False: it must not any more.
 *
 * @param start.sandbox what closes its process; empty: it needs none
 */
export async function begin(
  { context, launch, live }: Running,
  { inputHash, ...rest }: BeginInput,
): Promise<boolean> {
  if (live.stopped !== null) return false;
  const { attempt, fence } = launch;
  const hash = inputHash === null ? {} : { inputHash };
  const started = { kind: "attempt_started", attempt, fence, ...rest, ...hash } as const;
  const decided = await context.engine.submitResult(started);
  return decided.ok && live.stopped === null;
}

/** False: the core has ended the attempt; whatever comes of it now is refused. */
export function isOpen({ context, launch }: Pick<Running, "context" | "launch">): boolean {
  const kind = context.state.attempts.get(launch.attempt)?.state.kind;
  return kind === "claimed" || kind === "running" || kind === "waiting";
}
