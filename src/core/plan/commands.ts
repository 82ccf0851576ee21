import { contentQuestion } from "../decide/questions.ts";
import { TASKS_STEP } from "../evolve/steps.ts";
import type { QuestionDraft } from "../model/command.ts";
import type { TaskFlow } from "../model/drafts.ts";
import type { Routed } from "../routing/route.ts";
import type { PlanInput } from "./input.ts";
import { askAnew } from "./questions.ts";
import type { Routes } from "./routes.ts";
import type { DraftTask, DraftWorkstream } from "./settle.ts";
import type { PlannedCommand } from "./types.ts";

const SHOWN_MAX = 20;

/**
 * Every command that the plan would run on this machine: run blocks and criteria of open tasks, the set-up, the gates. And each agent that
 * would work without that the operator has named it.
 */
export function listCommands(
  input: PlanInput,
  drafts: readonly DraftWorkstream[],
  routes: readonly Pick<Routed, "executor" | "isUnconfirmed">[],
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
  for (const { command, source, content } of listGates(input)) add("gate", source, command, content);
  const agents = new Set(routes.flatMap(({ executor, isUnconfirmed }) => (isUnconfirmed ? [executor] : [])));
  for (const name of [...agents].sort()) add("agent", "found on this machine", name);
  return commands;
}

/** Gates that run a command, those that share one once. */
const listGates = ({ gates }: PlanInput): PlanInput["gates"] =>
  gates.filter(
    (gate, at) =>
      gate.cannot === undefined && gates.findIndex(({ content }) => content === gate.content) === at,
  );

/** Commands that its criteria run. */
function listChecks({ entry = [], exit = [] }: TaskFlow): readonly string[] {
  return [...entry, ...exit].flatMap(({ check }) => (check.kind === "command" ? [check.run] : []));
}

/** One question for all commands that nobody approved yet; null: there are none. */
export function askForCommands(input: PlanInput, commands: readonly PlannedCommand[]): QuestionDraft | null {
  const open = commands.filter(({ approved }) => !approved);
  if (open.length === 0) return null;
  const hashes = [...new Set(open.map(({ hash }) => hash))];
  const lines = open.slice(0, SHOWN_MAX).map(({ source, text }) => `${source}: ${firstLine(text)}`);
  if (open.length > SHOWN_MAX) lines.push(`and ${open.length - SHOWN_MAX} more: osqr plan --commands`);
  const question = `${sayNew(open)}: ${open.every(isAgent) ? "may it work here" : "run them on this machine"}?`;
  return askAnew(input.state, input.project.id, contentQuestion(hashes, question, lines.join("\n")));
}

const isAgent = ({ kind }: PlannedCommand): boolean => kind === "agent";

function sayNew(open: readonly PlannedCommand[]): string {
  const agents = open.filter(isAgent).map(({ text }) => text);
  const count = new Set(open.filter((each) => !isAgent(each)).map(({ hash }) => hash)).size;
  const commands = count === 1 ? "1 command is new or changed" : `${count} commands are new or changed`;
  const found = `no config names the agent ${agents.join(", ")}`;
  if (agents.length === 0) return commands;
  return count === 0 ? found : `${commands}, and ${found}`;
}

function firstLine(text: string): string {
  const lines = text.trim().split("\n");
  const [first = ""] = lines;
  const short = first.length > 100 ? `${first.slice(0, 100)}…` : first;
  return lines.length === 1 ? short : `${short} … (${lines.length} lines)`;
}

/**
 * Keys of the tasks that wait for the approval: those with a command, or with an agent that nobody has named, and no such task right
 * before them. All others of the kind come after such a task.
 */
export function findFirstScripts(draft: DraftWorkstream, routes: Routes): ReadonlySet<string> {
  const byKey = new Map(draft.tasks.map((each) => [each.task.key, each]));
  const isAsked = (each: DraftTask | undefined): boolean =>
    hasCommand(each) || (each !== undefined && routes.get(each.id)?.isUnconfirmed === true);
  const first = draft.tasks.filter(
    (each) => isAsked(each) && !each.after.some((key) => isAsked(byKey.get(key))),
  );
  return new Set(first.map(({ task }) => task.key));
}

const hasCommand = (draft: DraftTask | undefined): boolean =>
  draft !== undefined &&
  !draft.task.checked &&
  (draft.task.run !== null || listChecks(draft.flow).length > 0);
