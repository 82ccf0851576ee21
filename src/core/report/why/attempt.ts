import { needTask } from "../../evolve/draft.ts";
import type { State } from "../../model/state.ts";
import type { Attempt } from "../../model/work.ts";
import { formatChoice } from "../../routing/choice.ts";
import { explainTask } from "../why.ts";
import { nameOfTask } from "../words.ts";

const ENDS = {
  rejected: "was rejected",
  rework: "was sent back",
  failed: "failed",
  cancelled: "was cancelled",
  lost: "was lost",
} as const;

/** What became of an attempt, and why its task is where it is. The first sentence is the answer. */
export function explainAttempt(state: State, attempt: Attempt): readonly string[] {
  const { id, reused, salvage, executor } = attempt;
  const task = needTask(state, attempt.task);
  const name = nameOfTask(state, task.id);
  const last = task.attempts.at(-1);
  const log = executor === "person" ? null : `Its output: osqr log ${id}`;
  const sentences = [
    sayEnd(attempt, name),
    reused === null
      ? null
      : `It took the recorded result of ${reused}: nothing that it depends on had changed.`,
    sayConversation(attempt),
    saySaved(state, attempt),
    salvage === null ? null : `Its unmerged work is kept: ${salvage}`,
    log,
    last === undefined || last === id ? null : `The last attempt on ${name} is ${last}.`,
  ];
  const own = sentences.filter((sentence) => sentence !== null);
  const isSaid = (sentence: string): boolean => own.some((each) => sentence.startsWith(each));
  return [...own, ...explainTask(state, task).filter((sentence) => !isSaid(sentence))];
}

/** Null where nobody asked that it goes on with another one. */
function sayConversation({ conversation }: Attempt): string | null {
  if (conversation === undefined) return null;
  const { from, reason } = conversation;
  return from === null
    ? `It began a new conversation: ${reason}.`
    : `It went on with the conversation of ${from}: ${reason}.`;
}

/** What was spared with its start, in the red zone of the run's budget; null: nothing. */
function saySaved(state: State, { saves = [], executor, model, task }: Attempt): string | null {
  if (saves.length === 0) return null;
  const own = needTask(state, task);
  const route = `${formatChoice({ executor, model })} in place of ${formatChoice(own)}`;
  const parts = [
    ...(saves.includes("small_briefing") ? ["a smaller briefing"] : []),
    ...(saves.includes("cheaper_route") ? [route] : []),
  ];
  return `It was begun with less, as nearly all of the run's budget was used: ${parts.join(", ")}.`;
}

function sayEnd({ id, state: now, executor }: Attempt, task: string): string {
  const by = executor === "person" ? "a person" : executor;
  switch (now.kind) {
    case "claimed":
      return `${id} (${by}) has claimed ${task} and is about to start.`;
    case "running":
      return `${id} (${by}) is running on ${task}.`;
    case "waiting":
      return `${id} (${by}) on ${task} waits for ${now.decision}.`;
    case "completed":
      return `${id} (${by}) completed ${task}.`;
    default:
      return `${id} (${by}) on ${task} ${ENDS[now.kind]}${now.reason === "" ? "" : `: ${now.reason}`}.`;
  }
}
