/** Same inputs, same result (FR-010): what is known already is not done again. */
import { createHash } from "node:crypto";
import { toCanonicalJson } from "../../core/canonical.ts";
import type { Oid } from "../../core/model/ids.ts";
import { findEarlier } from "../../core/reuse/find-earlier.ts";
import { describeInputs } from "../../core/reuse/inputs.ts";
import type { SourceHandoff } from "../handoffs/admit.ts";
import { deliver } from "./conclude.ts";
import { toReason } from "./context.ts";
import { begin, isOpen, modelOf, type Running, report, stopReason, toEnd } from "./running.ts";

/** Goes up where the same inputs would give another hash. */
const HASH_VERSION = 1;

/** SHA-256 over all that the result depends on, hex; null where that cannot be told: then nothing is taken again. */
export async function hashInputs(
  running: Running,
  { start, handoffs }: { readonly start: Oid; readonly handoffs: readonly SourceHandoff[] },
): Promise<string | null> {
  const { context, project, launch, task } = running;
  try {
    const known = describeInputs(
      context.state,
      { id: task.id, model: modelOf(running) },
      handoffs.map(({ handoff }) => handoff),
    );
    const tree = await project.git.treeOf(start);
    const environment = project.environment();
    const inputs = { version: HASH_VERSION, ...known, tree, executor: launch.executor, environment };
    return createHash("sha256").update(toCanonicalJson(inputs)).digest("hex");
  } catch (error) {
    context.engine.ports.report(`${launch.attempt}: what it depends on cannot be told: ${toReason(error)}`);
    return null;
  }
}

/**
 * Takes the recorded result of an earlier attempt that had the same inputs; its criteria are looked at again. False: there is
 * none, and the attempt has to run. The commit is always a new one: another one that holds the old commit may be a ref whose work
 * was given up, and must not be taken for the work as it stands.
 */
export async function takeEarlier(
  running: Running,
  { start, inputHash }: { readonly start: Oid; readonly inputHash: string },
): Promise<boolean> {
  const { context, project, launch, live, task, workstream } = running;
  const { git } = project;
  const earlier = findEarlier(context.state, task.id, inputHash);
  if (earlier === null) return false;
  const recorded = await git.readCommit(earlier.commit);
  if (recorded === null) return false;
  const { tree } = recorded;
  const message = [
    `${workstream.name} ${task.key}: ${task.title}`,
    `Osqr-Reuses: ${earlier.id}\nOsqr-Attempt: ${launch.attempt}`,
  ].join("\n\n");
  const at = context.engine.ports.clock.now();
  const isSame = tree === (await git.treeOf(start));
  const commit = isSame ? start : await git.commit({ tree, parents: [start], message, at });
  const { id: reused, files, added, deleted, warnings } = earlier;
  const isBegun = await begin(running, { inputHash, sandbox: "" });
  const result = { commit, files, added, deleted, warnings, workMs: 0, reused };
  // What does not hold is not lost: it is the earlier attempt's.
  if (isBegun && (await deliver(running, result, async () => null)) !== "stopped") return true;
  if (isOpen(running)) await report(running, toEnd(live, stopReason(live)), null);
  return true;
}
