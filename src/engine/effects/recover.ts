import type { Command } from "../../core/model/command.ts";
import type { AttemptId } from "../../core/model/ids.ts";
import type { ProjectPorts } from "../ports.ts";
import { salvageWorkspace } from "./attempt.ts";
import { type EffectContext, toReason } from "./context.ts";

/**
 * Takes up what an earlier process left: its attempts are lost (their work is salvaged, their tasks start anew under a
 * higher fence) and workspaces that belong to nothing are removed. What was joining or landing is found by the caller.
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
    };
    await context.engine.submitResult(lost);
  }
}

async function salvageLost(context: EffectContext, id: AttemptId): Promise<string | null> {
  try {
    const { attempt, workstream } = context.attempt(id);
    const project = await context.project(workstream);
    const workspace = await project.git.findWorkspace(attempt.id);
    return workspace === null ? null : await salvageWorkspace(context, project, workspace, id);
  } catch (error) {
    context.engine.ports.report(`${id}: its work could not be salvaged: ${toReason(error)}`);
    return null;
  }
}

/** Removes workspaces of attempts that ended (a crash came between result and removal). */
export async function removeStrays(context: EffectContext, project: ProjectPorts): Promise<void> {
  for (const name of await project.git.listWorkspaces()) {
    const attempt = context.state.attempts.get(name as AttemptId);
    const workstream = attempt === undefined ? undefined : context.state.workstreams.get(attempt.workstream);
    if (workstream !== undefined && workstream.project !== project.id) continue;
    const isOpen = context.state.active.has(name as AttemptId) || context.state.parked.has(name as AttemptId);
    const isKept = attempt?.state.kind === "cancelled" && workstream?.intent === "paused";
    const isJoining = context.state.joining.has(name as AttemptId);
    if (isOpen || isKept || isJoining || attempt?.state.kind === "claimed") continue;
    await project.git.removeWorkspace(name);
    await project.removeAttemptFolder(name);
  }
}
