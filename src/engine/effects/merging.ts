/** What a landing and a revert have in common: the gates on the tree to be, and how they stop. */
import type { Revert } from "../../core/model/flow.ts";
import type { Oid } from "../../core/model/ids.ts";
import { type GateReport, isHolding, type Resolution } from "../../core/model/integration.ts";
import type { Workstream } from "../../core/model/work.ts";
import { countOf } from "../../core/plural.ts";
import { listOnTop } from "../../core/report/reverts.ts";
import type { ProjectPorts } from "../ports.ts";
import type { EffectContext } from "./context.ts";

/** One way through the merge queue. */
export interface Merge {
  readonly context: EffectContext;
  readonly project: ProjectPorts;
  readonly workstream: Workstream;
  readonly base: string;
  readonly resolution: Resolution | null;
  /** What is taken out of the base; null: its work goes in. */
  readonly revert: Revert | null;
}

/** The commit that the base is to move to. */
export interface Combined {
  readonly commit: Oid;
  /** SHA-256 of the spec as a landing writes it; null where there is none, or for a revert. */
  readonly specHash: string | null;
}

interface Stop {
  readonly cause: "approval" | "gates" | "conflict" | "error";
  readonly reason: string;
  readonly context: string;
  readonly hashes?: readonly string[];
}

/** Takes it out of the queue; a decision says why. */
export async function stop({ context, workstream }: Merge, { hashes = [], ...why }: Stop): Promise<void> {
  const { id } = workstream;
  await context.engine.submitResult({ kind: "integration_stopped", workstream: id, hashes, ...why });
}

/** Runs the gates on the combined commit. False: it stopped, and a decision says why. */
export async function passesGates(merge: Merge, base: Oid, combined: Oid): Promise<boolean> {
  const { context, project, workstream, resolution, revert } = merge;
  const { id: workstreamId } = workstream;
  const check = await context.whileMerging(workstreamId, async (signal) => {
    const found = await project.checkGates({
      label: `${workstream.name}-${workstream.round}${revert === null ? "" : "-revert"}`,
      base,
      combined,
      only: workstream.gates,
      isApproved: context.isApproved(workstream.project, workstream.run),
      signal,
    });
    return signal.aborted ? null : found;
  });
  // Paused, cancelled or stopped meanwhile: it keeps its place in the queue, if it still has one.
  if (check === null) return false;
  if (check.unapproved.length > 0) {
    await stop(merge, {
      cause: "approval",
      reason: `${countOf(check.unapproved.length, "command")} of the gates ${check.unapproved.length === 1 ? "is new or has changed: run it?" : "are new or have changed: run them?"}`,
      context: check.unapproved.map(({ text, source }) => `${source}: ${text}`).join("\n"),
      hashes: check.unapproved.map(({ hash }) => hash),
    });
    return false;
  }
  const tree = await project.git.treeOf(combined);
  const ms = Math.round(check.ms);
  const gates = { kind: "gates_run", workstream: workstreamId, tree, reports: check.reports, ms } as const;
  if (!(await context.engine.submitResult(gates)).ok) return false;
  const failed = check.reports.filter(isHolding);
  if (failed.length === 0 || resolution === "land-anyway") return true;
  const where = revert === null ? "on the merged tree" : "on the tree without it";
  await stop(merge, {
    cause: "gates",
    reason: `${workstream.name}: ${failed.map(({ command }) => command).join(", ")} failed ${where}`,
    context: [...sayBuiltOnIt(merge), ...failed.map(explainFailure)].join("\n\n"),
  });
  return false;
}

/** Gates that fail on a tree without a workstream mostly fail for those that were built on it. */
function sayBuiltOnIt({ context, workstream, revert }: Merge): string[] {
  const names = revert === null ? [] : listOnTop(context.state, workstream).map(({ name }) => name);
  return names.length === 0 ? [] : [`landed on top of it: ${names.join(", ")}`];
}

function explainFailure(report: GateReport): string {
  return [...nameFailures(report), ...report.tail.slice(-40), report.recommendation ?? ""]
    .join("\n")
    .trimEnd();
}

/** Which gate, and what fails now that did not before: at most 21 lines. */
export function nameFailures({ name, command, newFailures }: GateReport): readonly string[] {
  return [`${name} (${command})`, ...newFailures.slice(0, 20).map((failure) => `  ${failure}`)];
}
