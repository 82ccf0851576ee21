import type { Decision } from "../../../src/core/model/decision.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { Task, Workstream } from "../../../src/core/model/work.ts";
import { isLanded } from "../../../src/core/status.ts";

/** Accountable flow as one state shows it: blockers, attempts of people, tasks that a migration left, changed specs. */
export function checkFlow(state: State): string[] {
  return [
    ...checkBlockers(state),
    ...checkPeople(state),
    ...checkHomes(state),
    ...checkLeft(state),
    ...checkScopes(state),
    ...checkSignatures(state),
  ];
}

/** What is counted on workstreams and tasks is what is open. */
function checkBlockers(state: State): string[] {
  const problems: string[] = [];
  const open = [...state.blockers.values()].filter(({ resolvedAt }) => resolvedAt === null);
  for (const { id, blockers } of state.workstreams.values()) {
    const found = open.filter((each) => each.workstream === id && each.task === null).length;
    if (found !== blockers) problems.push(`${id} counts ${blockers} blockers, ${found} are open`);
  }
  for (const { id, blockers } of state.tasks.values()) {
    const found = open.filter(({ task }) => task === id).length;
    if (found !== blockers) problems.push(`${id} counts ${blockers} blockers, ${found} are open`);
  }
  for (const { id, task, workstream } of open) {
    // What was removed is noticed at the next look at what may start.
    if (!state.workstreams.has(workstream)) continue;
    if (task !== null && state.tasks.get(task)?.workstream !== workstream)
      problems.push(`blocker ${id} of ${workstream} is on ${task}`);
  }
  return problems;
}

/** Who signs holds a claim and nothing else. */
function checkPeople(state: State): string[] {
  const problems: string[] = [];
  for (const { id, executor, task, state: now } of state.attempts.values()) {
    const kind = state.tasks.get(task)?.kind;
    if (kind !== undefined && (executor === "person") !== (kind !== "work"))
      problems.push(`${id} of ${task}, which is ${kind}, is done by ${executor}`);
    if (executor !== "person") continue;
    if (now.kind === "claimed" || now.kind === "running") problems.push(`${id} of a person is ${now.kind}`);
    if (state.active.has(id) || state.parked.has(id)) problems.push(`${id} of a person holds a place`);
    if (now.kind === "waiting" && !state.open.has(now.decision))
      problems.push(`${id} waits for a word on ${now.decision}, which is not open`);
  }
  return problems;
}

/** Each task is in its workstream once: among its tasks, or among those that were dropped. */
function checkHomes(state: State): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const { id, tasks, dropped } of state.workstreams.values()) {
    for (const task of [...tasks, ...dropped]) {
      if (seen.has(task)) problems.push(`${task} is twice in the workstreams`);
      seen.add(task);
      if (state.tasks.get(task)?.workstream !== id)
        problems.push(`${id} names ${task}, which is not its own`);
    }
    for (const other of dropped) {
      const waiting = tasks.filter((each) => state.waiters.has(`task:${other}\n${each}`));
      for (const each of waiting) problems.push(`${each} waits for ${other}, which was dropped`);
    }
  }
  for (const id of state.tasks.keys()) if (!seen.has(id)) problems.push(`${id} is in no workstream`);
  return problems;
}

/** What was dropped is over: it is done by nobody and waits for nothing. */
function checkLeft(state: State): string[] {
  const problems: string[] = [];
  for (const { dropped } of state.workstreams.values()) {
    for (const id of dropped) {
      const task = state.tasks.get(id);
      if (task === undefined) continue;
      if (task.state.kind !== "cancelled") problems.push(`${id} was dropped and is ${task.state.kind}`);
      if (task.unmet > 0 || task.requires.length > 0 || task.blockers > 0)
        problems.push(`${id} was dropped and still waits`);
      const open = task.attempts.filter((each) =>
        ["claimed", "running", "waiting"].includes(state.attempts.get(each)?.state.kind ?? ""),
      );
      for (const each of open) problems.push(`${id} was dropped and ${each} works on it`);
    }
  }
  return problems;
}

/** At most one text of a spec is asked about, and it is one that the work neither follows nor was left aside. */
function checkScopes(state: State): string[] {
  const problems: string[] = [];
  const asked = new Map<string, Decision>();
  for (const id of state.open.keys()) {
    const decision = state.decisions.get(id);
    if (decision?.subject.kind !== "scope") continue;
    const { workstream: key, hash } = decision.subject;
    const workstream = state.workstreams.get(key);
    if (asked.has(key)) problems.push(`${key} is asked about two texts: ${asked.get(key)?.id} and ${id}`);
    asked.set(key, decision);
    if (workstream === undefined) problems.push(`${id} asks about ${key}, which is not there`);
    else if (workstream.spec.hash === hash) problems.push(`${id} asks about the text that ${key} follows`);
    else if (workstream.leftSpec === hash) problems.push(`${id} asks about a text that ${key} left aside`);
  }
  return problems;
}

/** A review that is done was approved by a name, for its last result. */
function checkSignatures(state: State): string[] {
  const problems: string[] = [];
  for (const workstream of state.workstreams.values()) {
    for (const id of workstream.tasks) {
      const task = state.tasks.get(id);
      if (task === undefined || task.kind === "work") continue;
      if (task.state.kind === "completed" && task.state.how === "done")
        problems.push(...checkSignature(state, workstream, task));
    }
    for (const { by, attempt } of workstream.signOffs)
      if (by.trim() === "") problems.push(`${attempt} was signed by nobody`);
  }
  return problems;
}

function checkSignature(state: State, { signOffs }: Workstream, { id, attempts }: Task): string[] {
  const last = attempts.findLast((each) => state.attempts.get(each)?.state.kind === "completed");
  const signed = signOffs.findLast(({ attempt }) => attempt === last);
  if (signed === undefined) return [`${id} is done and nobody signed ${last}`];
  return signed.outcome === "approved" ? [] : [`${id} is done, ${last} was ${signed.outcome}`];
}

/** True where nothing of it is left to do, also after it has landed. */
export const isOver = (workstream: Workstream): boolean =>
  workstream.intent === "cancelled" ||
  (isLanded(workstream) && workstream.counts.completed === workstream.counts.total);
