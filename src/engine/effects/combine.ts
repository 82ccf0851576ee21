/** The commit that lands a workstream: its work merged into the base in memory, its spec ticked. */
import { createHash } from "node:crypto";
import type { Oid } from "../../core/model/ids.ts";
import type { Workstream } from "../../core/model/work.ts";
import { findHandFault, writeHandSteps } from "./by-hand.ts";
import type { EffectContext } from "./context.ts";
import { findSpec } from "./find-spec.ts";
import { type Combined, type Merge, stop } from "./merging.ts";
import { handRef } from "./refs.ts";
import { listTicks } from "./spec-check.ts";

/** The merged commit with the spec ticked; `onto` itself where there is nothing to land; null where it stopped. */
export async function combine(merge: Merge, onto: Oid): Promise<Combined | null> {
  const { context, project, workstream, resolution } = merge;
  const { git } = project;
  const tip = resolution === "by-hand" ? await git.readRef(handRef(workstream)) : workstream.tip;
  const fault = resolution === "by-hand" ? await findHandFault(git, workstream, onto) : null;
  if (fault !== null) {
    await stopOnConflict(merge, onto, [`${handRef(workstream)}: ${fault}`]);
    return null;
  }
  let tree = await git.treeOf(onto);
  if (tip !== null) {
    const merged = await git.merge(onto, tip);
    tree = merged.tree;
    if (merged.conflicts.length > 0) {
      if (resolution !== "keep-base" && resolution !== "keep-work") {
        await stopOnConflict(merge, onto, merged.conflicts);
        return null;
      }
      tree = await git.takePaths(tree, resolution === "keep-base" ? onto : tip, merged.conflicts);
    }
  }
  const ticked = await tickSpec(merge, tree);
  const { specHash } = ticked;
  if (ticked.tree === (await git.treeOf(onto)) && (tip === null || (await git.isAncestor(tip, onto))))
    return { commit: onto, specHash };
  const parents = tip === null || (await git.isAncestor(tip, onto)) ? [onto] : [onto, tip];
  const at = context.engine.ports.clock.now();
  const message = landingMessage(context, workstream);
  return { commit: await git.commit({ tree: ticked.tree, parents, message, at }), specHash };
}

function landingMessage(context: EffectContext, workstream: Workstream): string {
  const lines = workstream.tasks.map((id) => {
    const task = context.state.tasks.get(id);
    return task === undefined ? "" : `- ${task.key} ${task.title}`;
  });
  const spec = workstream.spec.path === null ? "" : `\nOsqr-Spec: ${workstream.spec.path}`;
  return `${workstream.name}: ${workstream.title}\n\n${lines.join("\n")}\n\nOsqr-Workstream: ${workstream.name}${spec}\n`;
}

/**
 * The same commit that lands the work ticks the boxes and, where nothing was skipped, sets the status (OD-10): what was
 * skipped is still to do, for whoever reads the spec next.
 */
async function tickSpec(merge: Merge, tree: Oid): Promise<{ tree: Oid; specHash: string | null }> {
  const { context, project, workstream } = merge;
  const found = await findSpec(project, workstream, tree);
  if (found === null) return { tree, specHash: null };
  const { path, text } = found;
  const tasks = workstream.tasks.flatMap((id) => context.state.tasks.get(id) ?? []);
  const original = (await readOriginal(merge)) ?? text;
  const texts = { text, original, path };
  const ticks = listTicks(project, texts, { tasks, leftSpec: workstream.leftSpec });
  const content = project.completeSpec({ ...texts, ...ticks });
  const specHash = createHash("sha256").update(content).digest("hex");
  return {
    tree: content === text ? tree : await project.git.editTree(tree, [{ path, content }]),
    specHash,
  };
}

async function readOriginal({ project, workstream: { spec } }: Merge): Promise<string | null> {
  return spec.path === null ? null : project.git.readFile(spec.commit, spec.path);
}

async function stopOnConflict(merge: Merge, onto: Oid, paths: readonly string[]): Promise<void> {
  const { workstream, base } = merge;
  const context = [
    ...paths.map((path) => `conflict: ${path}`),
    "",
    "By hand: make a commit that holds both sides and put it where osqr looks:",
    ...writeHandSteps(workstream, onto, null).map((step) => `  ${step}`),
  ].join("\n");
  const reason = `${workstream.name} conflicts with ${base} in ${paths.slice(0, 3).join(", ")}`;
  await stop(merge, { cause: "conflict", reason, context });
}
