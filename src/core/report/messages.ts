/** What a task was told of the work of others. */
import type { TaskId, WorkstreamId } from "../model/ids.ts";
import type { Message, MessageType } from "../model/message.ts";
import type { State } from "../model/state.ts";
import type { Task } from "../model/work.ts";
import { countOf } from "../plural.ts";
import { nameOfTask, nameOfWorkstream } from "./words.ts";

export interface MessageView {
  /** Counts up per task, from 1. */
  readonly number: number;
  /** A task, or a workstream. */
  readonly from: string;
  readonly type: MessageType;
  readonly subject: string;
  /** Path of the handoff that it tells of; null: it tells of none. */
  readonly handoff: string | null;
  /** ISO. */
  readonly at: string;
  /** Where it was told last; null: it is still to be told. */
  readonly told: {
    readonly attempt: string;
    readonly turn: number;
    readonly how: "start" | "prompt";
    readonly at: string;
  } | null;
}

/** Names that a sentence takes in. */
const NAMES_MAX = 5;

const toTime = (at: number): string => new Date(at).toISOString();

export const nameOfSource = (state: State, id: Message["from"]): string =>
  id.includes("#") ? nameOfTask(state, id as TaskId) : nameOfWorkstream(state, id as WorkstreamId);

export const viewMessages = (state: State, { inbox = [] }: Task): readonly MessageView[] =>
  inbox.map(({ number, from, type, payload, at, delivered }) => ({
    number,
    from: nameOfSource(state, from),
    type,
    subject: payload.subject,
    handoff: payload.path,
    at: toTime(at),
    told: delivered === null ? null : { ...delivered, at: toTime(delivered.at) },
  }));

/** Tasks whose news a task wants and that are not done: nobody waits for them. */
export function listComing(state: State, { id: own, news = [] }: Task): readonly TaskId[] {
  const tasks = news.flatMap((id): readonly TaskId[] => {
    const workstream = state.workstreams.get(id as WorkstreamId);
    return workstream === undefined ? [id as TaskId] : workstream.tasks;
  });
  return [...new Set(tasks)].filter((id) => id !== own && state.tasks.get(id)?.state.kind !== "completed");
}

/** What it does without, and what it was told. Empty where it asked for no news. */
export function explainNews(state: State, task: Task): readonly string[] {
  if (task.news === undefined) return [];
  const coming = listComing(state, task).map((id) => nameOfTask(state, id));
  const more = coming.length > NAMES_MAX ? ` and ${coming.length - NAMES_MAX} more` : "";
  const names = `${coming.slice(0, NAMES_MAX).join(", ")}${more}`;
  const { inbox = [] } = task;
  const left = inbox.filter(({ delivered }) => delivered === null).length;
  const rest = left === 0 ? "" : `, ${left} of them still to be told`;
  return [
    ...(coming.length === 0 ? [] : [`It does not wait for ${names}: it is told at work what they hand off.`]),
    ...(inbox.length === 0
      ? []
      : [`${countOf(inbox.length, "message")} came for it${rest}: osqr show ${nameOfTask(state, task.id)}`]),
  ];
}
