/** Where handoffs stand in `refs/osqr/handoffs`: a JSON file, which counts, and beside it the same as Markdown for people. */
import { renderHandoff } from "../../core/handoff/render.ts";
import { parseHandoff, serializeHandoff } from "../../core/handoff/shape.ts";
import type { AttemptId, EpochMs, Oid, ProjectId, TaskId, WorkstreamId } from "../../core/model/ids.ts";
import type { Task, Workstream } from "../../core/model/work.ts";
import type { TreeEdit } from "../../git/types.ts";
import { toRefPart } from "../effects/refs.ts";

/** A handoff as the history holds it. */
export interface Artifact {
  /** Path of its Markdown file: what events and links name. */
  readonly path: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly project: ProjectId;
  readonly workstream: WorkstreamId;
  /** The task that left it; null: it is about the whole workstream. */
  readonly task: TaskId | null;
  /** First line of its commit. */
  readonly title: string;
  /** When what it tells of happened. */
  readonly at: EpochMs;
}

/** Digits of a commit in a path: they tell attempts of another home, or of an earlier life of this one, apart. */
const OID_DIGITS = 10;

const taskFolder = (workstream: Workstream, task: Task): string =>
  `${toRefPart(workstream.name)}/${toRefPart(task.key.toLowerCase())}`;

/** `a/t1/a-1-0123456789.md`. */
export function completionPath(
  workstream: Workstream,
  task: Task,
  result: { readonly attempt: AttemptId; readonly commit: Oid },
): string {
  return `${taskFolder(workstream, task)}/${result.attempt}-${result.commit.slice(0, OID_DIGITS)}.md`;
}

/** `a/returned/1-1700000000000.md`: the number counts the returns of the workstream. */
export const returnPath = (workstream: Workstream, which: { number: number; at: EpochMs }): string =>
  `${toRefPart(workstream.name)}/returned/${which.number}-${which.at}.md`;

/** `a/integration/0123456789-integrated.md`; `commit` null: there was nothing to merge. */
export const integrationPath = (workstream: Workstream, commit: Oid | null, at: EpochMs): string =>
  `${toRefPart(workstream.name)}/integration/${commit?.slice(0, OID_DIGITS) ?? `nothing-${at}`}-integrated.md`;

export const revertPath = (workstream: Workstream, commit: Oid): string =>
  `${toRefPart(workstream.name)}/integration/${commit.slice(0, OID_DIGITS)}-reverted.md`;

/** The file that counts, whichever of the two is named. */
export const toJsonPath = (path: string): string => path.replace(/\.(?:md|json)$/, ".json");

/** The files of handoffs. `ending` is added to the JSON: another object for the same content. */
export function toEdits(artifacts: readonly Artifact[], ending = ""): readonly TreeEdit[] {
  return artifacts.flatMap(({ path, content }) => {
    const json = serializeHandoff(content);
    const parsed = parseHandoff(json);
    const text = parsed.ok ? renderHandoff(parsed.handoff) : json;
    return [
      { path: toJsonPath(path), content: `${json}${ending}` },
      { path, content: `${text}${ending}` },
    ];
  });
}
