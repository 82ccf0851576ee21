import type { BuiltWorkstream } from "./build-tasks.ts";
import type { Scope } from "./scope.ts";
import { countSlots } from "./slots.ts";

/** Lines for people: what is not as they may expect. The first ones matter most. */
export function writeNotes(scope: Scope, built: readonly BuiltWorkstream[]): readonly string[] {
  const { input } = scope;
  const notes: string[] = [];
  const { level, reason } = input.sandbox;
  if (level === "process") {
    const why = reason === null ? "" : ` (${reason})`;
    notes.push(`Sandbox is only "process": tasks can read and write what you can${why}.`);
  }
  if (input.gates.length === 0) notes.push("No gate configured: what lands is not verified.");
  for (const path of input.dirty) {
    notes.push(`${path} has local changes; the plan reads the committed ${input.project.base}.`);
  }
  const held = input.state.projects.get(input.project.id)?.held ?? null;
  if (held !== null) notes.push(`refs/osqr/landed/${input.project.base} is ahead of the branch: ${held}.`);
  const { wanted, possible } = countSlots(input);
  if (possible < wanted) notes.push(`${possible} of ${wanted} slots: free memory bears no more now.`);
  const blocked = built.flatMap(({ registration, tasks }) =>
    tasks.flatMap(({ draft, blocked: why }) =>
      why === null ? [] : [`${registration.workstream.name} ${draft.key}: ${why}`],
    ),
  );
  notes.push(...blocked.slice(0, 10));
  if (blocked.length > 10) notes.push(`${blocked.length - 10} more tasks that no executor can do.`);
  for (const { spec, name, replaces } of scope.fresh.values()) {
    if (replaces && scope.changed.has(spec.key))
      notes.push(`${name}: changed since it was registered; the new text counts`);
  }
  return [...notes, ...scope.notes];
}
