import type { EpochMs, Oid } from "../../core/model/ids.ts";
import type { Attempt, Task, Workstream } from "../../core/model/work.ts";
import { countOf } from "../../core/plural.ts";
import type { ProjectPorts } from "../ports.ts";
import { collectAnswers } from "./briefing.ts";
import type { EffectContext } from "./context.ts";
import { HANDOFFS_REF, toRefPart } from "./refs.ts";

/** Version of the fields below (FR-014). */
export const HANDOFF_VERSION = 1;

/** Another process may write there too. */
const COMMIT_TRIES = 5;

interface HandoffInput {
  readonly attempt: Attempt;
  readonly task: Task;
  readonly workstream: Workstream;
  readonly commit: Oid;
  readonly at: EpochMs;
}

/** The first task after this one that is not done, else the first of all. */
function nextTask(context: EffectContext, { task, workstream }: HandoffInput): string {
  if (workstream.counts.completed + 1 >= workstream.counts.total) return "integrate into the base";
  const isOpen = (id: Task["id"]): boolean =>
    id !== task.id && context.state.tasks.get(id)?.state.kind !== "completed";
  const after = workstream.tasks.indexOf(task.id);
  const next =
    workstream.tasks.find((id, index) => index > after && isOpen(id)) ?? workstream.tasks.find(isOpen);
  const found = next === undefined ? undefined : context.state.tasks.get(next);
  return found === undefined ? "integrate into the base" : `${found.key} ${found.title}`;
}

function toFields(context: EffectContext, input: HandoffInput): Record<string, unknown> {
  const { attempt, task, workstream, commit, at } = input;
  const prior = task.knowledge
    .map((id) => context.state.tasks.get(id as Task["id"])?.handoff?.path)
    .filter((path) => path !== undefined);
  return {
    schemaVersion: HANDOFF_VERSION,
    workItem: workstream.name,
    workflow: workstream.workflow,
    step: { key: task.key, order: task.order, title: task.title, phase: task.phase },
    event: "task_completed",
    attempt: attempt.id,
    timestamp: new Date(at).toISOString(),
    actor: attempt.executor,
    outcome: `${task.title}: ${countOf(attempt.files.length, "file")}, +${attempt.added} −${attempt.deleted}`,
    nextAction: nextTask(context, input),
    baseline: "pre-integration",
    priorHandoffs: prior,
    commit,
    files: attempt.files,
    decisions: collectAnswers(context, workstream),
    spec: workstream.spec.path,
  };
}

function toMarkdown(fields: Record<string, unknown>, files: readonly string[]): string {
  const lines = Object.entries(fields)
    .filter(([key]) => key !== "files")
    .map(([key, value]) => `- ${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return `# Handoff\n\n${lines.join("\n")}\n\n## Files\n\n${files.map((file) => `- ${file}`).join("\n")}\n`;
}

/** Commits the handoff of a task as JSON and Markdown. Written again with the same content it adds nothing. */
export function commitHandoff(
  context: EffectContext,
  project: ProjectPorts,
  input: HandoffInput,
): Promise<{ commit: Oid; path: string }> {
  // One ref for all: those that end at the same time would only take it from each other.
  return context.mutex.run(`handoffs ${project.id}`, () => commitNow(context, project, input));
}

async function commitNow(
  context: EffectContext,
  { git }: ProjectPorts,
  input: HandoffInput,
): Promise<{ commit: Oid; path: string }> {
  const { attempt, task, workstream } = input;
  // The commit tells attempts of another home, or of an earlier life of this one, apart.
  const stem = `${toRefPart(workstream.name)}/${toRefPart(task.key.toLowerCase())}/${attempt.id}-${input.commit.slice(0, 10)}`;
  const fields = toFields(context, input);
  const edits = [
    { path: `${stem}.json`, content: `${JSON.stringify(fields, null, 2)}\n` },
    { path: `${stem}.md`, content: toMarkdown(fields, attempt.files) },
  ];
  for (let tries = 0; tries < COMMIT_TRIES; tries += 1) {
    const before = await git.readRef(HANDOFFS_REF);
    if (before !== null && (await git.hasFile(before, `${stem}.md`)))
      return { commit: before, path: `${stem}.md` };
    const tree = await git.editTree(before, edits);
    const parents = before === null ? [] : [before];
    const message = `${workstream.name} ${task.key}: ${task.title}`;
    const commit = await git.commit({ tree, parents, message, at: input.at });
    if (await git.updateRef(HANDOFFS_REF, commit, before)) return { commit, path: `${stem}.md` };
  }
  throw new Error(`${HANDOFFS_REF} keeps moving: the handoff of ${attempt.id} could not be committed`);
}
