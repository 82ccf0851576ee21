/** Why a workstream cannot change over to another blueprint. */

import type { Refusal } from "../model/command.ts";
import type { Migration } from "../model/flow.ts";
import { type MigrationId, type TaskId, toTaskId, type WorkstreamId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Task, Workstream } from "../model/work.ts";
import { findNearestName } from "../nearest-name.ts";
import { isSameValue } from "../same-value.ts";
import { isLanded } from "../status.ts";
import { type Fate, isBusy, listFates, type MigrationInput } from "./fates.ts";

/** As a command or a preview has it; `rollsBack` null: it goes forward. */
export interface WantedMigration extends Omit<MigrationInput, "undone"> {
  readonly rollsBack: MigrationId | null;
}

/** The first reason against it; null: it can be carried out. */
export function findObstacle(state: State, wanted: WantedMigration): Refusal | null {
  return (
    findLateness(wanted.workstream) ??
    findWrongOrder(state, wanted) ??
    findWrongMapping(wanted) ??
    findOtherKind(state, wanted) ??
    findForgotten(state, wanted) ??
    findHolder(state, wanted)
  );
}

const refusal = (code: string, message: string, ...hints: string[]): Refusal => ({ code, message, hints });

function findLateness(workstream: Workstream): Refusal | null {
  const { name, integration, intent } = workstream;
  const code = "not-in-flight";
  if (isLanded(workstream))
    return refusal(
      code,
      `${name} has landed: what is done stays as it was done`,
      "the next version counts for new work",
    );
  if (intent === "cancelled") return refusal(code, `${name} was cancelled`, `osqr add ${name}`);
  if ("revert" in integration && integration.revert !== undefined)
    return refusal(code, `${name} is being taken out of the base`, `osqr why ${name}`);
  if (integration.kind === "running" || integration.kind === "intended")
    return refusal(code, `${name} is being merged at this moment`, "try again when that has ended");
  return null;
}

/** Migrations of a workstream that count: each rollback takes the last one away. */
export function listStanding(state: State, workstream: WorkstreamId): readonly Migration[] {
  const standing: Migration[] = [];
  const own = [...state.migrations.values()].filter((each) => each.workstream === workstream);
  for (const each of own.sort((a, b) => numberOf(a.id) - numberOf(b.id))) {
    if (each.rollsBack === null) standing.push(each);
    else standing.pop();
  }
  return standing;
}

const numberOf = (id: MigrationId): number => Number(id.slice(id.indexOf("-") + 1));

function findWrongOrder(state: State, { workstream, rollsBack }: WantedMigration): Refusal | null {
  if (rollsBack === null) return null;
  const last = listStanding(state, workstream.id).at(-1);
  if (last?.id === rollsBack) return null;
  const known = state.migrations.get(rollsBack);
  if (known === undefined || known.workstream !== workstream.id)
    return refusal("unknown-migration", `${workstream.name} has no migration ${rollsBack}`);
  const why = last === undefined ? "it was rolled back already" : `${last.id} came after it`;
  return refusal(
    "not-the-last",
    `${rollsBack} cannot be rolled back: ${why}`,
    ...(last === undefined ? [] : [`first: osqr workflow rollback ${last.id} --because <text>`]),
  );
}

function findWrongMapping({ workstream, tasks, mapping }: WantedMigration): Refusal | null {
  if (tasks.length === 0) return refusal("no-tasks", `${workstream.name}: nothing would be left to do`);
  const known = new Set<string>(workstream.tasks);
  const targets = new Set(tasks.map(({ key }) => key));
  const from = new Set<string>();
  const to = new Set<string>();
  for (const each of mapping) {
    if (!known.has(toTaskId(workstream.id, each.from)))
      return refusal("mapping-unknown", `${workstream.name} has no task ${each.from} to map`);
    if (from.has(each.from))
      return refusal("mapping-ambiguous", `task ${each.from} of ${workstream.name} is mapped twice`);
    from.add(each.from);
    if (each.to === null) continue;
    if (!targets.has(each.to))
      return refusal(
        "mapping-unknown",
        `${each.from} is mapped to ${each.to}, which will not be there`,
        ...sayTargets(each.to, [...targets]),
      );
    if (to.has(each.to)) return refusal("mapping-ambiguous", `two tasks are mapped to ${each.to}`);
    to.add(each.to);
  }
  return null;
}

