import { OsqrError } from "../errors.ts";
import type { TaskMapping } from "../model/flow.ts";
import type { MigrationId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { MigrationDraft } from "./preview.ts";

/**
 * The way back from a migration: the same mapping the other way round, to the blueprint of before.
 *
 * @throws OsqrError `unknown-migration`
 */
export function planRollback(state: State, id: MigrationId): MigrationDraft {
  const migration = state.migrations.get(id);
  const workstream = migration === undefined ? undefined : state.workstreams.get(migration.workstream);
  if (migration === undefined || workstream === undefined)
    throw new OsqrError("unknown-migration", `no migration ${id}`, { hints: ["osqr workflow history"] });
  const { before, from, mapping } = migration;
  const back = new Map(mapping.flatMap((each) => (each.to === null ? [] : [[each.to, each] as const])));
  return {
    kind: "migrate",
    workstream: workstream.id,
    workflow: { name: from.workflow, version: from.version },
    spec: before.spec,
    title: before.title,
    declared: before.declared,
    tasks: before.tasks,
    steps: before.steps,
    phases: before.phases,
    mapping: workstream.tasks.map((task): TaskMapping => {
      const key = task.slice(workstream.id.length + 1);
      const way = back.get(key);
      if (way === undefined) return { from: key, to: null };
      return { from: key, to: way.from, ...(way.redo === true ? { redo: true } : {}) };
    }),
    questions: [],
    ranks: null,
    rollsBack: id,
  };
}
