/**
 * What becomes of each task when a workstream changes over to another blueprint. A task that continues an old one with the same
 * definition keeps its state: what is done is not done twice, what runs goes on. One whose definition changed is to be done (again).
 */
import type { TaskDraft } from "../model/drafts.ts";
import type { Migration, TaskMapping } from "../model/flow.ts";
import { type TaskId, toTaskId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Task, TaskState, Workstream } from "../model/work.ts";
import type { Criterion } from "../model/workflow.ts";
import { COMMAND } from "../routing/config.ts";
import { isSameValue } from "../same-value.ts";

/**
 * `new` nothing was there before it; `kept` goes on as it is; `changed` another definition, nothing was done; `redone` was done and is to be
 * done again; `restored` a migration that completed nothing in its place is taken back, so it is completed as it was before.
 */
export type FateKind = "new" | "kept" | "changed" | "redone" | "restored";

export interface Fate {
  readonly kind: FateKind;
  readonly draft: TaskDraft;
  readonly id: TaskId;
  /** The old task that it continues, null for a new one. */
  readonly from: Task | null;
  /** What of its definition is different, in words; also where nothing had been done. */
  readonly changes: readonly string[];
  /** Where it starts from. A task that is to be done starts as pending, whatever it waits for. */
  readonly state: TaskState;
}

export interface MigrationInput {
  readonly workstream: Workstream;
  readonly tasks: readonly TaskDraft[];
  readonly mapping: readonly TaskMapping[];
  /** The migration that is taken back, null where this is none. */
  readonly undone: Migration | null;
  /** Of a history that did not know where the work stood: signatures come back whatever was done since. */
  readonly trustsSignatures?: boolean;
}

/** Why a signature does not count any more. */
const UNDER_IT = ["work before it is open again"];

const PENDING: TaskState = { kind: "pending" };

/** A person or a program is on it, or its result is on the way into the work. */
export const isBusy = ({ state }: Pick<Task, "state">): boolean =>
  state.kind === "running" || (state.kind === "waiting" && state.attempt !== null);

/** Somebody is asked for a word and has not given it: a change of the blueprint ends that, and it is asked anew. */
export const isOpenWord = (state: Pick<State, "joining">, task: Pick<Task, "kind" | "state">): boolean =>
  task.kind !== "work" &&
  task.state.kind === "waiting" &&
  (task.state.attempt === null || !state.joining.has(task.state.attempt));

/** What of a definition differs, in words. */
function listChanges(task: Task, draft: TaskDraft): readonly string[] {
  const one = describe(task);
  const other = describe(draft);
  return Object.keys(one).filter((part) => !isSameValue(one[part], other[part]));
}

type Described = Pick<
  TaskDraft,
  "title" | "script" | "executor" | "kind" | "stage" | "role" | "returnsTo" | "entry" | "exit" | "route"
>;

/** The parts of a definition by their names for people. */
function describe(work: Described): Readonly<Record<string, unknown>> {
  const { title, script, kind = "work", stage = "before", entry = [], exit = [] } = work;
  const isSigned = kind !== "work";
  const toConditions = (side: readonly Criterion[]): unknown =>
    side.map(({ key, text, check }) => [key, text, check]);
  return {
    "its title": title,
    "what it runs": script,
    "who does it": nameExecutor(work),
    "what it is": kind,
    "its side of the merge": stage,
    "who signs it": isSigned ? (work.role ?? null) : null,
    "where it sends work back to": isSigned ? (work.returnsTo ?? []) : [],
    "what must hold before it": toConditions(entry),
    "what must hold after it": toConditions(exit),
  };
}

/** Whom the document wants. Who was found for it elsewhere makes no other work of it. */
function nameExecutor({ route, script, executor }: Described): string {
  if (route == null) return executor;
  return route.said?.executor ?? (script === null ? "any agent" : COMMAND);
}

/** Fates in the order of the new tasks. The mapping has been checked. */
export function listFates(state: Pick<State, "tasks" | "joining">, input: MigrationInput): readonly Fate[] {
  const { workstream, tasks, mapping } = input;
  const sources = new Map(mapping.flatMap((each) => (each.to === null ? [] : [[each.to, each] as const])));
  const restored = listRestored(input);
  const fates = tasks.map((draft): Fate => {
    const source = sources.get(draft.key);
    const from =
      source === undefined ? null : (state.tasks.get(toTaskId(workstream.id, source.from)) ?? null);
    const id = toTaskId(workstream.id, draft.key);
    const own = from === null ? [] : listChanges(from, draft);
    const changes = source?.redo === true ? [...own, "its text in the spec, or your word"] : own;
    const isChanged = changes.length > 0;
    const isDone = from?.state.kind === "completed" && !isChanged;
    const isOpen = from !== null && isOpenWord(state, from);
    const before = restored.get(draft.key);
    if (before !== undefined && !draft.already && !isDone && !(from !== null && isBusy(from) && !isOpen))
      return { kind: "restored", draft, id, from, changes, state: before };
    if (from === null) return { kind: "new", draft, id, from, changes, state: startOf(draft) };
    const past = isOpen ? { ...from, state: PENDING } : from;
    return { ...judge(past, draft, isChanged), draft, id, from, changes };
  });
  return askReviewsAnew(fates);
}

