/** What the result of an attempt depends on, as far as the history knows it. */
import { listDuplicates } from "../duplicates.ts";
import { needAttempt } from "../evolve/attempts.ts";
import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { Handoff } from "../handoff/shape.ts";
import { listAnswers } from "../handoff/sources.ts";
import type { CriterionState } from "../model/flow.ts";
import type { TaskId } from "../model/ids.ts";
import { type State, workflowKey } from "../model/state.ts";
import type { Task, Workstream } from "../model/work.ts";

/** JSON that is the same where an attempt of the task would be told the same. */
export type Inputs = Readonly<Record<string, unknown>>;

/**
 * Everything that the next attempt of a task goes by: its definition, the spec's text, the answers, what the handoffs before it
 * say, why its earlier results were refused, and how often the operator wanted all of it anew. The tree that it starts from and the
 * tools are the caller's.
 *
 * @param model of the attempt, which may be another one than the task's; null: the executor's own choice
 */
export function describeInputs(
  state: State,
  { id, model }: { readonly id: TaskId; readonly model: string | null },
  handoffs: readonly Handoff[],
): Inputs {
  const task = needTask(state, id);
  const workstream = needWorkstream(state, task.workstream);
  return {
    task: describeTask(task, model),
    step: describeStep(state, workstream, task),
    spec: { path: workstream.spec.path, hash: workstream.spec.hash },
    answers: listAnswers(state, workstream).map(({ key, option }) => ({ key, option })),
    handoffs: handoffs.map(describeHandoff),
    refusals: listRefusals(state, task),
    approvals: listApprovals(state, workstream, task),
    links: describeLinks(state, workstream),
    redos: workstream.redos,
  };
}

function describeTask(task: Task, model: string | null): Inputs {
  const { id, key, title, kind, stage, script, executor, timeoutMs, uses } = task;
  const criteria = (all: readonly CriterionState[]) => all.map(({ text, check }) => ({ text, check }));
  return {
    id,
    key,
    title,
    kind,
    stage,
    script,
    executor,
    // Left out where none is named, so that what was recorded before models were named stays good.
    ...(model === null ? {} : { model }),
    timeoutMs,
    uses,
    entry: criteria(task.entry),
    exit: criteria(task.exit),
  };
}

/** What its step tells whoever does it. */
function describeStep(state: State, { steps, project, workflow }: Workstream, task: Task): Inputs {
  const step = steps.find(({ key }) => key === task.step);
  const recorded = state.workflows.get(workflowKey(project, workflow.name, workflow.version));
  const written = recorded?.definition.steps.find(({ key }) => key === task.step);
  return {
    key: task.step,
    title: step?.title ?? null,
    definitionOfDone: step?.definitionOfDone ?? null,
    instructions: written?.instructions ?? null,
  };
}

/** Without what is another one each time: who wrote it when, and which commits and files keep it. */
function describeHandoff(handoff: Handoff): Inputs {
  const { event, step, task, outcome, files, added, deleted, signOff, baseline } = handoff;
  const signed =
    signOff === null
      ? null
      : { outcome: signOff.outcome, by: signOff.by, role: signOff.role, reason: signOff.reason };
  return { event, step, task, outcome, files, added, deleted, signed, baseline };
}

function listRefusals(state: State, { attempts }: Task): readonly string[] {
  return attempts.flatMap((id) => {
    const { state: now } = needAttempt(state, id);
    return now.kind === "rework" || now.kind === "rejected" ? [now.reason] : [];
  });
}

/** The last word of each review before the task. What a rejection says concerns the work that it refuses. */
function listApprovals(state: State, { signOffs }: Workstream, task: Task): readonly Inputs[] {
  const words = new Map<TaskId, Inputs>();
  for (const { task: id, outcome, by, role, reason } of signOffs) {
    const review = needTask(state, id);
    const isBefore = review.order < task.order && outcome === "approved" && reason !== "";
    if (isBefore) words.set(id, { task: review.key, by, role, reason });
  }
  return [...words.values()];
}

/** Duplicates with those that came through others, as the briefing has them. */
function describeLinks(state: State, { id, links }: Workstream): readonly Inputs[] {
  const direct = links.map(({ workstream, how, reason }) => ({ workstream, how, reason }));
  const through = listDuplicates(state, id)
    .filter(({ workstream }) => links.every((link) => link.workstream !== workstream.id))
    .map(({ workstream, how, reason }) => ({ workstream: workstream.id, how, reason }));
  return [...direct, ...through].map(({ workstream, how, reason }) => ({
    name: workstream,
    how,
    reason,
    spec: state.workstreams.get(workstream)?.spec.hash ?? null,
  }));
}
