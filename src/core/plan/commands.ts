import { contentQuestion } from "../decide/questions.ts";
import type { QuestionDraft } from "../model/command.ts";
import type { SpecTask } from "../model/spec.ts";
import type { PlanInput } from "./input.ts";
import { askAnew } from "./questions.ts";
import type { DraftWorkstream } from "./settle.ts";
import type { PlannedCommand } from "./types.ts";

const SHOWN_MAX = 20;

/** Every command that the plan would run on this machine: run blocks of open tasks, the set-up, the gates. */
export function listCommands(
  input: PlanInput,
  drafts: readonly DraftWorkstream[],
): readonly PlannedCommand[] {
  const commands: PlannedCommand[] = [];
  const known = input.state.projects.get(input.project.id)?.approved ?? new Set<string>();
  const approved = new Set([...known, ...input.approval.hashes]);
  const add = (kind: PlannedCommand["kind"], source: string, text: string, content = text): void => {
    const hash = input.hash(kind, content);
    commands.push({ hash, kind, source, text, approved: input.approval.all || approved.has(hash) });
  };
  for (const { tasks } of drafts) {
    for (const { task, source } of tasks) {
      if (task.checked || task.run === null) continue;
      add("run", `${source}:${task.run.line}`, task.run.script);
    }
  }
  if (input.setup !== null) add("setup", "set-up", input.setup.command, input.setup.content);
  for (const { command, source, content } of input.gates) add("gate", source, command, content);
  return commands;
}

/** One question for all commands that nobody approved yet; null: there are none. */
export function askForCommands(input: PlanInput, commands: readonly PlannedCommand[]): QuestionDraft | null {
  const open = commands.filter(({ approved }) => !approved);
  if (open.length === 0) return null;
  const hashes = [...new Set(open.map(({ hash }) => hash))];
  const count = hashes.length === 1 ? "1 command is" : `${hashes.length} commands are`;
  const lines = open.slice(0, SHOWN_MAX).map(({ source, text }) => `${source}: ${firstLine(text)}`);
  if (open.length > SHOWN_MAX) lines.push(`and ${open.length - SHOWN_MAX} more: osqr plan --commands`);
  const question = `${count} new or changed: run them on this machine?`;
  return askAnew(input.state, input.project.id, contentQuestion(hashes, question, lines.join("\n")));
}

function firstLine(text: string): string {
  const lines = text.trim().split("\n");
  const [first = ""] = lines;
  const short = first.length > 100 ? `${first.slice(0, 100)}…` : first;
  return lines.length === 1 ? short : `${short} … (${lines.length} lines)`;
}

/**
 * Keys of the tasks that wait for the approval: those with a script and no task with a script right before them. All
 * others with one come after such a task.
 */
export function findFirstScripts(draft: DraftWorkstream): ReadonlySet<string> {
  const byKey = new Map(draft.tasks.map(({ task }) => [task.key, task]));
  const hasScript = (task: SpecTask | undefined) => task !== undefined && !task.checked && task.run !== null;
  const first = draft.tasks.filter(
    ({ task, after }) => hasScript(task) && !after.some((key) => hasScript(byKey.get(key))),
  );
  return new Set(first.map(({ task }) => task.key));
}
