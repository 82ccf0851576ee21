/** What agents are told of the work of others. */
import type { Event } from "../model/event.ts";
import type { TaskId } from "../model/ids.ts";
import type { InboxMessage } from "../model/message.ts";
import type { Task } from "../model/work.ts";
import { needAttempt } from "./attempts.ts";
import { type Draft, needTask } from "./draft.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** Whom a task listens to, for the index of it. */
export const listListens = ({ id, news = [] }: Task): readonly (readonly [string, TaskId])[] =>
  news.map((source) => [`${source}\n${id}`, id] as const);

export function noteNews(draft: Draft, task: Task): void {
  for (const [key, id] of listListens(task)) draft.news = draft.news.set(key, id);
}

export function sendMessage(draft: Draft, { message, at }: Of<"message_sent">): void {
  const task = needTask(draft, message.to);
  const inbox = [...(task.inbox ?? []), { ...message, at, delivered: null }];
  draft.tasks = draft.tasks.set(task.id, { ...task, inbox });
}

export function deliverMessages(draft: Draft, event: Of<"messages_delivered">): void {
  const { attempt, turn, how, at } = event;
  const numbers = new Set(event.numbers);
  const delivered = { attempt, turn, how, at };
  const task = needTask(draft, event.task);
  const inbox = (task.inbox ?? []).map((each) => (numbers.has(each.number) ? { ...each, delivered } : each));
  draft.tasks = draft.tasks.set(task.id, { ...task, inbox });
  // It works again.
  const { finished: _, ...open } = needAttempt(draft, attempt);
  draft.attempts = draft.attempts.set(attempt, open);
}

/** Of a task that is done the history keeps the words; here they only take room. Whoever does it again finds the handoffs in the briefing. */
export function dropWords({ inbox }: Pick<Task, "inbox">): { readonly inbox?: readonly InboxMessage[] } {
  if (inbox === undefined) return {};
  return {
    inbox: inbox.map((each) =>
      each.type === "handoff" && each.payload.text !== ""
        ? { ...each, payload: { ...each.payload, text: "" } }
        : each,
    ),
  };
}
