import { contentQuestion } from "../decide/questions.ts";
import { TASKS_STEP } from "../evolve/steps.ts";
import type { QuestionDraft } from "../model/command.ts";
import type { TaskFlow } from "../model/event.ts";
import type { PlanInput } from "./input.ts";
import { askAnew } from "./questions.ts";
import type { DraftTask, DraftWorkstream } from "./settle.ts";
import type { PlannedCommand } from "./types.ts";

const SHOWN_MAX = 20;

/** Every command that the plan would run on this machine: run blocks and criteria of open tasks, the set-up, the gates. */
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
  for (const { workflow, tasks } of drafts) {
    for (const { task, source, flow } of tasks) {
      if (task.checked) continue;
      if (task.run !== null) add("run", `${source}:${task.run.line}`, task.run.script);
      const step = workflow.steps.find(({ key }) => key === (flow.step ?? TASKS_STEP));
      for (const script of listChecks(flow))
        add("criterion", `${workflow.source}:${step?.line ?? 0}`, script);
    }
  }
  if (input.setup !== null) add("setup", "set-up", input.setup.command, input.setup.content);
  for (const { command, source, content } of input.gates) add("gate", source, command, content);
  return commands;
}

/** Commands that its criteria run. */
function listChecks({ entry = [], exit = [] }: TaskFlow): readonly string[] {
  return [...entry, ...exit].flatMap(({ check }) => (check.kind === "command" ? [check.run] : []));
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
 * Keys of the tasks that wait for the approval: those with a command and no task with a command right before them. All
 * others with one come after such a task.
 */
export function findFirstScripts(draft: DraftWorkstream): ReadonlySet<string> {
  const byKey = new Map(draft.tasks.map((each) => [each.task.key, each]));
  const first = draft.tasks.filter(
    (each) => hasCommand(each) && !each.after.some((key) => hasCommand(byKey.get(key))),
  );
  return new Set(first.map(({ task }) => task.key));
}

const hasCommand = (draft: DraftTask | undefined): boolean =>
  draft !== undefined &&
  !draft.task.checked &&
  (draft.task.run !== null || listChecks(draft.flow).length > 0);
