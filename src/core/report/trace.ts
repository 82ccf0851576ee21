import { needTask } from "../evolve/draft.ts";
import type { SignOff } from "../model/flow.ts";
import type { AttemptId } from "../model/ids.ts";
import { type State, workflowKey } from "../model/state.ts";
import type { Task, Workstream } from "../model/work.ts";
import { type MessageView, viewMessages } from "./messages.ts";

/** The last signature under a review. */
export interface TraceSignature {
  readonly decision: string;
  readonly outcome: SignOff["outcome"];
  readonly by: string;
  readonly role: string | null;
}

/** One clause of a spec, one step of its workflow or one gate, and what became of it. */
export interface TraceLine {
  readonly kind: "clause" | "step" | "gate";
  /** The spec of a clause; of a step the file of the workflow, or `built-in`; null: it stands in no file. */
  readonly source: string | null;
  /** In the source, from 1; 0: none. */
  readonly line: number;
  readonly text: string;
  readonly status: string;
  readonly attempt: string | null;
  /** Null where it changed nothing, as a signature. */
  readonly commit: string | null;
  readonly merged: string | null;
  /** Of a review that somebody has signed; null: nobody has, or it is none. */
  readonly signed: TraceSignature | null;
  /** A command that shows it again, null where there is nothing to show. */
  readonly proof: string | null;
  /** What its task was told of the work of others, or is still to be told; absent: nothing. */
  readonly messages?: readonly MessageView[];
}

/**
 * From each task of the spec to its attempt, its commit and the merge that brought it into the base; from each step of the workflow
 * to its work or its signature.
 */
export function traceWorkstream(state: State, workstream: Workstream): readonly TraceLine[] {
  const tasks = workstream.tasks.map((id) => traceTask(state, workstream, needTask(state, id)));
  const merged = mergedOf(workstream);
  const gates = workstream.gateReports.map(
    (gate): TraceLine => ({
      kind: "gate",
      source: null,
      line: 0,
      text: `gate ${gate.name}: ${gate.command}`,
      status: gate.status,
      attempt: null,
      commit: null,
      merged,
      signed: null,
      proof: gate.command,
    }),
  );
  return [...tasks, ...gates];
}

const mergedOf = ({ integration }: Workstream): string | null =>
  integration.kind === "landed" ? integration.commit : null;

function traceTask(state: State, workstream: Workstream, task: Task): TraceLine {
  const attempts = task.attempts.map((each) => state.attempts.get(each as AttemptId));
  const done = attempts.findLast((attempt) => attempt?.state.kind === "completed");
  const hasChanged = task.kind === "work" && (done?.files.length ?? 0) > 0;
  const commit = hasChanged && done?.state.kind === "completed" ? done.state.commit : null;
  const signed = task.kind === "work" ? null : findSignature(workstream, task);
  const messages = viewMessages(state, task);
  const shown = commit === null ? null : `git show --stat ${commit.slice(0, 12)}`;
  return {
    ...placeOf(state, workstream, task),
    text: `${task.key} ${task.title}`,
    status: task.state.kind === "completed" && task.state.how === "skipped" ? "skipped" : task.state.kind,
    attempt: done?.id ?? task.attempts.at(-1) ?? null,
    commit,
    merged: commit === null ? null : mergedOf(workstream),
    signed,
    proof: signed === null ? shown : `osqr show ${signed.decision}`,
    ...(messages.length === 0 ? {} : { messages }),
  };
}

function findSignature({ signOffs }: Workstream, { id, state }: Task): TraceSignature | null {
  const last = signOffs.findLast(({ task }) => task === id);
  // An approval of work that was given up since is none of what is asked again.
  if (last === undefined || (last.outcome === "approved" && state.kind !== "completed")) return null;
  const { decision, outcome, by, role } = last;
  return { decision, outcome, by, role };
}

type Place = Pick<TraceLine, "kind" | "source" | "line">;

/** Tasks of a spec stand in it; what the workflow adds stands in the workflow. */
function placeOf(state: State, { project, workflow, steps, spec }: Workstream, task: Task): Place {
  const step = steps.find(({ key }) => key === task.step);
  if (step === undefined || step.kind === "tasks")
    return { kind: "clause", source: spec.path, line: task.line };
  const recorded = state.workflows.get(workflowKey(project, workflow.name, workflow.version));
  const line = recorded?.definition.steps.find(({ key }) => key === task.step)?.line ?? 0;
  return { kind: "step", source: recorded?.definition.source ?? "built-in", line };
}
