import { revertOf } from "../../../src/core/evolve/reverts.ts";
import type { Event } from "../../../src/core/model/event.ts";
import type { AttemptId, TaskId, WorkstreamId } from "../../../src/core/model/ids.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { Task, Workstream } from "../../../src/core/model/work.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** Tasks that an event sets back, so that they are to be done again. */
export function listReset(event: Event, before: State, after: State): readonly TaskId[] {
  return listTouched(event, before).filter((id) => after.tasks.get(id)?.state.kind !== "completed");
}

function listTouched(event: Event, before: State): readonly TaskId[] {
  switch (event.kind) {
    case "workstream_returned":
      return event.reset;
    case "workstream_restarted":
    case "workstream_reverted":
      return before.workstreams.get(event.workstream)?.tasks ?? [];
    default:
      return [];
  }
}

/**
 * Rules of accountable flow about what follows what: order, signatures, criteria, returns, reverts, blockers, migrations. Keeps its own
 * memory of the history, so that it does not believe the state that it checks.
 */
export class FlowRules {
  /** When each task was done last; gone where it is to be done again. */
  readonly #done = new Map<TaskId, number>();
  /** Tasks that a migration kept done, or under way, though something before them was open. */
  readonly #early = new Set<TaskId>();
  /** Reviews that were approved and not joined yet. */
  readonly #approved = new Set<AttemptId>();
  /** Criteria that were met since the task's last attempt began: `<task>\n<side>\n<key>`. */
  readonly #met = new Set<string>();
  readonly #reverting = new Map<WorkstreamId, string>();
  /** Where the work of a workstream stood at each claim: `<workstream>\n<time>\n<tip>`. */
  readonly #claims = new Set<string>();
  /** What the hash of each attempt was when it started. */
  readonly #hashes = new Map<AttemptId, string>();

  feed(event: Event, before: State, after: State): string[] {
    const problems = this.#check(event, before, after);
    this.#forget(event, before, after);
    for (const [id, of] of this.#reverting) {
      const revert = revertOf(after.workstreams.get(id) ?? { integration: { kind: "none" } });
      if (revert?.of !== of)
        problems.push(`${id} was to be taken out as ${of} and forgot it at ${event.kind}`);
    }
    return problems;
  }

