import type { TaskId } from "../model/ids.ts";
import type { State } from "../model/state.ts";

/** Paths that a person has allowed the agents of a task to change: whoever goes on with the task is not asked about them again. */
export function listAllowedPaths({ decisions }: Pick<State, "decisions">, task: TaskId): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const { subject, state } of decisions.values()) {
    if (subject.kind !== "permission" || subject.task !== task) continue;
    if (state.kind === "resolved" && state.option === "allow")
      for (const path of subject.paths ?? []) paths.add(path);
  }
  return paths;
}
