import { OsqrError } from "../../core/errors.ts";
import type { Decision } from "../../core/model/decision.ts";
import type { AttemptId, DecisionId, ProjectId } from "../../core/model/ids.ts";
import type { State } from "../../core/model/state.ts";
import type { Attempt, Task, Workstream } from "../../core/model/work.ts";
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
      hints: [
        ...(nearest === null ? [] : [`did you mean ${nearest}?`]),
        "a spec becomes one with its first osqr go; until then: osqr plan",
      ],
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

const KEYS_MAX = 20;

/** As `findTask`. Null: the text names no workstream with a task. @throws `unknown-task` with the tasks that there are */
export function findTaskOrRefuse(state: State, project: ProjectId, text: string): Task | null {
  const task = findTask(state, project, text);
  if (task !== null || findWorkstream(state, project, text) !== null) return task;
  const [, name = "", key = ""] = /^(.+?)(?:#|\s+)(\S+)$/.exec(text.trim()) ?? [];
  const workstream = findWorkstream(state, project, name);
  if (workstream === null) return null;
  const keys = workstream.tasks.flatMap((id) => state.tasks.get(id)?.key ?? []);
  const nearest = findNearestName(key, keys);
  throw new OsqrError("unknown-task", `workstream ${workstream.name} has no task "${key}"`, {
    hints: [
      ...(nearest === null ? [] : [`did you mean ${workstream.name}#${nearest}?`]),
      `it has ${keys.slice(0, KEYS_MAX).join(", ")}${keys.length > KEYS_MAX ? ` and ${keys.length - KEYS_MAX} more` : ""}`,
    ],
  });
}

/** `there are a-1 to a-7`. */
function sayRange(prefix: string, ids: Iterable<string>, none: string): string {
  const last = [...ids].reduce((most, id) => Math.max(most, Number(id.slice(prefix.length))), 0);
  if (last === 0) return none;
  return last === 1 ? `there is ${prefix}1` : `there are ${prefix}1 to ${prefix}${last}`;
}

/** @throws `unknown-attempt` with what there is */
export function needAttempt(state: State, id: AttemptId): Attempt {
  const found = state.attempts.get(id);
  if (found !== undefined) return found;
  throw new OsqrError("unknown-attempt", `no attempt ${id}`, {
    hints: [
      sayRange("a-", state.attempts.keys(), "nothing has been attempted yet"),
      "those of a task: osqr show <workstream>#<task>",
    ],
  });
}

/** @throws `unknown-decision` with what there is */
export function needDecision(state: State, id: DecisionId): Decision {
  const found = state.decisions.get(id);
  if (found !== undefined) return found;
  throw new OsqrError("unknown-decision", `no decision ${id}`, {
    hints: [
      sayRange("D-", state.decisions.keys(), "nothing has been asked yet"),
      "those that are open: osqr inbox",
    ],
  });
}