  #check(event: Event, before: State, after: State): string[] {
    switch (event.kind) {
      case "attempts_claimed":
        return event.launches.flatMap(({ task }) => this.#checkStart(event, task, before));
      case "review_opened":
        return this.#checkStart(event, event.task, before);
      case "attempt_started":
        return this.#checkEntry(event, before);
      case "attempt_completed":
        return this.#checkReuse(event, before);
      case "task_completed":
        return this.#checkDone(event, before);
      case "review_signed":
        if (event.outcome === "approved") this.#approved.add(event.attempt);
        return checkSigned(event, before);
      case "criteria_checked":
        for (const { key, met } of event.results) this.#note(event, key, met);
        return [];
      case "criteria_ticked":
        for (const { key, check } of before.tasks.get(event.task)?.[event.side] ?? [])
          if (check.kind === "tick") this.#note(event, key, true);
        return [];
      case "workstream_returned":
        return [...checkReturn(event, before, after), ...this.#checkTip(event, before, after)];
      case "revert_requested":
        this.#reverting.set(event.workstream, findLanded(before, event.workstream));
        return [];
      case "workstream_reverted":
      case "revert_abandoned":
        return [...this.#endRevert(event, after), ...this.#checkRestarted(event, after)];
      case "landing_intended":
      case "workstream_landed":
        return checkUnasked(event, before);
      case "workstream_migrated":
        return this.#checkMigration(event, before, after);
      case "workstream_removed":
        this.#reverting.delete(event.workstream);
        return [];
      default:
        return checkKept(event, before, after);
    }
  }

  #note({ task, side }: { task: TaskId; side: string }, key: string, met: boolean): void {
    const place = `${task}\n${side}\n${key}`;
    if (met) this.#met.add(place);
    else this.#met.delete(place);
  }

  /** What is open again after the event. */
  #forget(event: Event, before: State, after: State): void {
    for (const id of listReset(event, before, after)) {
      this.#done.delete(id);
      this.#early.delete(id);
      this.#reopen(id);
    }
    if (event.kind === "task_requeued") this.#reopen(event.task);
    if (event.kind === "attempt_ended") {
      const task = before.attempts.get(event.attempt)?.task;
      if (task !== undefined) this.#reopen(task);
      if (task !== undefined) this.#early.delete(task);
    }
    if (event.kind === "workstream_removed") {
      for (const id of this.#done.keys()) if (isOf(id, event.workstream)) this.#done.delete(id);
    }
  }

  #reopen(task: TaskId): void {
    for (const place of this.#met) if (place.startsWith(`${task}\n`)) this.#met.delete(place);
  }

  /** Nothing begins before the merge that it comes after, under a blocker, or before what comes before it. */
  #checkStart(event: Event, id: TaskId, before: State): string[] {
    const task = before.tasks.get(id);
    const workstream = task === undefined ? undefined : before.workstreams.get(task.workstream);
    if (task === undefined || workstream === undefined) return [];
    const problems: string[] = [];
    const { kind } = workstream.integration;
    if (task.stage === "after" && kind !== "landed" && kind !== "nothing")
      problems.push(`${id} comes after the merge and begins while that is ${kind}`);
    for (const blocker of before.blockers.values()) {
      const isOn = blocker.workstream === workstream.id && (blocker.task ?? id) === id;
      if (blocker.resolvedAt === null && isOn) problems.push(`${id} begins though ${blocker.id} is open`);
    }
    for (const other of listBefore(task))
      if (!this.#done.has(other) && isOf(other, workstream.id) && !isTicked(before, other))
        problems.push(`${id} begins before ${other} is done`);
    this.#claims.add(`${workstream.id}\n${event.at}\n${workstream.tip}`);
    return problems;
  }

  #findOpen(task: Task, side: "entry" | "exit"): string[] {
    return task[side].map(({ key }) => key).filter((key) => !this.#met.has(`${task.id}\n${side}\n${key}`));
  }

  #checkEntry({ attempt: id, inputHash }: Of<"attempt_started">, before: State): string[] {
    if (inputHash !== undefined) this.#hashes.set(id, inputHash);
    const attempt = before.attempts.get(id);
    const task = attempt === undefined ? undefined : before.tasks.get(attempt.task);
    const open = task === undefined ? [] : this.#findOpen(task, "entry");
    return open.map((key) => `${id} starts and ${key} was not met`);
  }

  /** The same inputs, the same task, and a result that counted. */
  #checkReuse({ attempt: id, reused }: Of<"attempt_completed">, before: State): string[] {
    if (reused === undefined) return [];
    const [own, earlier] = [before.attempts.get(id), before.attempts.get(reused)];
    if (earlier?.task !== own?.task) return [`${id} takes the result of ${reused}, which is of another task`];
    const hash = this.#hashes.get(id);
    if (hash === undefined || hash !== this.#hashes.get(reused))
      return [`${id} takes the result of ${reused}, which had other inputs`];
    return earlier?.state.kind === "completed" ? [] : [`${id} takes the refused result of ${reused}`];
  }

