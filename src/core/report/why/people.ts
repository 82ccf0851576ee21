import type { State } from "../../model/state.ts";
import type { Task } from "../../model/work.ts";
import { listHolders } from "../reviews.ts";

/** `dana or sam (reviewer)`, `a reviewer`; null: anybody. */
export function sayWho(
  state: State,
  { role, workstream: id }: Pick<Task, "role" | "workstream">,
): string | null {
  const workstream = state.workstreams.get(id);
  if (role === null || workstream === undefined) return null;
  const holders = listHolders(state, workstream, role);
  if (holders === null) return `whoever takes the role ${role}`;
  return holders.length === 0 ? `nobody yet: no one has the role ${role}` : `${joinOr(holders)} (${role})`;
}

const joinOr = (names: readonly string[]): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;

/** Who is responsible for a task: its owner, its workstream's, its role; null: nobody is named. */
export function sayResponsible(state: State, task: Task): string | null {
  const owner = task.owner ?? state.workstreams.get(task.workstream)?.owner ?? null;
  const { role } = task;
  if (owner !== null) return role === null ? owner : `${owner} (${role})`;
  return sayWho(state, task);
}
