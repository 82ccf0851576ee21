/**
 * What is known of a run while it is followed: a fold over its events, seeded with a report. It says each event as finished
 * lines (`lines.ts`) and what is under way now as a footer (`footer.ts`). Taking an event twice does no harm.
 */
import type { Decision } from "../../core/model/decision.ts";
import type { Event } from "../../core/model/event.ts";
import type { GateReport } from "../../core/model/integration.ts";
import type { FruitlessOutcome } from "../../core/model/work.ts";
import type { DecisionView, RunReport, WorkstreamView } from "../../core/report/types.ts";
import type { PlanView } from "../../server/schemas/plan.ts";
import { displayWidth } from "../text/width.ts";

export type Phase = "open" | "merging" | "built" | "paused" | "cancelled" | "closed";

export interface FollowedWorkstream {
  readonly number: number | null;
  readonly name: string;
  phase: Phase;
  /** Open decisions that it has. */
  readonly asks: Set<string>;
  /** What it waits for before it starts, in words. */
  waitsFor: string;
  gates: readonly GateReport[];
}

export interface FollowedAttempt {
  readonly id: string;
  readonly task: string;
  /** Milliseconds since the Unix epoch; null: claimed, not yet started. */
  startedAt: number | null;
  isWaiting: boolean;
  activity: string | null;
  workMs: number;
  added: number;
  deleted: number;
  files: readonly string[];
  salvage: string | null;
  /** The attempt whose recorded result it took; null: it made its own. */
  reused: string | null;
  /** Criteria of it do not hold: its end is told with what becomes of its task. */
  isMissed: boolean;
}

export interface FollowedTask {
  readonly key: string;
  readonly title: string;
  /** Name of its workstream. */
  readonly workstream: string;
}

type OpenedDecision = Omit<Decision, "state" | "openedAt">;

const ownerOf = (task: string) => task.slice(0, Math.max(0, task.indexOf("#")));
const keyOf = (task: string) => task.slice(task.indexOf("#") + 1);

/** Ids in events carry their project: `p-42ea8134/token-format`. */
const PROJECT = /^p-[0-9a-f]{8}\//;

function describeWait(waitsFor: readonly string[]): string {
  return waitsFor.length === 0 ? "" : `waits for ${waitsFor.join(", ")}`;
}

function phaseOf(status: WorkstreamView["status"]): Phase {
  if (status === "completed") return "built";
  if (status === "integrating") return "merging";
  return status === "paused" || status === "cancelled" ? status : "open";
}

/** What becomes of the task is told right after it. */
export const isToldWithTask = ({ isMissed }: FollowedAttempt, outcome: FruitlessOutcome): boolean =>
  outcome === "failed" || (outcome === "rejected" && isMissed);

export class RunView {
  readonly run: string;
  readonly base: string;
  /** By name. */
  readonly workstreams = new Map<string, FollowedWorkstream>();
  readonly attempts = new Map<string, FollowedAttempt>();
  readonly decisions = new Map<string, OpenedDecision>();
  /** Tasks by name that wait for a decision, also those that joined the question later. */
  readonly waiting = new Map<string, readonly string[]>();
  /** By `<name>#<key>`. */
  readonly #titles = new Map<string, string>();
  readonly #names = new Map<string, string>();
  /** Prefix of ids of the own project; null: not known yet. */
  #project: string | null = null;
  /** Workstreams that were added and that the run may take in. */
  readonly #added = new Map<string, FollowedWorkstream>();

