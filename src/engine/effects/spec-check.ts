/** The spec of a workstream may have another text in the base than the one that its work follows. */
import { createHash } from "node:crypto";
import { SPEC_GONE } from "../../core/model/decision.ts";
import type { Oid } from "../../core/model/ids.ts";
import type { Spec } from "../../core/model/spec.ts";
import type { Task, Workstream } from "../../core/model/work.ts";
import { diffSpecs, isSameSpec, summarizeDifference } from "../../core/plan/spec-diff.ts";
import { isSkipped } from "../../core/status.ts";
import type { ProjectPorts } from "../ports.ts";
import type { EffectContext } from "./context.ts";
import { findSpec, type SpecReading } from "./find-spec.ts";

/** A text in the base, with what matters of it to the work under way. */
export interface SpecChange {
  /** SHA-256 of the text, hex; `SPEC_GONE` where there is none. */
  readonly hash: string;
  /** Empty where nothing that work depends on is different. */
  readonly summary: readonly string[];
}

/**
 * Compares the text at a commit with the one that a workstream follows. Null: it is the same, also where it was moved, or there is none to
 * compare. A text that is no spec any more differs in everything, and so does one that is gone: it says so.
 */
export async function readChange(
  reading: SpecReading,
  workstream: Pick<Workstream, "spec">,
  commit: Oid,
): Promise<SpecChange | null> {
  const { spec } = workstream;
  if (spec.path === null) return null;
  const { git, readSpec } = reading;
  const found = await findSpec(reading, workstream, commit);
  const hash = found === null ? SPEC_GONE : createHash("sha256").update(found.text).digest("hex");
  if (hash === spec.hash) return null;
  const original = await git.readFile(spec.commit, spec.path);
  const before = original === null ? null : readSpec(spec.path, original);
  if (before === null) return null;
  if (found === null) return { hash, summary: [`${spec.path} is gone`] };
  const after = readSpec(found.path, found.text);
  const summary = after === null ? ["it is no spec any more"] : summarizeDifference(diffSpecs(before, after));
  const [first, ...more] = summary;
  const isMoved = first !== undefined && found.path !== spec.path;
  return { hash, summary: isMoved ? [`it is ${found.path} now: ${first}`, ...more] : summary };
}

/**
 * Looks at the spec before its work is merged onto a commit. True: somebody has to say first which text counts, so nothing lands now.
 */
export async function isHeldByChange(
  context: EffectContext,
  project: SpecReading,
  { id }: Pick<Workstream, "id">,
  onto: Oid,
): Promise<boolean> {
  const workstream = context.state.workstreams.get(id);
  if (workstream === undefined) return false;
  const change = await readChange(project, workstream, onto);
  if (change === null || change.summary.length === 0 || change.hash === workstream.leftSpec) return false;
  await context.engine.submitResult({ kind: "spec_changed", workstream: id, commit: onto, ...change });
  return context.state.workstreams.get(id)?.integration.kind !== "running";
}

/**
 * What may be ticked in the text to land. Where the operator left a newer text aside, only tasks that say there what was done; and it is
 * done as a whole only where nothing else stands open in it.
 */
export function listTicks(
  { readSpec }: Pick<ProjectPorts, "readSpec">,
  texts: { readonly text: string; readonly original: string; readonly path: string },
  { tasks, leftSpec }: { readonly tasks: readonly Task[]; readonly leftSpec: string | null },
): { readonly taskKeys: readonly string[]; readonly done: boolean } {
  const { text, original, path } = texts;
  const completed = tasks.filter((task) => task.state.kind === "completed" && !isSkipped(task));
  const taskKeys = completed.map(({ key }) => key);
  const done = !tasks.some(isSkipped);
  if (leftSpec === null || text === original) return { taskKeys, done };
  const [before, after] = [readSpec(path, original), readSpec(path, text)];
  if (before === null || after === null) return { taskKeys, done };
  return leaveOpen(before, after, { taskKeys, done });
}

function leaveOpen(
  before: Spec,
  after: Spec,
  { taskKeys, done }: { readonly taskKeys: readonly string[]; readonly done: boolean },
): { readonly taskKeys: readonly string[]; readonly done: boolean } {
  const difference = diffSpecs(before, after);
  if (isSameSpec(difference)) return { taskKeys, done };
  const changed = new Set(difference.changed.map(({ was }) => was.key));
  const isOpen = [...difference.added, ...difference.changed.map(({ task }) => task)].some(
    ({ checked }) => !checked,
  );
  return { taskKeys: taskKeys.filter((key) => !changed.has(key)), done: done && !isOpen };
}
