/** What a task waits for, and what stands at the far end of that. */
import type { DecisionId, TaskId } from "../../model/ids.ts";
import type { State } from "../../model/state.ts";
import type { Task, Workstream } from "../../model/work.ts";
import { parseRequirement } from "../../plan/requirement.ts";
import { statusOf } from "../../status.ts";
import { listUnmet, nameRequirement } from "../words.ts";
import { explainDecision } from "./decision.ts";

/** Tasks looked at for what stands at the far end of a chain. */
const ROOTS_SEEN_MAX = 1_000;

const IN_WORDS: Readonly<Record<Task["state"]["kind"], string>> = {
  pending: "has not started",
  ready: "is ready",
  running: "is running",
  waiting: "waits",
  blocked: "is blocked",
  completed: "is done",
  failed: "failed",
  cancelled: "was cancelled",
};

/** Why a requirement of a task is not met. */
export function explainUnmet(state: State, requirement: string): string {
  if (requirement.startsWith("decision:"))
    return explainDecision(state, requirement.slice("decision:".length));
  const name = nameRequirement(state, requirement);
  if (requirement.startsWith("task:")) {
    const task = state.tasks.get(requirement.slice("task:".length) as Task["id"]);
    return task === undefined
      ? `It waits for ${name}.`
      : `It waits for ${name}, which ${IN_WORDS[task.state.kind]}.`;
  }
  if (requirement.startsWith("landed:")) {
    const workstream = state.workstreams.get(requirement.slice("landed:".length) as Workstream["id"]);
    if (workstream !== undefined)
      return `It waits until ${name} has landed; ${name} is ${statusOf(state, workstream)}.`;
  }
  return `It waits for ${name}.`;
}

/** Decisions at the far end of what a task waits for, which it does not wait for itself. */
export function explainRoots(state: State, task: Task): string[] {
  const seen = new Set<Task>([task]);
  const roots = new Set<string>();
  for (const each of seen) {
    if (seen.size > ROOTS_SEEN_MAX) break;
    const { state: now } = each;
    if (each !== task && (now.kind === "waiting" || now.kind === "failed")) roots.add(now.decision);
    for (const requirement of listUnmet(state, each)) {
      const parsed = parseRequirement(requirement);
      if (parsed?.kind === "landed") {
        const integration = state.workstreams.get(parsed.workstream)?.integration;
        if (integration?.kind === "waiting") roots.add(integration.decision);
      }
      for (const id of listMeeting(state, parsed)) {
        const next = state.tasks.get(id);
        if (next !== undefined && next.state.kind !== "completed") seen.add(next);
      }
    }
  }
  return [...roots]
    .filter((id) => state.open.has(id as DecisionId))
    .map((id) => `Behind it: ${explainDecision(state, id)}`);
}

/** Tasks that a requirement waits for. */
function listMeeting(state: State, parsed: ReturnType<typeof parseRequirement>): readonly TaskId[] {
  if (parsed === null || !("workstream" in parsed)) return [];
  if (parsed.kind === "task") return [parsed.task];
  const all = state.workstreams.get(parsed.workstream)?.tasks ?? [];
  return parsed.kind === "phase" ? all.filter((id) => state.tasks.get(id)?.phase === parsed.phase) : all;
}
