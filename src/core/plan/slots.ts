import { largestNeedOf } from "../memory-need.ts";
import { slotsFor } from "../slots.ts";
import type { BuiltWorkstream } from "./build-tasks.ts";
import type { Scope } from "./scope.ts";

/**
 * Attempts at the same time: what the config says, or the larger of 4 and the cores; both bounded by free memory, divided by what the
 * largest attempt of those who do the work has needed.
 */
export function countSlots(
  {
    input,
    known,
  }: Pick<Scope, "known"> & { readonly input: Pick<Scope["input"], "config" | "machine" | "state"> },
  built: readonly Pick<BuiltWorkstream, "tasks">[],
): {
  readonly wanted: number;
  readonly possible: number;
} {
  const { config, machine, state } = input;
  const wanted = Math.max(1, config.maxParallel ?? Math.max(4, machine.cores));
  const toDo = [...known.values()].flatMap(({ tasks }) =>
    tasks.flatMap((id) => {
      const task = state.tasks.get(id);
      return task?.kind === "work" && task.state.kind !== "completed" ? [task.executor] : [];
    }),
  );
  const added = built.flatMap(({ tasks }) =>
    tasks.flatMap(({ draft: { kind = "work", already, executor } }) =>
      kind === "work" && !already ? [executor] : [],
    ),
  );
  const perAttemptBytes = largestNeedOf(state, [...toDo, ...added]);
  const possible = slotsFor({ freeBytes: machine.freeMemoryBytes, running: 0, perAttemptBytes, max: wanted });
  return { wanted, possible };
}
