import { revertOf } from "../../../src/core/evolve/reverts.ts";
import type { Event } from "../../../src/core/model/event.ts";
import type { AttemptId, TaskId } from "../../../src/core/model/ids.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { Workstream } from "../../../src/core/model/work.ts";
import { checkWave } from "./budgets.ts";
import { isOpenAttempt } from "./claims.ts";
import { FlowRules, listReset } from "./flow-history.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/**
 * Rules about what follows what, which one state alone does not show. Keeps its own short memory, so that it does not
 * believe the state that it checks. Feed it each event with the states before and after it.
 */
export class HistoryRules {
  #seq = 0;
  #at = 0;
  #fence = 0;
  readonly #flow = new FlowRules();
  /** Claims as the events opened and closed them: task -> attempt. */
  readonly #claims = new Map<string, AttemptId>();
  /** Tasks that were completed and not set back since. */
  readonly #completed = new Set<string>();
  readonly #landed = new Map<string, number>();
  readonly #merged = new Set<AttemptId>();

  feed(event: Event, before: State, after: State): string[] {
    const problems: string[] = [];
    if (event.seq !== this.#seq + 1) problems.push(`event ${event.seq} follows ${this.#seq}`);
    if (event.at < this.#at) problems.push(`event ${event.seq} is earlier than the one before it`);
    this.#seq = event.seq;
    this.#at = event.at;
    problems.push(...this.#check(event, before, after), ...this.#flow.feed(event, before, after));
    for (const id of listReset(event, before, after)) this.#completed.delete(id);
    return problems;
  }

  #check(event: Event, before: State, after: State): string[] {
    switch (event.kind) {
      case "attempts_claimed":
        return [...this.#checkClaims(event, before), ...checkSlots(event, after), ...checkWave(event, after)];
      case "review_opened":
        return [...this.#takeClaim(event, event), ...checkReady(event.task, before)];
      case "workstream_returned":
        // There was nothing to merge: it may land after all.
        if (before.workstreams.get(event.workstream)?.integration.kind === "nothing")
          this.#landed.delete(event.workstream);
        return [];
      case "workstream_migrated":
        this.#move(event, after);
        return [];
      case "attempt_started":
      case "attempt_parked":
      case "attempt_resumed":
      case "attempt_progressed":
      case "attempt_completed":
      case "attempt_ended":
        return this.#checkResult(event, before);
      case "task_completed":
        return this.#checkCompletion(event, before);
      case "workstream_landed":
        return this.#checkLanding(event, before);
      case "workstream_reverted":
        return this.#checkRevert(event, before);
      case "integration_started":
      case "gates_run":
      case "landing_intended":
        return checkMerge(event, before);
      case "decision_resolved":
        return checkAnswer(event, before);
      case "workstream_removed":
        for (const key of this.#completed) {
          if (key.startsWith(`${event.workstream}#`)) this.#completed.delete(key);
        }
        this.#landed.delete(event.workstream);
        return [];
      default:
        return [];
    }
  }

  #checkClaims(event: Of<"attempts_claimed">, before: State): string[] {
    const problems: string[] = [];
    const last = new Map<string, { order: number; key: string }>();
    for (const launch of event.launches) {
      const { task: id, attempt } = launch;
      problems.push(...this.#takeClaim(event, launch), ...checkReady(id, before));
      const task = before.tasks.get(id);
      const workstream = task === undefined ? undefined : before.workstreams.get(task.workstream);
      if (task === undefined || workstream === undefined) {
        problems.push(`${attempt} claims ${id}, which does not exist`);
        continue;
      }
      const previous = last.get(workstream.id);
      const { order, key } = task;
      if (
        previous !== undefined &&
        (previous.order > order || (previous.order === order && previous.key > key))
      )
        problems.push(`${id} (order ${order}) starts after ${previous.key} (order ${previous.order})`);
      last.set(workstream.id, { order, key });
    }
    return problems;
  }

  /** One claim at a time, each with a higher fence than all before it. */
  #takeClaim(
    { kind }: Event,
    { task, attempt, fence }: { task: string; attempt: AttemptId; fence: number },
  ): string[] {
    const problems: string[] = [];
    const holder = this.#claims.get(task);
    if (holder !== undefined)
      problems.push(`${kind}: ${attempt} claims ${task}, which ${holder} still holds`);
    if (fence <= this.#fence)
      problems.push(`${kind}: ${attempt} has fence ${fence}, an earlier claim has ${this.#fence}`);
    this.#claims.set(task, attempt);
    this.#fence = Math.max(this.#fence, fence);
    return problems;
  }

  /** Claims go along with their tasks, and only what is done in the new blueprint is done. */
  #move({ migration }: Of<"workstream_migrated">, after: State): void {
    const { workstream: id, mapping } = migration;
    const moved = mapping.flatMap(({ from, to }): [string, AttemptId][] => {
      const holder = this.#claims.get(`${id}#${from}`);
      this.#claims.delete(`${id}#${from}`);
      return holder === undefined || to === null ? [] : [[`${id}#${to}`, holder]];
    });
    for (const [task, holder] of moved) this.#claims.set(task, holder);
    for (const key of this.#completed) if (key.startsWith(`${id}#`)) this.#completed.delete(key);
    for (const task of after.workstreams.get(id)?.tasks ?? [])
      if (after.tasks.get(task)?.state.kind === "completed") this.#completed.add(task);
  }

  #checkResult(
    event: Of<"attempt_started" | "attempt_ended" | "attempt_completed"> | Event,
    before: State,
  ): string[] {
    if (!("attempt" in event) || event.attempt === null || !("fence" in event)) return [];
    const attempt = before.attempts.get(event.attempt);
    if (attempt === undefined) return [`${event.kind} of ${event.attempt}, which does not exist`];
    const problems: string[] = [];
    if (attempt.fence !== event.fence)
      problems.push(
        `${event.kind} of ${attempt.id} brings fence ${event.fence}, its claim has ${attempt.fence}`,
      );
    const givenBack = event.kind === "attempt_ended" && attempt.state.kind === "completed";
    if (!isOpenAttempt(attempt) && !givenBack)
      problems.push(`${event.kind} of ${attempt.id}, which is ${attempt.state.kind}`);
    const holder = this.#claims.get(attempt.task);
    if (holder !== attempt.id)
      problems.push(`${event.kind} of ${attempt.id}, but ${holder ?? "nobody"} holds ${attempt.task}`);
    if (event.kind === "attempt_ended") this.#claims.delete(attempt.task);
    return problems;
  }

  #checkCompletion(event: Of<"task_completed">, before: State): string[] {
    const problems: string[] = [];
    if (before.tasks.get(event.task) === undefined) problems.push(`${event.task} is done and is not there`);
    if (this.#completed.has(event.task)) problems.push(`${event.task} is completed twice`);
    this.#completed.add(event.task);
    if (event.attempt === null) return problems;
    if (this.#merged.has(event.attempt)) problems.push(`the result of ${event.attempt} is joined twice`);
    this.#merged.add(event.attempt);
    if (this.#claims.get(event.task) !== event.attempt)
      problems.push(`${event.attempt} completes ${event.task}, which it does not hold`);
    this.#claims.delete(event.task);
    return problems;
  }

  #checkLanding(event: Of<"workstream_landed">, before: State): string[] {
    const workstream = before.workstreams.get(event.workstream);
    const round = workstream?.round ?? 0;
    const problems = checkMerge(event, before);
    if (this.#landed.has(event.workstream))
      problems.push(
        `${event.workstream} lands twice (rounds ${this.#landed.get(event.workstream)}, ${round})`,
      );
    if (isReverting(workstream)) problems.push(`${event.workstream} lands while it is being reverted`);
    this.#landed.set(event.workstream, round);
    return problems;
  }

  #checkRevert(event: Of<"workstream_reverted">, before: State): string[] {
    const problems = checkMerge(event, before);
    if (!this.#landed.delete(event.workstream)) problems.push(`${event.workstream} is reverted, not landed`);
    if (!isReverting(before.workstreams.get(event.workstream)))
      problems.push(`${event.workstream} is reverted and nobody asked for it`);
    return problems;
  }
}

/** It may start, and its workstream may go on. */
function checkReady(id: TaskId, before: State): string[] {
  const task = before.tasks.get(id);
  const workstream = task === undefined ? undefined : before.workstreams.get(task.workstream);
  if (task === undefined || workstream === undefined) return [];
  const problems: string[] = [];
  if (workstream.intent !== "run") problems.push(`${id} starts in a workstream that is ${workstream.intent}`);
  if (task.state.kind !== "ready") problems.push(`${id} starts, but it was ${task.state.kind}`);
  return problems;
}

/** What is taken out had landed. */
function isReverting(workstream: Workstream | undefined): boolean {
  return workstream !== undefined && revertOf(workstream) !== null;
}

/** A claim never leads above a limit; only an attempt that got its answer may. */
function checkSlots(event: Of<"attempts_claimed">, after: State): string[] {
  const problems: string[] = [];
  if (after.active.size > event.slots && event.launches.length > 0)
    problems.push(`${after.active.size} attempts hold a slot after a claim, the machine has ${event.slots}`);
  for (const { task } of event.launches) {
    const workstream = after.workstreams.get(after.tasks.get(task)?.workstream as never);
    const project = workstream === undefined ? undefined : after.projects.get(workstream.project);
    const held = [...after.active.values()].filter(
      (id) => after.workstreams.get(after.tasks.get(id)?.workstream as never)?.project === project?.id,
    ).length;
    if (project !== undefined && held > project.maxParallel)
      problems.push(
        `${held} attempts of ${project.id} hold a slot after a claim, it has ${project.maxParallel}`,
      );
  }
  return problems;
}

function checkMerge(
  event: Of<
    "integration_started" | "gates_run" | "landing_intended" | "workstream_landed" | "workstream_reverted"
  >,
  before: State,
): string[] {
  const workstream = before.workstreams.get(event.workstream);
  if (workstream === undefined) return [`${event.kind} of ${event.workstream}, which does not exist`];
  const problems: string[] = [];
  if (workstream.intent !== "run")
    problems.push(`${event.kind} of ${workstream.id}, which is ${workstream.intent}`);
  const { kind } = workstream.integration;
  if (!["queued", "running", "intended"].includes(kind))
    problems.push(`${event.kind} of ${workstream.id}, whose integration is ${kind}`);
  return problems;
}

/** Answered once, unless a refusal is taken back; by timeout only when the time has come. */
function checkAnswer(event: Of<"decision_resolved">, before: State): string[] {
  const decision = before.decisions.get(event.decision);
  if (decision === undefined) return [`${event.decision} is resolved and does not exist`];
  const problems: string[] = [];
  const { state } = decision;
  const takenBack = state.kind === "resolved" && state.option === "reject";
  if (state.kind !== "open" && !takenBack) problems.push(`${decision.id} is resolved, but was ${state.kind}`);
  if (!decision.options.some(({ id }) => id === event.option))
    problems.push(`${decision.id} is resolved with ${event.option}, which is no option`);
  if (event.by === "timeout" && (decision.autoResolveAt === null || event.at < decision.autoResolveAt))
    problems.push(`${decision.id} is resolved by timeout at ${event.at}, due ${decision.autoResolveAt}`);
  return problems;
}
