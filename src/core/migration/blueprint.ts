import type { TaskDraft } from "../model/drafts.ts";
import type { BeforeMigration } from "../model/flow.ts";
import type { State } from "../model/state.ts";
import type { Task, Workstream } from "../model/work.ts";

/** A task as it would be registered now. What it waited for and was answered meanwhile stays answered. */
function toDraft(task: Task): TaskDraft {
  const { state, key, order, title, phase, line, parallel, critical, script, executor } = task;
  const { model, route } = task;
  const { timeoutMs, estimateMs, uses, requires, knowledge } = task;
  const { step, kind, stage, role, returnsTo, retries, candidates, asksAlways } = task;
  const refused = state.kind === "blocked" ? state.by.find((by) => by.kind === "no_executor") : undefined;
  const toCriterion = ({ key, text, check }: Task["entry"][number]) => ({ key, text, check });
  return {
    ...{ key, order, title, phase, line, parallel, critical, script, executor },
    ...(model === null ? {} : { model }),
    ...(route === null ? {} : { route }),
    ...{ timeoutMs, estimateMs, uses, requires, knowledge },
    ...(task.news === undefined ? {} : { news: task.news }),
    ...(task.reuse === undefined ? {} : { reuse: task.reuse }),
    ...{ step, kind, stage, role, returnsTo, retries, candidates, asksAlways },
    entry: task.entry.map(toCriterion),
    exit: task.exit.map(toCriterion),
    ...(task.byKey === undefined ? {} : { byKey: task.byKey }),
    already: state.kind === "completed" && state.how === "already",
    refusal: refused?.message ?? null,
  };
}

/** The blueprint that a workstream follows now, with what is done of it. */
export function describeBlueprint(state: Pick<State, "tasks">, workstream: Workstream): BeforeMigration {
  const { spec, title, touches, gates, steps, phases, round, returns, tip } = workstream;
  const tasks = workstream.tasks.flatMap((id) => state.tasks.get(id) ?? []);
  return {
    spec,
    title,
    declared: { touches, gates },
    tasks: tasks.map(toDraft),
    steps: steps.map(({ total: _, completed: _done, checkpoint: _tip, ...step }) => step),
    phases: phases.map(({ key, title: name }) => ({ key, title: name })),
    done: tasks.flatMap(({ key, state: now }) =>
      now.kind === "completed" ? [{ key, how: now.how, at: now.at }] : [],
    ),
    round,
    returns: returns.length,
    tip,
  };
}
