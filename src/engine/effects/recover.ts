import type { Command } from "../../core/model/command.ts";
import type { AttemptId } from "../../core/model/ids.ts";
import type { State } from "../../core/model/state.ts";
import type { Workstream } from "../../core/model/work.ts";
import { isLanded } from "../../core/status.ts";
import type { ProjectPorts } from "../ports.ts";
import { isGoneOnIn, removeWorkspace, retireRefs } from "./cleanup.ts";
import { type EffectContext, toReason } from "./context.ts";
import { handRef, toRefPart, workRef } from "./refs.ts";
import { salvageWorkspace } from "./salvage.ts";

/**
 * Takes up what an earlier process left: its attempts are lost (their work is salvaged, their tasks start anew under a
 * higher fence). What was joining or landing is found by the caller.
 */
export async function recoverAttempts(context: EffectContext): Promise<void> {
  const { state } = context;
  for (const id of [...state.active.keys(), ...state.parked.keys()]) {
    const attempt = state.attempts.get(id);
    if (attempt === undefined) continue;
    const salvage = await salvageLost(context, id);
    const lost: Command = {
      kind: "attempt_failed",
      attempt: id,
      fence: attempt.fence,
      outcome: "lost",
      reason: "osqr ended while it ran",
      tail: [],
      workMs: 0,
      salvage,
      // What its model was asked meanwhile, nobody has seen.
      isUnaccounted: true,
    };
    await context.engine.submitResult(lost);
  }
}

async function salvageLost(context: EffectContext, id: AttemptId): Promise<string | null> {
  try {
    const { attempt, workstream } = context.attempt(id);
    const project = await context.project(workstream);
    const workspace = await project.git.findWorkspace(attempt.home);
    return workspace === null ? null : await salvageWorkspace(context, project, workspace, id);
  } catch (error) {
    context.engine.ports.report(`${id}: its work could not be salvaged: ${toReason(error)}`);
    return null;
  }
}

/** Puts in order what a crash left between a result and its cleaning up: workspaces, and refs of work that has ended. */
export async function tidyProject(context: EffectContext, project: ProjectPorts): Promise<void> {
  await removeStrays(context, project);
  await retireEnded(context, project);
}

async function removeStrays(context: EffectContext, project: ProjectPorts): Promise<void> {
  const { state } = context;
  const at = context.engine.ports.clock.now();
  for (const name of await project.git.listWorkspaces()) {
    const id = name as AttemptId;
    const attempt = state.attempts.get(id);
    const workstream = attempt === undefined ? undefined : state.workstreams.get(attempt.workstream);
    if (workstream !== undefined && workstream.project !== project.id) continue;
    const isOpen = state.active.has(id) || state.parked.has(id);
    const isKept = attempt?.state.kind === "cancelled" && workstream?.intent === "paused";
    // A result whose conflict the operator has not decided yet is held by its workspace alone.
    const now = attempt === undefined ? undefined : state.tasks.get(attempt.task)?.state;
    const asked =
      now?.kind === "waiting" && now.attempt !== null ? state.attempts.get(now.attempt) : undefined;
    const isAskedAbout = asked?.home === id;
    if (isOpen || isKept || isAskedAbout || isJoining(state, id) || isGoneOnIn(state, id, at)) continue;
    await removeWorkspace(context, project, id);
  }
}

/** A result that was made in it is on its way into the work. */
const isJoining = (state: State, home: AttemptId): boolean =>
  state.joining.has(home) || [...state.joining.keys()].some((id) => state.attempts.get(id)?.home === home);

async function retireEnded(context: EffectContext, project: ProjectPorts): Promise<void> {
  const ids = context.state.projects.get(project.id)?.workstreams ?? [];
  const all = ids.map((id) => context.state.workstreams.get(id)).filter((found) => found !== undefined);
  const isEnded = (each: Workstream): boolean => isLanded(each) || each.intent === "cancelled";
  // A name may have been used again: its refs are the newer one's.
  const used = new Set(all.filter((each) => !isEnded(each)).map(workRef));
  const ended = new Map(all.filter(isEnded).map((each) => [workRef(each), each]));
  if (ended.size === 0) return;
  const refs = await Promise.all(
    ["refs/osqr/work/", "refs/osqr/hand/"].map((each) => project.git.listRefs(each)),
  );
  const left = new Set(refs.flat().map(({ ref }) => ref));
  for (const [ref, workstream] of ended) {
    if (used.has(ref) || !(left.has(ref) || left.has(handRef(workstream)))) continue;
    await retireRefs(context, project, workstream, `${toRefPart(workstream.name)}-${workstream.round}`);
  }
}
