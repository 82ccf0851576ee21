import { OsqrError } from "../../core/errors.ts";
import type { AttemptId, DecisionId, ProjectId } from "../../core/model/ids.ts";
import type { State } from "../../core/model/state.ts";
import type { Task, Workstream } from "../../core/model/work.ts";
import { findNearestName } from "../../core/nearest-name.ts";
import { isLanded } from "../../core/status.ts";

/** The workstreams of a project in the order of their numbers. */
export function listWorkstreams(state: State, project: ProjectId): readonly Workstream[] {
  const ids = state.projects.get(project)?.workstreams ?? [];
  return ids.map((id) => state.workstreams.get(id)).filter((found) => found !== undefined);
}

/**
 * The one that a name stands for now: where it ended and the same spec was added again, the one that is open.
 */
function orItsSuccessor(
  found: Workstream | undefined,
  newestFirst: readonly Workstream[],
): Workstream | null {
  if (found === undefined) return null;
  if (found.intent !== "cancelled" || found.spec.path === null) return found;
  const isOpen = (each: Workstream): boolean => each.intent !== "cancelled" && !isLanded(each);
  return newestFirst.find((each) => each.spec.path === found.spec.path && isOpen(each)) ?? found;
}

/** Finds a workstream by name, number (`#2`, `2`) or spec path in any form; the newest where a name was used twice. */
export function findWorkstream(state: State, project: ProjectId, text: string): Workstream | null {
  const wanted = text.trim().replace(/^\.\//, "");
  const number = /^#?(\d+)$/.exec(wanted)?.[1];
  const all = listWorkstreams(state, project).toReversed();
  const byPath = (path: string | null): boolean =>
    path !== null &&
    (path === wanted || path.replace(/\.\w+$/, "") === wanted || path.endsWith(`/${wanted}`));
  const byNumber = (each: Workstream): boolean => number !== undefined && each.number === Number(number);
  return (
    orItsSuccessor(
      all.find(({ name }) => name === wanted),
      all,
    ) ??
    all.find(byNumber) ??
    all.find(({ spec }) => byPath(spec.path)) ??
    null
  );
}

/** @throws `unknown-workstream` with what there is and the nearest name */
export function needNamed(state: State, project: ProjectId, text: string): Workstream {
  const found = findWorkstream(state, project, text);
  if (found !== null) return found;
  const names = listWorkstreams(state, project).map(({ name }) => name);
  const nearest = findNearestName(text, names);
  throw new OsqrError(
    "unknown-workstream",
    `no workstream "${text}"; there are: ${names.join(", ") || "none"}`,
    {
      hints: nearest === null ? [] : [`did you mean ${nearest}?`],
    },
  );
}

/** `a-31` in any case. */
export function toAttempt(text: string): AttemptId | null {
  return /^a-\d+$/i.test(text) ? (text.toLowerCase() as AttemptId) : null;
}

/** `D-4` in any case. */
export function toDecision(text: string): DecisionId | null {
  const number = /^d-?(\d+)$/i.exec(text.trim())?.[1];
  return number === undefined ? null : (`D-${number}` as DecisionId);
}

/** A task by `<workstream>#<key>`, or by `<workstream> <key>`. */
export function findTask(state: State, project: ProjectId, text: string): Task | null {
  const match = /^(.+?)(?:#|\s+)(\S+)$/.exec(text.trim());
  if (match === null) return null;
  const workstream = findWorkstream(state, project, match[1] ?? "");
  if (workstream === null) return null;
  const tasks = [...workstream.tasks, ...workstream.dropped].map((id) => state.tasks.get(id));
  return tasks.find((task) => task?.key.toLowerCase() === match[2]?.toLowerCase()) ?? null;
}
