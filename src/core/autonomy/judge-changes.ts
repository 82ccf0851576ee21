/** What really changed in a result, whether the agent asked or not: permissions are cooperation, the diff is a fact. */
import { Collector } from "./collector.ts";
import { recogniseWrite } from "./recognise-path.ts";
import { DELETES_MAX } from "./recognise-writes.ts";
import type { Hazard, Places } from "./types.ts";

/** One file of a result. */
export interface FileChange {
  readonly change: "create" | "edit" | "delete";
  /** Relative to the tree. */
  readonly path: string;
  /** Its text before and after, wanted where `isJudgedByText` says so; null: there is none, or it is too large to read. */
  readonly before: string | null;
  readonly after: string | null;
}

/** Dangers in a result that a person has to look at before it counts, as `judge` finds them in requests; empty: none. */
export function findDangersOfResult(
  changes: readonly FileChange[],
  places: Pick<Places, "specs">,
): readonly Hazard[] {
  const into = new Collector();
  for (const { change, path, before, after } of changes) {
    const texts = new Map(before === null ? [] : [[path, before]]);
    recogniseWrite({ change, path, content: after }, { ...places, roots: [], scratch: [], texts }, into);
  }
  const deleted = changes.filter(({ change }) => change === "delete").length;
  if (deleted > DELETES_MAX) into.addHazard("mass_delete", `${deleted} files are deleted`);
  return into.finish().hazards;
}
