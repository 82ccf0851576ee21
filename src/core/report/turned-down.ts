/** What agents handed in and was turned down before something counted: nobody has to look for it in the history. */
import type { State } from "../model/state.ts";
import type { Attempt, Task, Workstream } from "../model/work.ts";
import { countOf } from "../plural.ts";

/** Notes in all. */
const NOTES_MAX = 20;
const KINDS: ReadonlySet<string | undefined> = new Set(["validation", "unchanged"]);
/** Of a reason, characters. */
const REASON_MAX = 300;

/** `a T1: 3 results of claude were turned down (its result does not pass: npm test); codex took over`. */
export function noteTurnedDown(
  state: State,
  workstreams: readonly Pick<Workstream, "name" | "tasks">[],
): string[] {
  return workstreams
    .flatMap(({ name, tasks }) =>
      tasks.flatMap((id) => {
        const task = state.tasks.get(id);
        return task === undefined ? [] : noteTask(state, name, task);
      }),
    )
    .slice(0, NOTES_MAX);
}

function noteTask({ attempts }: State, name: string, { key, attempts: ids }: Task): string[] {
  const all = ids.flatMap((id) => attempts.get(id) ?? []);
  const down = all.filter(({ recovery }) => KINDS.has(recovery?.failure));
  return [...Map.groupBy(down, ({ executor }) => executor)].map(([executor, members]) => {
    const last = members.at(-1) as Attempt;
    const many = `${countOf(members.length, "result")} of ${executor} ${members.length === 1 ? "was" : "were"}`;
    const reason = "reason" in last.state ? ` (${last.state.reason.slice(0, REASON_MAX)})` : "";
    const next = all[all.indexOf(last) + 1];
    const taken = next === undefined || next.executor === executor ? "" : `; ${next.executor} took over`;
    return `${name} ${key}: ${many} turned down${reason}${taken}`;
  });
}
