/** A migration as people look at it before it is carried out. */
import type { Refusal } from "../model/command.ts";
import type { FlowCommand } from "../model/flow-command.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Task, TaskState, Workstream } from "../model/work.ts";
import { type Fate, isOpenWord, listFates } from "./fates.ts";
import { findObstacle } from "./obstacles.ts";

type Migrate = Extract<FlowCommand, { kind: "migrate" }>;

/** All of a migration but who wants it and why. */
export type MigrationDraft = Omit<Migrate, "by" | "reason" | "answers">;

/**
 * One task and what becomes of it. `kept` goes on as it is; `changed` has another definition; `redone` was done and is to be done again;
 * `restored` is done as before the migration that is taken back; `asked` is a review that is open now and is asked anew.
 */
export interface MigrationRow {
  /** Old key; null: it is new. */
  readonly from: string | null;
  /** New key; null: it is dropped. */
  readonly to: string | null;
  readonly title: string;
  readonly was: TaskState["kind"] | null;
  readonly fate: Fate["kind"] | "asked" | "dropped";
  /** What is different about it, in words, where it is `changed` or `redone`. */
  readonly changes: readonly string[];
}

export interface MigrationPreview {
  readonly workstream: WorkstreamId;
  readonly name: string;
  readonly number: number;
  /** `feature@1` and what it becomes. */
  readonly from: string;
  readonly to: string;
  /** The spec's newer text is taken with it. */
  readonly takesSpec: boolean;
  /** The step that the work is in, null where all is done. */
  readonly step: { readonly from: string | null; readonly to: string | null };
  readonly rows: readonly MigrationRow[];
  readonly warnings: readonly string[];
  /** Why it cannot be carried out now; null: it can. */
  readonly refusal: Refusal | null;
}

/** What a migration would make of a workstream. */
export function previewMigration(state: State, draft: MigrationDraft): MigrationPreview {
  const workstream = state.workstreams.get(draft.workstream) as Workstream;
  const { tasks, mapping, rollsBack } = draft;
  const refusal = findObstacle(state, { workstream, tasks, mapping, rollsBack });
  const undone = rollsBack === null ? null : (state.migrations.get(rollsBack) ?? null);
  const fates = listFates(state, { workstream, tasks, mapping, undone });
  const rows = [...fates.map((fate) => toRow(state, fate)), ...listDropped(state, workstream, fates)];
  const { id, name, number, workflow } = workstream;
  return {
    workstream: id,
    name,
    number,
    from: `${workflow.name}@${workflow.version}`,
    to: `${draft.workflow.name}@${draft.workflow.version}`,
    takesSpec: draft.spec.hash !== workstream.spec.hash,
    step: {
      from: workstream.steps.find(({ completed, total }) => completed < total)?.title ?? null,
      to: findStep(draft, fates),
    },
    rows,
    warnings: listWarnings(rows, fates),
    refusal,
  };
}

const toRow = (state: State, { kind, draft, from, changes }: Fate): MigrationRow => ({
  from: from?.key ?? null,
  to: draft.key,
  title: draft.title,
  was: from?.state.kind ?? null,
  fate: kind === "kept" && from !== null && isOpenWord(state, from) ? "asked" : kind,
  changes: kind === "changed" || kind === "redone" ? changes : [],
});

function listDropped(state: State, { tasks }: Workstream, fates: readonly Fate[]): MigrationRow[] {
  const kept = new Set(fates.map(({ from }) => from?.id));
  return tasks
    .flatMap((id) => state.tasks.get(id) ?? [])
    .filter(({ id }) => !kept.has(id))
    .map(({ key, title, state: was }: Task) => ({
      from: key,
      to: null,
      title,
      was: was.kind,
      fate: "dropped",
      changes: [],
    }));
}

/** The first step of which something is left to do. */
function findStep({ steps }: MigrationDraft, fates: readonly Fate[]): string | null {
  const open = new Set(
    fates.filter(({ state }) => state.kind !== "completed").map(({ draft }) => draft.step ?? "tasks"),
  );
  return steps.find(({ key }) => open.has(key))?.title ?? null;
}

function listWarnings(rows: readonly MigrationRow[], fates: readonly Fate[]): string[] {
  const keysOf = (chosen: readonly MigrationRow[]): string =>
    chosen.map(({ from, to }) => from ?? to ?? "").join(", ");
  const warnings: string[] = [];
  const redone = rows.filter(({ fate }) => fate === "redone");
  if (redone.length > 0) warnings.push(`done again: ${redone.map(sayRedone).join("; ")}`);
  const given = rows.filter(({ fate, was }) => fate === "dropped" && was === "completed");
  if (given.length > 0) warnings.push(`dropped, but what it made stays in the work: ${keysOf(given)}`);
  const early = fates.filter(({ state, id }) => state.kind === "completed" && isBehindOpen(fates, id));
  if (early.length > 0)
    warnings.push(
      `stays done although work before it is open: ${early.map(({ draft }) => draft.key).join(", ")}`,
    );
  return warnings;
}

const sayRedone = ({ from, to, changes }: MigrationRow): string =>
  changes.length === 0 ? (from ?? to ?? "") : `${from ?? to} (${changes.join(", ")})`;

function isBehindOpen(fates: readonly Fate[], id: string): boolean {
  const requires = fates.find((fate) => fate.id === id)?.draft.requires ?? [];
  return fates.some((fate) => fate.state.kind !== "completed" && requires.includes(`task:${fate.id}`));
}
