/** What an agent made is held against the project's gates before it counts: what it says of it is believed by nobody. */
import { boundLines } from "../../../core/bound-lines.ts";
import type { AgentFailure } from "../../../core/model/agent.ts";
import type { Oid } from "../../../core/model/ids.ts";
import { type GateReport, isHolding } from "../../../core/model/integration.ts";
import type { GateCheck } from "../../ports.ts";
import { toReason } from "../context.ts";
import { nameFailures } from "../merging.ts";
import type { Running } from "../running.ts";

/** What is told of all gates together, bytes. */
const OUTPUT_BYTES_MAX = 8 * 1024;
/** Failures that the reason names. */
const NAMED_MAX = 3;

/** Why a result does not count. */
export interface TurnedDown {
  readonly failure: AgentFailure;
  /** What the gates said, at most 8 KiB. */
  readonly tail: readonly string[];
}

/**
 * Runs the gates where nothing more is to be built before the merge. `passed` also where nothing could be said: the
 * merge looks again, and asks. `stopped`: the attempt has to end before it was known.
 */
export async function validate(running: Running, commit: Oid): Promise<TurnedDown | "passed" | "stopped"> {
  const { context, live, launch } = running;
  if (!isLast(running)) return "passed";
  try {
    const check = await run(running, commit);
    if (live.abort.signal.aborted) return "stopped";
    const failed = check?.reports.filter(isHolding) ?? [];
    return failed.length === 0 ? "passed" : turnDown(failed);
  } catch (error) {
    if (live.abort.signal.aborted) return "stopped";
    context.engine.ports.report(`${launch.attempt}: the gates could not be run on it: ${toReason(error)}`);
    return "passed";
  }
}

/** True where no other task has still to build something before the merge; a person's word builds nothing. */
function isLast({ context, task, workstream }: Running): boolean {
  if (task.kind !== "work" || task.stage !== "before") return false;
  const { tasks, joining } = context.state;
  const joins = new Set([...joining].map(([, each]) => each));
  return (context.state.workstreams.get(workstream.id) ?? workstream).tasks.every((id) => {
    const other = tasks.get(id);
    if (other === undefined || id === task.id || other.kind !== "work" || other.stage !== "before")
      return true;
    if (joins.has(id)) return true;
    return other.state.kind === "completed" || other.state.kind === "cancelled";
  });
}

/** The difference to where its workstream left the base: what others landed since is not its work. Null: it changes nothing. */
async function run(
  { context, project, live, launch, workstream }: Running,
  commit: Oid,
): Promise<GateCheck | null> {
  const { git } = project;
  const base = await git.effectiveBase(context.projectState(workstream.project).base);
  const from = (await git.mergeBase(commit, base)) ?? base;
  if ((await git.treeOf(from)) === (await git.treeOf(commit))) return null;
  return project.checkGates({
    label: `${launch.attempt}-gates`,
    base: from,
    combined: commit,
    only: workstream.gates,
    isApproved: context.isApproved(workstream.project, workstream.run),
    signal: live.abort.signal,
  });
}

function turnDown(failed: readonly GateReport[]): TurnedDown {
  const said = failed.map(({ command, newFailures }) => {
    const named = newFailures.slice(0, NAMED_MAX).join("; ");
    return named === "" ? command : `${command} (${named})`;
  });
  const message = `its result does not pass: ${said.join(", ")}`.slice(0, 1_000).toWellFormed();
  const share = Math.floor(OUTPUT_BYTES_MAX / failed.length / 2);
  const tail = failed.flatMap((report) => [
    ...boundLines(nameFailures(report), share, "first"),
    ...boundLines(report.tail, share, "last"),
  ]);
  return { failure: { kind: "validation", message, retryAt: null }, tail };
}
