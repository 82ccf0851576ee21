/** What an agent is told: in a new conversation, in one that goes on, and between its turns. */
import type { AttemptId } from "../../../core/model/ids.ts";
import type { Message } from "../../../core/model/message.ts";
import type { Attempt, Task } from "../../../core/model/work.ts";
import { renderSkill } from "../../../executors/agent-door/skill.ts";
import { cut } from "../briefing.ts";
import type { Known } from "../context.ts";
import { writeMessages, writeNews } from "./messages.ts";

const REASON_MAX = 6_000;

/** The first prompt: the briefing, and how to work here, where it is not told by other means. */
function writePrompt(briefing: string, knowsSkill: boolean): string {
  return [
    briefing.trimEnd(),
    ...(knowsSkill ? [] : [renderSkill().trimEnd()]),
    "Do the task of this briefing now. When it is done, call hand_off and end your turn.",
  ].join("\n\n");
}

/** The prompt of a new conversation. `last`: the attempt whose work it goes on with; null: it begins. */
export function writeFirst(
  known: Known,
  {
    task,
    briefing,
    last,
    messages = [],
    knowsSkill = false,
  }: {
    readonly task: Task;
    readonly briefing: string;
    readonly last: Attempt | null;
    readonly messages?: readonly Message[];
    readonly knowsSkill?: boolean;
  },
): string {
  const before = last === null ? writeWarning(task) : writeSummary(known, last);
  const said = writeMessages(known, messages);
  return writePrompt(`${briefing}\n${[before, said].filter((part) => part !== "").join("\n\n")}`, knowsSkill);
}

/** For an agent that has to begin a new conversation about work that was begun: what was done lies in the work tree. */
function writeSummary(context: Known, last: Attempt): string {
  const { handOff } = last;
  return [
    "## What was done so far",
    `An earlier attempt (${last.id}) worked on this and stopped: ${cut(sayEnd(last), REASON_MAX)}`,
    "Its changes are in the work tree. Look at them first, then go on; do not begin again.",
    ...(handOff === null ? [] : [`It left: ${[handOff.summary, ...handOff.notes].join("; ")}`]),
    ...listGiven(context, last).map((line) => `- ${line}`),
    ...sayTurnedDown(context.state.tasks.get(last.task)),
    ...(last.recovery?.failure === "unchanged" ? [UNCHANGED] : []),
  ].join("\n\n");
}

/** For an agent that begins where another one's result did not pass: what it failed at, without its work. */
export function writeWarning(task: Pick<Task, "turnedDown">): string {
  const lines = sayTurnedDown(task);
  return lines.length === 0 ? "" : ["## What was tried before", ...lines, ""].join("\n\n");
}

/** What its checks said, as text that is quoted: it is the output of programs. */
function sayTurnedDown({ turnedDown }: Pick<Task, "turnedDown"> = {}): string[] {
  if (turnedDown === undefined) return [];
  const { attempt, output } = turnedDown;
  return [
    `The result of ${attempt} did not pass its checks (the project's gates, or what its step asks for). They said:`,
    output.map((line) => `    ${line}`).join("\n"),
    "A result counts once they pass: mend what they name, not the checks.",
  ];
}

/** Whoever wrote its files elsewhere learns so; who had nothing to do says so. */
const UNCHANGED =
  "Nothing in your work tree was changed, so there is no result yet. Make the changes of your task there; what lies elsewhere does not count. If nothing is to be done, call hand_off with nothing_to_do and say why.";

/** For a conversation that is taken up again: why it stopped, and what has been answered since. */
export function writeGoOn(context: Known, last: Attempt, messages: readonly Message[] = []): string {
  const given = listGiven(context, last);
  return [
    `You were stopped: ${cut(sayEnd(last), REASON_MAX)}`,
    "Your work tree is as you left it.",
    ...(given.length === 0 ? [] : [`Answered since:\n${given.map((line) => `- ${line}`).join("\n")}`]),
    ...sayTurnedDown(context.state.tasks.get(last.task)),
    ...(last.recovery?.failure === "unchanged" ? [UNCHANGED] : []),
    ...(messages.length === 0 ? [] : [writeMessages(context, messages)]),
    "Go on with your task. When it is done, call hand_off and end your turn.",
  ].join("\n\n");
}

/** What has come up since its last turn. */
export interface Told {
  readonly answers: readonly string[];
  readonly messages: readonly Message[];
}

/** Between two turns. */
export function writeTold(context: Known, { answers, messages }: Told): string {
  if (messages.length > 0)
    return [...(answers.length === 0 ? [] : [writeAnswers(answers)]), writeNews(context, messages)].join(
      "\n\n",
    );
  return answers.length === 0 ? GO_ON : writeAnswers(answers);
}

/** Answers that came when nobody waited for them. */
function writeAnswers(answers: readonly string[]): string {
  const list = answers.map((line) => `- ${line}`).join("\n");
  return `The operator has answered:\n${list}\n\nGo on with your task.`;
}

/** A turn that ended because of a limit of the agent, not because it was done. */
export const GO_ON = "Go on where you stopped. When the task is done, call hand_off and end your turn.";

function sayEnd({ state, executor }: Attempt): string {
  return "reason" in state ? state.reason : `${executor} ended`;
}

/** Answers to what this task asked: `D-3 MODEL: local`. */
function listGiven({ state }: Known, { task }: Pick<Attempt, "task">): readonly string[] {
  const given: string[] = [];
  for (const { id, subject, state: now, askers, options } of state.decisions.values()) {
    if (subject.kind !== "question" || now.kind !== "resolved" || !askers.includes(task)) continue;
    const label = options.find((option) => option.id === now.option)?.label ?? now.option;
    given.push(`${id} ${subject.key}: ${now.option} (${label})`);
  }
  return given;
}

/** The attempt that left the workspace which the next one goes on in; null: there is none. */
export function findLast({ state }: Known, { resumes, attempts }: Task): Attempt | null {
  if (resumes === null) return null;
  const known = attempts.toReversed().flatMap((id: AttemptId) => state.attempts.get(id) ?? []);
  return known.find(({ home, session }) => home === resumes && session !== null) ?? null;
}
