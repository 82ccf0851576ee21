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
  for (const { name, cannot } of input.gates)
    if (cannot !== undefined) notes.push(`gate ${name} cannot be run: ${cannot}`);
  for (const path of input.dirty) {
    notes.push(`${path} has local changes; the plan reads the committed ${input.project.base}.`);
  }
  const held = input.state.projects.get(input.project.id)?.held ?? null;
  if (held !== null) notes.push(`refs/osqr/landed/${input.project.base} is ahead of the branch: ${held}.`);
  const { wanted, possible } = countSlots(scope, built);
  if (possible < wanted) notes.push(`${possible} of ${wanted} slots: free memory bears no more now.`);
  notes.push(...noteResources(scope, built));
  for (const { spec, name, replaces } of scope.fresh.values()) {
    if (replaces && scope.changed.has(spec.key))
      notes.push(`${name}: changed since it was registered; the new text counts`);
  }
  return [...notes, ...scope.notes];
}

/** Resources that the config does not name, and those for which workstreams have to take turns. */
function noteResources({ input, known }: Scope, built: readonly BuiltWorkstream[]): string[] {
  const users = new Map<string, { names: Set<string>; amount: number }>();
  const add = (resource: string, name: string, amount: number): void => {
    const before = users.get(resource) ?? { names: new Set(), amount: 0 };
    const isNew = !before.names.has(name);
    users.set(resource, {
      names: before.names.add(name),
      amount: before.amount + (isNew ? amount : 0),
    });
  };
  for (const { name, tasks } of known.values()) {
    for (const id of tasks) {
      const task = input.state.tasks.get(id);
      if (task === undefined || task.state.kind === "completed") continue;
      for (const { resource, amount } of task.uses) add(resource, name, amount);
    }
  }
  for (const { registration, tasks } of built) {
    for (const { draft } of tasks) {
      if (draft.already) continue;
      for (const { resource, amount } of draft.uses) add(resource, registration.workstream.name, amount);
    }
  }
  return [...users].flatMap(([resource, { names, amount }]) => {
    const capacity = input.config.resources[resource];
    const notes = capacity === undefined ? [`resource ${resource}: not in the config, counted as 1`] : [];
    if (names.size > 1 && amount > (capacity ?? 1))
      notes.push(`resource ${resource} (${capacity ?? 1}): ${[...names].join(", ")} take turns`);
    return notes;
  });
}
