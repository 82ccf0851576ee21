import { needAttempt } from "../evolve/attempts.ts";
import { needTask } from "../evolve/draft.ts";
import type { Oid, TaskId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Attempt } from "../model/work.ts";

/**
 * The last attempt of a task that had these inputs and came to an end of its own, where that end is a result that counts; null
 * where there is none. One that failed with the same inputs, or whose taken result did not hold, has to run.
 */
export function findEarlier(
  state: State,
  task: TaskId,
  inputHash: string,
): (Attempt & { readonly commit: Oid }) | null {
  const attempts = needTask(state, task).attempts.map((id) => needAttempt(state, id));
  const ended = attempts.filter((each) => each.inputHash === inputHash);
  const last = ended.findLast(
    ({ state: { kind } }) => kind === "completed" || kind === "failed" || kind === "rejected",
  );
  if (last?.state.kind !== "completed" || last.commit === null) return null;
  return { ...last, commit: last.commit };
}