  #checkDone({ task: id, attempt, how, seq }: Of<"task_completed">, before: State): string[] {
    const task = before.tasks.get(id);
    const problems: string[] = [];
    this.#done.set(id, seq);
    if (task === undefined) return problems;
    for (const other of before.workstreams.get(task.workstream)?.tasks ?? []) {
      const behind = before.tasks.get(other);
      const isBehind = behind !== undefined && listBefore(behind).includes(id);
      const isDone = behind?.state.kind === "completed" && behind.state.how === "done";
      if (isBehind && isDone && !this.#early.has(other))
        problems.push(`${id} is done again and ${other} behind it was not`);
    }
    if (how !== "done") return problems;
    if (task.kind !== "work" && (attempt === null || !this.#approved.has(attempt)))
      problems.push(`${id} is done and nobody approved ${attempt}`);
    for (const side of ["entry", "exit"] as const)
      for (const key of this.#findOpen(task, side)) problems.push(`${id} is done and ${key} was not met`);
    return problems;
  }

  /** What is given up is what was made since the step began. */
  #checkTip({ workstream: id, to }: Of<"workstream_returned">, before: State, after: State): string[] {
    const [was, now] = [before.workstreams.get(id), after.workstreams.get(id)];
    const step = was?.steps.find(({ key }) => key === to);
    if (was === undefined || now === undefined || step === undefined) return [];
    const { checkpoint, rework } = step;
    if (rework !== "restart" || checkpoint === null)
      return now.tip === was.tip ? [] : [`${id} goes back to ${to} and its work moved to ${now.tip}`];
    if (!this.#claims.has(`${id}\n${checkpoint.at}\n${checkpoint.tip}`))
      return [`${id}: step ${to} did not begin at ${checkpoint.tip}`];
    return now.tip === checkpoint.tip ? [] : [`${id} goes back to ${to} and its work stays at ${now.tip}`];
  }

  #endRevert({ kind, workstream: id }: Of<"workstream_reverted" | "revert_abandoned">, after: State) {
    const problems = this.#reverting.has(id) ? [] : [`${kind} of ${id}, which nobody wanted out`];
    const integration = after.workstreams.get(id)?.integration;
    const of = this.#reverting.get(id);
    this.#reverting.delete(id);
    const isThere = integration?.kind === "landed" && integration.commit === of;
    if (kind === "revert_abandoned" && !isThere)
      problems.push(`${id} stays in the base, and its landing as ${of} is forgotten`);
    return problems;
  }

  /** Work that is out of the base is not done any more; what people said before the step to go on with stays said. */
  #checkRestarted({ kind, workstream }: Event & { workstream: WorkstreamId }, after: State): string[] {
    if (kind !== "workstream_reverted") return [];
    const tasks = (after.workstreams.get(workstream)?.tasks ?? []).flatMap((id) => after.tasks.get(id) ?? []);
    const done = tasks.filter(({ state }) => state.kind === "completed" && state.how !== "already");
    for (const { id } of done) this.#early.add(id);
    return done
      .filter((task) => task.kind === "work")
      .map(({ id }) => `${workstream} is out of the base and ${id} stays done`);
  }

  #checkMigration(event: Of<"workstream_migrated">, before: State, after: State): string[] {
    const { workstream: id, mapping, rollsBack } = event.migration;
    const [was, now] = [before.workstreams.get(id), after.workstreams.get(id)];
    if (was === undefined || now === undefined) return [`${id} migrates and is not there`];
    const problems = checkBlueprint(event, now);
    const undone = rollsBack === null ? [] : (before.migrations.get(rollsBack)?.before.done ?? []);
    const done = new Map<TaskId, number>();
    const busy: TaskId[] = [];
    for (const task of now.tasks.flatMap((each) => after.tasks.get(each) ?? [])) {
      if (isUnderWay(task)) busy.push(task.id);
      if (task.state.kind !== "completed") continue;
      const pair = mapping.find(({ to }) => to === task.key);
      const from = pair?.from;
      const seq = from === undefined ? undefined : this.#done.get(`${id}#${from}` as TaskId);
      const isRestored = undone.some(({ key }) => key === task.key);
      const draft = event.tasks.find(({ key }) => key === task.key);
      if (seq === undefined && !isRestored && draft?.already !== true && !wasTicked(before, id, from))
        problems.push(`${task.id} is done by a migration, and what it was before was not`);
      const old = from === undefined ? undefined : before.tasks.get(`${id}#${from}` as TaskId);
      const isOther = old?.title !== draft?.title || old?.script !== draft?.script || pair?.redo === true;
      if (seq !== undefined && !isRestored && draft?.already !== true && isOther)
        problems.push(`${task.id} is other work since a migration, and stays done`);
      done.set(task.id, seq ?? event.seq);
    }
    for (const key of [...was.tasks, ...now.tasks]) {
      this.#done.delete(key);
      this.#early.delete(key);
      this.#reopen(key);
    }
    for (const [key, seq] of done) this.#done.set(key, seq);
    for (const key of [...done.keys(), ...busy]) this.#early.add(key);
    // What somebody works on was looked at.
    for (const task of now.tasks.flatMap((each) => after.tasks.get(each) ?? []))
      for (const side of ["entry", "exit"] as const)
        for (const { key, met } of task[side]) this.#note({ task: task.id, side }, key, met);
    return problems;
  }
}

const wasTicked = (state: State, workstream: WorkstreamId, key: string | undefined): boolean =>
  key !== undefined && isTicked(state, `${workstream}#${key}` as TaskId);