const startOf = ({ already }: TaskDraft): TaskState =>
  already ? { kind: "completed", how: "already", at: 0 } : PENDING;

function judge(from: Task, draft: TaskDraft, isChanged: boolean): Pick<Fate, "kind" | "state"> {
  const { state } = from;
  const wasTicked = state.kind === "completed" && state.how === "already";
  // What somebody works on goes on, also where its box was ticked meanwhile.
  if (draft.already && !isBusy(from))
    return { kind: "kept", state: state.kind === "completed" ? state : startOf(draft) };
  const wasDone = state.kind === "completed" && !wasTicked;
  if (isChanged || wasTicked) return { kind: wasDone || wasTicked ? "redone" : "changed", state: PENDING };
  const stays = wasDone || isBusy(from) || (state.kind === "failed" && from.key === draft.key);
  return { kind: "kept", state: stays ? state : PENDING };
}

/**
 * What was completed before the migration that is taken back, as long as nothing of the work was given up since. A signature comes back only
 * where the work stands as it stood: whatever joined since, nobody has signed it.
 */
function listRestored({
  workstream,
  undone,
  tasks,
  trustsSignatures = false,
}: MigrationInput): ReadonlyMap<string, TaskState> {
  if (undone === null) return new Map();
  const { done, round, returns, tip } = undone.before;
  if (round !== workstream.round || returns !== workstream.returns.length) return new Map();
  const isSigned = new Set(tasks.filter(({ kind }) => kind === "review").map(({ key }) => key));
  const isAsItWas = trustsSignatures || tip === workstream.tip;
  return new Map(
    done
      .filter(({ key }) => isAsItWas || !isSigned.has(key))
      .map(({ key, how, at }) => [key, { kind: "completed", how, at }]),
  );
}

/** A signature is for the work that was there: where something before it is open again, the review is asked again. */
function askReviewsAnew(fates: readonly Fate[]): readonly Fate[] {
  const before = findOpenBefore(fates);
  const isInvalid = ({ id, draft, state }: Fate): boolean =>
    draft.kind === "review" && state.kind === "completed" && (before.get(id)?.size ?? 0) > 0;
  if (!fates.some(isInvalid)) return fates.map((fate) => bridge(fate, before));
  return askReviewsAnew(
    fates.map((fate) =>
      isInvalid(fate) ? { ...fate, kind: "redone", changes: UNDER_IT, state: PENDING } : fate,
    ),
  );
}

type OpenBefore = ReadonlyMap<TaskId, ReadonlySet<TaskId>>;

/** For each task the open ones that come before it, seen through those that are done. */
function findOpenBefore(fates: readonly Fate[]): OpenBefore {
  const byId = new Map(fates.map((fate) => [fate.id, fate]));
  const found = new Map(fates.map(({ id }) => [id, new Set<TaskId>()]));
  for (let isGrowing = true; isGrowing; ) {
    isGrowing = false;
    for (const { id, draft } of fates) {
      const own = found.get(id) as Set<TaskId>;
      const { size } = own;
      for (const before of listBefore(draft)) {
        const state = byId.get(before)?.state;
        if (state === undefined) continue;
        if (state.kind !== "completed") own.add(before);
        else for (const each of found.get(before) ?? []) own.add(each);
      }
      isGrowing ||= own.size > size;
    }
  }
  return found;
}

const listBefore = ({ requires }: TaskDraft): TaskId[] =>
  requires.flatMap((each) => (each.startsWith("task:") ? [each.slice("task:".length) as TaskId] : []));

/** The order holds also behind a task that is done: what is open before it comes first (FR-005). */
function bridge(fate: Fate, before: OpenBefore): Fate {
  const { draft, id } = fate;
  const missing = [...(before.get(id) ?? [])].map((each) => `task:${each}`);
  const requires = [...new Set([...draft.requires, ...missing])];
  return requires.length === draft.requires.length ? fate : { ...fate, draft: { ...draft, requires } };
}
