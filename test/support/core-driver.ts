import { expect } from "vitest";
import { decide } from "../../src/core/decide/decide.ts";
import type { Command, Refusal, Registration } from "../../src/core/model/command.ts";
import type { Decision } from "../../src/core/model/decision.ts";
import type { ProjectDraft } from "../../src/core/model/drafts.ts";
import type { Event, GraphRanks } from "../../src/core/model/event.ts";
import { type AttemptId, type DecisionId, toWorkstreamId } from "../../src/core/model/ids.ts";
import { emptyState, type State } from "../../src/core/model/state.ts";
import type { Attempt, Task, Workstream } from "../../src/core/model/work.ts";
import { statusOf, type WorkstreamStatus } from "../../src/core/status.ts";
import { checkState } from "../simulation/invariants.ts";
import { NO_RANKS, PROJECT, projectDraft, registration, type WorkstreamInput } from "./core-builders.ts";

const COMMIT = "c".repeat(40);
const MINUTE = 60_000;

/** A core with a clock: sends commands, keeps the history, and checks every invariant after each step. */
export class CoreDriver {
  state: State = emptyState();
  readonly history: Event[] = [];
  now = 1_000_000;

  constructor(project: Partial<ProjectDraft> = {}) {
    this.send({ kind: "open_project", project: projectDraft(project) });
  }

  /** Carries out a command that must not be refused. */
  send(command: Command): readonly Event[] {
    const decided = decide(this.state, command, this.now);
    if (!decided.ok) throw new Error(`${command.kind} was refused: ${decided.refusal.message}`);
    this.state = decided.state;
    this.history.push(...decided.events);
    expect(checkState(this.state)).toEqual([]);
    return decided.events;
  }

  /** Sends a command that must be refused and leave the state as it is. */
  refused(command: Command): Refusal {
    const decided = decide(this.state, command, this.now);
    if (decided.ok) throw new Error(`${command.kind} was not refused`);
    return decided.refusal;
  }

  register(inputs: readonly (WorkstreamInput | Registration)[], ranks: Partial<GraphRanks> = {}): void {
    const registrations = inputs.map((input) => ("workstream" in input ? input : registration(input)));
    this.send({ kind: "register", project: PROJECT, registrations, ranks: { ...NO_RANKS, ...ranks } });
  }

  /** Starts a run with the named workstreams. */
  go(...names: string[]): void {
    const include = names.map(toWorkstreamId);
    const rest = { approve: [], approveAll: false, planningMs: 0, maxParallel: 8, by: "user" };
    this.send({ kind: "go", project: PROJECT, include, ...rest });
  }

  /** Registers and starts. */
  begin(inputs: readonly WorkstreamInput[], ranks: Partial<GraphRanks> = {}): void {
    this.register(inputs, ranks);
    this.go(...inputs.map(({ id }) => id));
  }

  /** Lets the scheduler work; the tasks that it launched, in launch order. */
  schedule(slots = 8): string[] {
    const events = this.send({ kind: "schedule", slots });
    return events.flatMap((event) =>
      event.kind === "attempts_claimed" ? event.launches.map(({ task }) => String(task)) : [],
    );
  }

  /** Why ready tasks did not start, as the last launch recorded it. */
  held(): readonly string[] {
    const last = this.history.findLast((event) => event.kind === "attempts_claimed");
    return last?.kind === "attempts_claimed" ? last.held.map(({ task, reason }) => `${task} ${reason}`) : [];
  }

  task(id: string): Task {
    const task = this.state.tasks.get(id as Task["id"]);
    if (task === undefined) throw new Error(`no task ${id}`);
    return task;
  }

  workstream(id: string): Workstream {
    const workstream = this.state.workstreams.get(toWorkstreamId(id));
    if (workstream === undefined) throw new Error(`no workstream ${id}`);
    return workstream;
  }

  status(id: string): WorkstreamStatus {
    return statusOf(this.state, this.workstream(id));
  }

  decision(id: string): Decision {
    const decision = this.state.decisions.get(id as DecisionId);
    if (decision === undefined) throw new Error(`no decision ${id}`);
    return decision;
  }

  /** Ids of open decisions. */
  open(): string[] {
    return [...this.state.open.keys()];
  }

  /** The newest attempt of a task. */
  attempt(task: string): Attempt {
    const attempt = this.state.attempts.get(this.task(task).attempts.at(-1) as AttemptId);
    if (attempt === undefined) throw new Error(`${task} has no attempt`);
    return attempt;
  }

  /** The claim of a task's newest attempt, as results carry it. */
  claim(task: string): { attempt: AttemptId; fence: number } {
    const { id, fence } = this.attempt(task);
    return { attempt: id, fence };
  }

  start(...tasks: string[]): void {
    for (const task of tasks) this.send({ kind: "attempt_started", ...this.claim(task), sandbox: "process" });
  }

  succeed(task: string): void {
    const result = { commit: COMMIT, files: [], added: 1, deleted: 0, workMs: 10, warnings: [] };
    this.send({ kind: "attempt_succeeded", ...this.claim(task), ...result });
  }

  join(task: string, artifacts: readonly string[] = []): void {
    this.send({ kind: "task_joined", ...this.claim(task), tip: COMMIT, handoff: null, artifacts });
  }

  /** A launched task does its work. */
  finish(...tasks: string[]): void {
    for (const task of tasks) {
      this.start(task);
      this.succeed(task);
      this.join(task);
    }
  }

  end(task: string, outcome: "failed" | "cancelled" | "lost", reason = "exit 1"): void {
    const rest = { tail: ["last line"], workMs: 5, salvage: null };
    this.send({ kind: "attempt_failed", ...this.claim(task), outcome, reason, ...rest });
  }

  fail(task: string): void {
    this.start(task);
    this.end(task, "failed");
  }

  /** Brings a workstream that is in the merge queue into the base. */
  land(id: string, commit: string | null = COMMIT): void {
    const workstream = toWorkstreamId(id);
    this.send({ kind: "integration_started", workstream, onto: COMMIT });
    if (commit !== null) this.send({ kind: "landing_intended", workstream, from: COMMIT, to: commit });
    this.send({ kind: "landed", workstream, commit, held: null });
  }

  stopIntegration(id: string, cause: "conflict" | "gates" | "error"): void {
    const rest = { reason: `${id} ${cause}`, context: "", hashes: [] };
    this.send({ kind: "integration_stopped", workstream: toWorkstreamId(id), cause, ...rest });
  }

  resolve(decision: string, option: string): void {
    const rest = { by: "user" as const, reasoning: "because" };
    this.send({ kind: "resolve", decision: decision as DecisionId, option, ...rest });
  }

  intend(id: string, intent: "run" | "paused" | "cancelled"): void {
    this.send({ kind: "set_intent", workstream: toWorkstreamId(id), intent, by: "user", reason: "test" });
  }

  wait(minutes: number): void {
    this.now += minutes * MINUTE;
  }

  kinds(): string[] {
    return this.history.map(({ kind }) => kind);
  }

  /** Works off everything that can go on, in launch order. */
  runOn(slots = 8): string[] {
    const order: string[] = [];
    for (let launched = this.schedule(slots); launched.length > 0; launched = this.schedule(slots)) {
      order.push(...launched);
      this.finish(...launched);
      for (const id of [...this.state.mergeQueue.values()]) this.land(id);
    }
    return order;
  }
}