const isUnderWay = ({ state }: Task): boolean =>
  state.kind === "running" || (state.kind === "waiting" && state.attempt !== null);

const isOf = (task: TaskId, workstream: WorkstreamId): boolean => task.startsWith(`${workstream}#`);

const isTicked = (state: State, id: TaskId): boolean => {
  const now = state.tasks.get(id)?.state;
  return now?.kind === "completed" && now.how === "already";
};

const listBefore = ({ requires }: Task): TaskId[] =>
  requires.flatMap((each) => (each.startsWith("task:") ? [each.slice("task:".length) as TaskId] : []));

function findLanded(state: State, id: WorkstreamId): string {
  const integration = state.workstreams.get(id)?.integration;
  return integration?.kind === "landed" ? integration.commit : "nothing";
}

/** Signed once, by a name, while it was open. */
function checkSigned({ attempt, by, reason, outcome }: Of<"review_signed">, before: State): string[] {
  const problems: string[] = [];
  if (by.trim() === "") problems.push(`${attempt} is signed by nobody`);
  if (outcome === "rejected" && reason.trim() === "")
    problems.push(`${attempt} is rejected without a reason`);
  if (before.attempts.get(attempt)?.state.kind !== "waiting")
    problems.push(`${attempt} is signed, but it is ${before.attempts.get(attempt)?.state.kind}`);
  return problems;
}

/** All that stands behind what is done again is done again too. */
function checkReturn(event: Of<"workstream_returned">, before: State, after: State): string[] {
  const workstream = before.workstreams.get(event.workstream);
  if (workstream === undefined) return [`${event.workstream} is sent back and is not there`];
  const tasks = workstream.tasks.flatMap((id) => before.tasks.get(id) ?? []);
  const again = new Set(tasks.filter(({ id }) => event.rework.includes(id)).map(({ id }) => id));
  for (let size = -1; size !== again.size; ) {
    size = again.size;
    for (const task of tasks) if (listBefore(task).some((id) => again.has(id))) again.add(task.id);
  }
  return [...again, event.from].flatMap((id) => {
    const kind = after.tasks.get(id)?.state.kind;
    return kind === "completed" || kind === "running"
      ? [`${event.workstream} goes back to ${event.to} and ${id} stays ${kind}`]
      : [];
  });
}

/** Nothing lands while it is asked which text of the spec counts. */
function checkUnasked(event: Of<"landing_intended" | "workstream_landed">, before: State): string[] {
  const { workstream: id, kind } = event;
  const workstream = before.workstreams.get(id);
  if (workstream === undefined || workstream.integration.kind === "intended") return [];
  if (revertOf(workstream) !== null) return [];
  for (const open of before.open.keys()) {
    const subject = before.decisions.get(open)?.subject;
    if (subject?.kind === "scope" && subject.workstream === id)
      return [`${kind} of ${id} while ${open} asks about its spec`];
  }
  return [];
}

/** The tasks are those of the new blueprint, in its order. */
function checkBlueprint({ tasks, steps, phases }: Of<"workstream_migrated">, now: Workstream): string[] {
  const problems: string[] = [];
  const compare = (what: string, found: readonly string[], wanted: readonly string[]): void => {
    if (found.join() !== wanted.join())
      problems.push(`${now.id} migrated and has the ${what} ${found.join()}, wanted ${wanted.join()}`);
  };
  const keysOf = (all: readonly { readonly key: string }[]): string[] => all.map(({ key }) => key);
  compare(
    "tasks",
    now.tasks,
    keysOf(tasks).map((key) => `${now.id}#${key}`),
  );
  compare("steps", keysOf(now.steps), keysOf(steps));
  compare("phases", keysOf(now.phases), keysOf(phases));
  return problems;
}

/** The history of a workstream only grows. */
function checkKept(event: Event, before: State, after: State): string[] {
  if (!("workstream" in event) || typeof event.workstream !== "string") return [];
  const [was, now] = [before.workstreams.get(event.workstream), after.workstreams.get(event.workstream)];
  if (was === undefined || now === undefined) return [];
  const lists = ["signOffs", "returns", "reverts", "links", "dropped"] as const;
  return lists.flatMap((name) =>
    now[name].length < was[name].length ? [`${event.kind}: ${now.id} has lost some of its ${name}`] : [],
  );
}
