/** What attempts of agents report, and what is done where an agent fails. */
import { boundLines } from "../bound-lines.ts";
import { needAttempt } from "../evolve/attempts.ts";
import { needTask } from "../evolve/draft.ts";
import type { AgentFailure } from "../model/agent.ts";
import type { Command } from "../model/command.ts";
import type { AttemptId, TaskId } from "../model/ids.ts";
import { planRecovery } from "../recovery/plan-recovery.ts";
import { boundRefused } from "../refused-hosts.ts";
import { waitForAsked } from "./asked.ts";
import { claimOf } from "./claims.ts";
import { refuseUntold } from "./messages.ts";
import { askForUnreachable } from "./missing.ts";
import { askQuestion, failureQuestion, limitQuestion } from "./questions.ts";
import { takeNextRoute } from "./routes.ts";
import type { Step } from "./step.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

const SUMMARY_MAX = 4_000;
const NOTE_MAX = 1_000;
const NOTES_MAX = 20;
/** What is kept of what the gates said, bytes. */
const OUTPUT_BYTES_MAX = 8 * 1024;
/** A limit that lasts longer is not waited for where somebody else can do the task. */
const PATIENCE_MS = 10 * 60_000;

export function openSession(step: Step, command: Of<"session_opened">): void {
  claimOf(step, command, ["running", "waiting"]);
  step.emit(command);
}

export function endTurn(step: Step, command: Of<"turn_ended">): void {
  const { turns } = claimOf(step, command, ["running", "waiting"]);
  step.emit({ ...command, turn: turns + 1 });
}

export function finishWork(step: Step, command: Of<"work_finished">): void {
  refuseUntold(step, claimOf(step, command, ["running", "waiting"]));
  step.emit(command);
}

export function writeHandOff(step: Step, command: Of<"hand_off_written">): void {
  claimOf(step, command, ["running", "waiting"]);
  const summary = command.summary.slice(0, SUMMARY_MAX);
  const notes = command.notes.slice(0, NOTES_MAX).map((note) => note.slice(0, NOTE_MAX));
  step.emit({ ...command, summary, notes });
}

/** Of more hosts than are kept nothing is told. */
export function refuseHosts(step: Step, command: Of<"network_refused">): void {
  const { refusedHosts = [] } = claimOf(step, command, ["running", "waiting"]);
  const hosts = boundRefused(refusedHosts, command.hosts);
  if (hosts.length > 0) step.emit({ ...command, hosts });
}

interface Failed {
  readonly attempt: AttemptId;
  readonly failure: AgentFailure;
  readonly reason: string;
  readonly tail: readonly string[];
  /** How often an agent is told what turned its result down; undefined: as usual. */
  readonly rounds: number | undefined;
}

/** What a person is told where nothing goes on by itself. */
export interface Asked {
  readonly reason: string;
  readonly tail: readonly string[];
  readonly failure?: AgentFailure["kind"];
}

/** An agent did not do its work: goes on by itself where that makes sense, a bounded number of times, else asks. */
export function recover(
  step: Step,
  id: TaskId,
  { attempt, failure, reason, tail, rounds }: Failed,
  ask: (why: Asked) => void,
): void {
  const task = needTask(step.state, id);
  const recovery = planRecovery(task, failure, { now: step.now, rounds });
  const { kind } = failure;
  const told = kind === "validation" ? { output: boundLines(tail, OUTPUT_BYTES_MAX, "first") } : {};
  const { isSpent, ...chosen } = recovery;
  step.emit({ kind: "recovery_chosen", attempt, task: id, failure: kind, ...chosen, ...told });
  const { executor, model } = needAttempt(step.state, attempt);
  const isWorthIt = recovery.step === "ask" || (recovery.until ?? 0) - step.now > PATIENCE_MS;
  const failed = { executor, model, kind, message: failure.message };
  if (isWorthIt && !isSpent && takeNextRoute(step, id, failed)) return;
  if (recovery.step === "ask") {
    const why = recovery.nth === 1 && !isSpent ? reason : `${reason}; ${recovery.reason}`;
    ask({ reason: why, tail, failure: kind });
    return;
  }
  if (recovery.step === "resume") {
    const why = `${attempt} failed (${reason}): ${recovery.reason}`;
    step.emit({ kind: "task_requeued", task: id, reason: why, recovers: true });
    waitForAsked(step, id);
    askForUnreachable(step, id);
    return;
  }
  const question = limitQuestion(failureQuestion(id, attempt, reason, tail), {
    executor,
    isDown: kind === "down",
    until: recovery.until,
  });
  const decision = askQuestion(step, task.workstream, question, [id]);
  step.emit({ kind: "task_waited", task: id, attempt: null, decision });
}