const KEYS_SHOWN_MAX = 20;

/** What a task can be mapped to, the nearest first. */
function sayTargets(wanted: string, keys: readonly string[]): string[] {
  const nearest = findNearestName(wanted, keys);
  const more = keys.length - KEYS_SHOWN_MAX;
  const listed = keys.slice(0, KEYS_SHOWN_MAX).join(", ");
  return [
    ...(nearest === null ? [] : [`did you mean ${nearest}?`]),
    `there will be ${listed}${more > 0 ? ` and ${more} more` : ""}`,
  ];
}

/** What programs did cannot go on as somebody's word, nor the other way round; that holds for a key that was used before too. */
function findOtherKind(state: State, { workstream, tasks, mapping }: WantedMigration): Refusal | null {
  const { id, name } = workstream;
  const sources = new Map(mapping.map(({ from, to }) => [to, from]));
  for (const { key, kind = "work" } of tasks) {
    for (const before of new Set([key, sources.get(key) ?? key])) {
      const task = state.tasks.get(toTaskId(id, before));
      const isSame = task === undefined || (task.kind === "work") === (kind === "work");
      if (isSame || task.attempts.length === 0) continue;
      return refusal(
        "mapping-kind",
        `${name}: attempts were made on ${before} as ${task.kind}, and ${key} is ${kind}`,
        before === key ? "give the new step another key" : `--map ${before}=-`,
      );
    }
  }
  return null;
}

/** Work of it is recorded: it must not get lost without a word. */
const hasWork = ({ state, attempts }: Task): boolean =>
  attempts.length > 0 || (state.kind === "completed" && state.how !== "already");

function findForgotten(state: State, { workstream, mapping }: WantedMigration): Refusal | null {
  const named = new Set(mapping.map(({ from }) => from));
  const forgotten = workstream.tasks
    .flatMap((id) => state.tasks.get(id) ?? [])
    .filter((task) => !named.has(task.key) && hasWork(task));
  if (forgotten.length === 0) return null;
  const keys = forgotten.map(({ key }) => key);
  const [first = ""] = keys;
  return refusal(
    "mapping-incomplete",
    `${workstream.name}: what becomes of ${keys.join(", ")}? Attempts or results of ${keys.length === 1 ? "it" : "them"} are recorded`,
    `where it goes on: --map ${first}=<new task or step>`,
    `to drop it: --map ${first}=-`,
  );
}

/** Somebody works on a task that would not be the same any more. */
function findHolder(state: State, wanted: WantedMigration): Refusal | null {
  const { workstream, rollsBack } = wanted;
  const undone = rollsBack === null ? null : (state.migrations.get(rollsBack) ?? null);
  const kept = listUntouched(listFates(state, { ...wanted, undone }));
  const held = workstream.tasks
    .flatMap((id) => state.tasks.get(id) ?? [])
    .filter((task) => isHeld(state, task) && !kept.has(task.id));
  if (held.length === 0) return null;
  const { name } = workstream;
  const keys = held.map(({ key }) => key).join(", ");
  return refusal(
    "workstream-busy",
    `${name}: ${keys} would change or go, and ${held.length === 1 ? "an attempt is" : "attempts are"} open on it`,
    `pause it first: osqr pause ${name}; afterwards: osqr resume ${name}`,
  );
}

/** Tasks under which nothing changes for whoever works on them. */
function listUntouched(fates: readonly Fate[]): ReadonlySet<TaskId> {
  const isUntouched = ({ kind, id, from, draft }: Fate): boolean =>
    kind === "kept" && from?.id === id && isSameValue(from.uses, draft.uses);
  return new Set(fates.filter(isUntouched).map(({ id }) => id));
}

/** Open reviews end by themselves, and so do results that wait for a person's word. */
function isHeld(state: State, task: Task): boolean {
  if (!isBusy(task)) return false;
  const id = task.state.kind === "running" || task.state.kind === "waiting" ? task.state.attempt : null;
  const attempt = id === null ? undefined : state.attempts.get(id);
  if (attempt === undefined) return false;
  const isAsked = task.state.kind === "waiting" && !state.joining.has(attempt.id);
  return !(isAsked && (attempt.state.kind === "completed" || task.kind !== "work"));
}
