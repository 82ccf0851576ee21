/** What agents are told of the work of others. */
import type { Event } from "../model/event.ts";
import type { TaskId } from "../model/ids.ts";
import type { InboxMessage } from "../model/message.ts";
import type { Attempt, Task } from "../model/work.ts";
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
  changeInbox(draft, event.task, (each) => (numbers.has(each.number) ? { ...each, delivered } : each));
}

/** What was told in a turn that has ended is told for good. The history keeps the words of a handoff; here they only take room. */
export function settleMessages(draft: Draft, { id, task, turns }: Attempt): void {
  if (draft.tasks.get(task)?.inbox === undefined) return;
  changeInbox(draft, task, (each) => {
    const { delivered, type, payload } = each;
    const isRead = delivered?.attempt === id && delivered.turn <= turns;
    return isRead && type === "handoff" && payload.text !== ""
      ? { ...each, payload: { ...payload, text: "" } }
      : each;
  });
}

function changeInbox(draft: Draft, id: TaskId, change: (message: InboxMessage) => InboxMessage): void {
  const task = needTask(draft, id);
  draft.tasks = draft.tasks.set(id, { ...task, inbox: (task.inbox ?? []).map(change) });
}
