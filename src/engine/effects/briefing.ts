import type { TaskId, WorkstreamId } from "../../core/model/ids.ts";
import type { Task, Workstream } from "../../core/model/work.ts";
import type { ProjectPorts } from "../ports.ts";
import type { EffectContext } from "./context.ts";

/** Bounds of a briefing, characters: it has to fit beside the work. */
const SPEC_MAX = 24_000;
const HANDOFF_MAX = 8_000;
const HANDOFFS_MAX = 20;

/** Answers that the operator gave to the questions of a workstream: key -> option id. */
export function collectAnswers(context: EffectContext, workstream: Workstream): Record<string, string> {
  const answers: Record<string, string> = {};
  for (const decision of context.state.decisions.values()) {
    const { subject, state } = decision;
    if (subject.kind !== "question" || state.kind !== "resolved") continue;
    const isMine = (task: TaskId): boolean => context.state.tasks.get(task)?.workstream === workstream.id;
    const asked = decision.workstream === workstream.id || decision.askers.some(isMine);
    if (asked) answers[subject.key] = state.option;
  }
  return answers;
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}\n[… ${text.length - max} characters more]\n`;
}

function handoffPaths(context: EffectContext, task: Task): { commit: string; path: string }[] {
  const found: { commit: string; path: string }[] = [];
  for (const id of task.knowledge) {
    const own = context.state.tasks.get(id as TaskId);
    const all = context.state.workstreams.get(id as WorkstreamId)?.tasks ?? [];
    const tasks = own === undefined ? all.map((each) => context.state.tasks.get(each)) : [own];
    for (const each of tasks) if (each?.handoff != null) found.push(each.handoff);
  }
  return found.slice(0, HANDOFFS_MAX);
}

/** What an attempt gets to read, in a fixed order and of bounded size. All of it is data, also for the agent. */
export async function writeBriefing(
  context: EffectContext,
  project: ProjectPorts,
  { task, workstream }: { task: Task; workstream: Workstream },
): Promise<string> {
  const parts = [
    `# ${task.key} ${task.title}`,
    `Workstream: ${workstream.name} · phase: ${task.phase ?? "–"}`,
  ];
  const answers = Object.entries(collectAnswers(context, workstream));
  if (answers.length > 0) {
    parts.push("## Decisions made", answers.map(([key, option]) => `- ${key}: ${option}`).join("\n"));
  }
  for (const { commit, path } of handoffPaths(context, task)) {
    const text = await project.git.readFile(commit, path);
    if (text !== null) parts.push(`## Handoff ${path}`, cut(text, HANDOFF_MAX));
  }
  const { path, commit } = workstream.spec;
  const spec = path === null ? null : await project.git.readFile(commit, path);
  if (spec !== null) parts.push(`## Spec ${path}`, cut(spec, SPEC_MAX));
  parts.push("## How to ask", 'osqr-ask KEY "question" a="label" b="label" [--recommend a]');
  return `${parts.join("\n\n")}\n`;
}