  constructor(run: string, plan: PlanView, report: RunReport) {
    this.run = run;
    this.base = plan.project.base;
    for (const { id, number, name, waitsFor, tasks } of plan.workstreams) {
      this.#learnName(id, name);
      this.#join({
        number,
        name,
        phase: "open",
        asks: new Set(),
        waitsFor: describeWait(waitsFor),
        gates: [],
      });
      for (const { key, title } of tasks) this.#titles.set(`${name}#${key}`, title);
    }
    for (const { number, name, status, decisions, waitsFor, items, closed } of report.workstreams) {
      const waits = describeWait(waitsFor.filter((text) => !decisions.includes(text)));
      const asks = new Set(decisions);
      const phase = closed === null ? phaseOf(status) : "closed";
      this.#join({ number, name, phase, asks, waitsFor: waits, gates: [] });
      for (const { key, title } of items) this.#titles.set(`${name}#${key}`, title);
    }
  }

  /** Columns of the longest title of a task with its key. */
  get titleWidth(): number {
    let longest = 0;
    for (const [id, title] of this.#titles)
      longest = Math.max(longest, keyOf(id).length + 1 + displayWidth(title));
    return longest;
  }

  /** Columns of the longest workstream with its number. */
  get subjectWidth(): number {
    const widths = [...this.workstreams.values()].map(({ number, name }) =>
      displayWidth(number === null ? name : `${number} ${name}`),
    );
    return Math.max(0, ...widths);
  }

  #join(workstream: FollowedWorkstream): void {
    this.workstreams.set(workstream.name, workstream);
  }

  #learnName(id: string, name: string): void {
    this.#names.set(id, name);
    this.#project ??= PROJECT.exec(id)?.[0] ?? null;
  }

  /** The name of a workstream of this project; null for one of another. */
  nameOf(id: string): string | null {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    // Views name tasks without the project; they are asked for within it.
    const project = PROJECT.exec(id)?.[0];
    if (project === undefined) return id;
    return this.#project === null || project === this.#project ? id.slice(project.length) : null;
  }

  /** The workstream with an id, where it is one of this run. */
  find(id: string): FollowedWorkstream | undefined {
    const name = this.nameOf(id);
    return name === null ? undefined : this.workstreams.get(name);
  }

  /** The workstream that a task belongs to, where it is one of this run. */
  ownerOf(task: string): FollowedWorkstream | undefined {
    return this.find(ownerOf(task));
  }

  taskOf(id: string): FollowedTask {
    const workstream = this.nameOf(ownerOf(id)) ?? ownerOf(id);
    const key = keyOf(id);
    return { key, title: this.#titles.get(`${workstream}#${key}`) ?? "", workstream };
  }

  /** Attempts that run now, first claimed first. */
  listRunning(): FollowedAttempt[] {
    return [...this.attempts.values()].filter(({ isWaiting }) => !isWaiting);
  }

  /** An attempt that the event speaks of and nobody has told of: it began before this was followed. */
  findUnknownAttempt(event: Event): string | null {
    switch (event.kind) {
      case "attempt_completed":
      case "attempt_ended":
      case "attempt_progressed":
      case "attempt_resumed":
        return this.attempts.has(event.attempt) ? null : event.attempt;
      default:
        return null;
    }
  }

  learnAttempt(id: string, task: string, startedAt: number | null): void {
    this.attempts.set(id, {
      id,
      task,
      startedAt,
      isWaiting: false,
      activity: null,
      workMs: 0,
      added: 0,
      deleted: 0,
      files: [],
      salvage: null,
      reused: null,
      isMissed: false,
    });
  }

  /** The attempt of a task that ended last and whose end was not told by itself. */
  findMissed(task: string): FollowedAttempt | undefined {
    return [...this.attempts.values()].find((each) => each.task === task && each.isMissed);
  }

  learnDecision({ id, blocks }: DecisionView): void {
    this.waiting.set(id, blocks);
  }

  /** Brings the view up to date. Called after the lines of the event were made. */
  take(event: Event): void {
    this.#takeAttempt(event);
    this.#takeWorkstream(event);
    this.#takeDecision(event);
  }

  #takeAttempt(event: Event): void {
    if (event.kind === "attempts_claimed") {
      for (const { attempt, task } of event.launches) {
        const owner = this.ownerOf(task);
        if (owner === undefined) continue;
        owner.waitsFor = "";
        // Known from the report already, with the time of its start.
        if (!this.attempts.has(attempt)) this.learnAttempt(attempt, task, null);
      }
      this.#takeHeld(event.held);
      return;
    }
    if (event.kind === "task_requeued") {
      for (const { id, task } of this.attempts.values()) if (task === event.task) this.attempts.delete(id);
      return;
    }
    if (!("attempt" in event) || event.attempt === null) return;
    const attempt = this.attempts.get(event.attempt);
    if (attempt === undefined) return;
    switch (event.kind) {
      case "attempt_started":
        attempt.startedAt = event.at;
        return;
      case "attempt_parked":
        attempt.isWaiting = true;
        return;
      case "attempt_resumed":
        attempt.isWaiting = false;
        return;
      case "attempt_progressed":
        attempt.activity = event.text;
        return;
      case "attempt_completed":
        Object.assign(attempt, {
          workMs: event.workMs,
          added: event.added,
          deleted: event.deleted,
          files: event.files,
          reused: event.reused ?? null,
        });
        return;
      case "criteria_checked":
        attempt.isMissed = event.results.some(({ met }) => !met);
        return;
      case "attempt_ended":
        Object.assign(attempt, { workMs: event.workMs, salvage: event.salvage });
        if (!isToldWithTask(attempt, event.outcome)) this.attempts.delete(event.attempt);
        return;
      case "task_completed":
      case "task_failed":
      case "task_waited":
        this.attempts.delete(event.attempt);
        return;
    }
  }

  #takeHeld(held: readonly { readonly task: string; readonly reason: string }[]): void {
    for (const { task, reason } of held) {
      const workstream = this.ownerOf(task);
      if (workstream !== undefined) workstream.waitsFor = reason;
    }
  }

  #takeWorkstream(event: Event): void {
    if (event.kind === "workstream_added") {
      const { id, number, name } = event.workstream;
      if (this.#project !== null && PROJECT.exec(id)?.[0] !== this.#project) return;
      this.#learnName(id, name);
      this.#added.set(id, { number, name, phase: "open", asks: new Set(), waitsFor: "", gates: [] });
      for (const { key, title } of event.tasks) this.#titles.set(`${name}#${key}`, title);
      return;
    }
    if (event.kind === "run_extended" && event.run === this.run) this.#extend(event.workstreams);
    if (event.kind === "run_started" && event.run.id === this.run) this.#extend(event.run.workstreams);
    if (!("workstream" in event) || typeof event.workstream !== "string") return;
    const workstream = this.find(event.workstream);
    if (workstream === undefined) return;
    switch (event.kind) {
      case "integration_queued":
      case "integration_started":
      case "revert_requested":
        workstream.phase = "merging";
        return;
      case "gates_run":
        workstream.gates = event.reports;
        return;
      case "workstream_landed":
      case "revert_abandoned":
        workstream.phase = "built";
        return;
      case "integration_stopped":
      case "workstream_reverted":
      case "workstream_restarted":
        workstream.phase = "open";
        return;
      case "workstream_closed":
        workstream.phase = "closed";
        return;
      case "intent_set":
        if (workstream.phase !== "closed") workstream.phase = event.intent === "run" ? "open" : event.intent;
        return;
      case "workstream_removed":
        this.workstreams.delete(workstream.name);
        return;
    }
  }

  #extend(ids: readonly string[]): void {
    for (const id of ids) {
      const added = this.#added.get(id);
      if (added !== undefined && !this.workstreams.has(added.name)) this.#join(added);
    }
  }

  #takeDecision(event: Event): void {
    if (event.kind === "decision_opened") {
      this.decisions.set(event.decision.id, event.decision);
      this.find(event.decision.workstream)?.asks.add(event.decision.id);
    } else if (event.kind === "decision_resolved" || event.kind === "decision_withdrawn") {
      for (const { asks } of this.workstreams.values()) asks.delete(event.decision);
    }
  }
}
