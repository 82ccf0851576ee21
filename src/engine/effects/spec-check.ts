/** The spec of a workstream may have another text in the base than the one that its work follows. */
import { createHash } from "node:crypto";
import type { Oid } from "../../core/model/ids.ts";
import type { Spec } from "../../core/model/spec.ts";
import type { Task, Workstream } from "../../core/model/work.ts";
import { diffSpecs, isSameSpec, summarizeDifference } from "../../core/plan/spec-diff.ts";
import { isSkipped } from "../../core/status.ts";
import type { ProjectPorts } from "../ports.ts";
import type { EffectContext } from "./context.ts";

/** A text in the base, with what matters of it to the work under way. */
export interface SpecChange {
  /** SHA-256 of the text, hex. */
  readonly hash: string;
  /** Empty where nothing that work depends on is different. */
  readonly summary: readonly string[];
}

type Reading = Pick<ProjectPorts, "git" | "readSpec">;

/**
 * Compares the text at a commit with the one that a workstream follows. Null: it is the same, or there is none to compare. A text that
 * is no spec any more differs in everything: it says so.
 */
export async function readChange(
  { git, readSpec }: Reading,
  { spec }: Pick<Workstream, "spec">,
  commit: Oid,
): Promise<SpecChange | null> {
  if (spec.path === null) return null;
  const text = await git.readFile(commit, spec.path);
  if (text === null) return null;
  const hash = createHash("sha256").update(text).digest("hex");
  if (hash === spec.hash) return null;
  const original = await git.readFile(spec.commit, spec.path);
  const before = original === null ? null : readSpec(spec.path, original);
  if (before === null) return null;
  const after = readSpec(spec.path, text);
  const summary = after === null ? ["it is no spec any more"] : summarizeDifference(diffSpecs(before, after));
  return { hash, summary };
}

/**
 * Looks at the spec before its work is merged onto a commit. True: somebody has to say first which text counts, so nothing lands now.
 */
export async function isHeldByChange(
  context: EffectContext,
  project: Reading,
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
