/**
 * Agents never talk to each other: what one hands off and decides is told to those who asked for its news. A message is sent once, and
 * told once in every conversation; an attempt of an agent does not complete while one stands for it.
 */
import { listPending, takeFitting } from "../messages/pending.ts";
import type { Command } from "../model/command.ts";
import type { Event } from "../model/event.ts";
import { type TaskId, toTaskId, type WorkstreamId } from "../model/ids.ts";
import type { Message, MessageType } from "../model/message.ts";
import type { State } from "../model/state.ts";
import type { Attempt, Task } from "../model/work.ts";
import { nameOfTask, nameOfWorkstream } from "../report/words.ts";
import { claimOf } from "./claims.ts";
import { refuse, type Step } from "./step.ts";

/** Messages to one task at the most; the last one says that there are more. */
export const INBOX_MAX = 100;
const SUBJECT_MAX = 200;
const TEXT_MAX = 4_000;
const FILES_MAX = 40;

interface News {
  readonly from: TaskId | WorkstreamId;
  readonly type: MessageType;
  readonly subject: string;
  readonly text?: string;
  readonly path?: string | null;
}

const cut = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 1)}…`.toWellFormed();
const toLine = (text: string): string => text.replace(/\s+/g, " ").trim();

type Tellers = {
  readonly [Kind in Event["kind"]]?: (step: Step, event: Of<Kind>) => void;
};

const TELLERS: Tellers = {
  task_completed(step, event) {
    if (event.how === "done") tellHandoff(step, event);
    else tellEnd(step, event.task, sayEnd(event));
  },
  task_failed(step, { task, reason, decision }) {
    tellEnd(step, task, `it failed (${reason}); a person decides what becomes of it (${decision})`);
  },
  choice_judged: tellChoice,
  decision_resolved: tellAnswer,
  intent_set(step, { workstream, intent }) {
    if (intent === "cancelled") tellEndOfAll(step, workstream, "the workstream was cancelled");
  },
  workstream_removed: (step, { workstream }) => tellEndOfAll(step, workstream, "the workstream was removed"),
  workstream_migrated: tellDropped,
};

/** Tells what has just been decided on. */
export function tellNews(step: Step): void {
  if (step.state.news.size === 0) return;
  for (const event of [...step.events]) {
    const tellOf = TELLERS[event.kind] as ((step: Step, event: Event) => void) | undefined;
    tellOf?.(step, event);
  }
}

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

const sayEnd = ({ skip }: Of<"task_completed">): string =>
  `it was skipped${skip === undefined ? "" : ` by ${skip.by}: ${skip.reason}`}`;

function tellHandoff(step: Step, { task, handoff, artifact }: Of<"task_completed">): void {
  const { state } = step;
  const { title } = state.tasks.get(task) ?? { title: "" };
  const news: News = {
    from: task,
    type: "handoff",
    subject: `${nameOfTask(state, task)} is done: ${title}`,
    text: artifact === undefined ? "" : describeArtifact(artifact),
    path: handoff?.path ?? null,
  };
  // Whoever has not begun finds it in the briefing.
  tell(step, news, listListeners(state, task).filter(hasBegun));
}

/** What a handoff says, without what only people look for. Its shape is that of `core/handoff/shape.ts`, or of an older osqr. */
function describeArtifact(artifact: Readonly<Record<string, unknown>>): string {
  const { outcome, commit, files } = artifact;
  const paths = Array.isArray(files) ? files.slice(0, FILES_MAX).map(String) : [];
  return [
    ...(typeof outcome === "string" ? [toLine(outcome)] : []),
    ...(typeof commit === "string" ? [`commit: ${commit} (its files: git show ${commit}:<path>)`] : []),
    ...(paths.length === 0 ? [] : [`files: ${paths.join(", ")}`]),
  ].join("\n");
}

function tellChoice(step: Step, event: Of<"choice_judged">): void {
  const { attempt, outcome, subject, choice, reason, confidence } = event;
  if (outcome !== "proceed" && outcome !== "log") return;
  const task = step.state.attempts.get(attempt)?.task;
  if (task === undefined) return;
  const said = `${nameOfTask(step.state, task)} decided ${subject}: ${choice}`;
  const text = `${toLine(reason)} (${Math.round(confidence * 100)} % sure)`;
  tell(step, { from: task, type: "decision", subject: said, text }, listListeners(step.state, task));
}

function tellAnswer(step: Step, { decision: id, option, reasoning }: Of<"decision_resolved">): void {
  const { state } = step;
  const decision = state.decisions.get(id);
  if (decision?.subject.kind !== "question") return;
  const label = decision.options.find((each) => each.id === option)?.label ?? option;
  const told = new Set<TaskId>(decision.askers);
  for (const asker of decision.askers) {
    const others = listListeners(state, asker).filter((each) => !told.has(each.id));
    for (const { id: other } of others) told.add(other);
    const subject = `${id} of ${nameOfTask(state, asker)}, "${decision.question}": ${option} (${label})`;
    tell(step, { from: asker, type: "decision", subject, text: toLine(reasoning) }, others);
  }
}

function tellEnd(step: Step, task: TaskId, why: string): void {
  const subject = `no handoff comes from ${nameOfTask(step.state, task)} for now: ${why}`;
  tell(step, { from: task, type: "ended", subject }, listListeners(step.state, task).filter(hasBegun));
}

/** One word for all that a workstream will not hand off any more. */
function tellEndOfAll(step: Step, id: WorkstreamId, why: string): void {
  const { state } = step;
  const found = new Map<TaskId, Task>();
  for (const prefix of [`${id}\n`, `${id}#`]) {
    for (const [key, to] of state.news.entriesFrom(prefix)) {
      if (!key.startsWith(prefix)) break;
      const source = state.tasks.get(key.slice(0, key.indexOf("\n")) as TaskId);
      const task = state.tasks.get(to);
      if (source?.state.kind !== "completed" && task !== undefined && isListening(task, key))
        found.set(to, task);
    }
  }
  const subject = `nothing more comes from ${nameOfWorkstream(state, id)}: ${why}`;
  const others = [...found.values()].filter((each) => each.workstream !== id && hasBegun(each));
  tell(step, { from: id, type: "ended", subject }, others);
}

function tellDropped(step: Step, { migration, before }: Of<"workstream_migrated">): void {
  for (const { key } of before.tasks) {
    const id = toTaskId(migration.workstream, key);
    const now = step.state.tasks.get(id)?.state;
    if (now?.kind === "cancelled") tellEnd(step, id, now.reason);
  }
}

/** Open tasks that are told of this one. */
function listListeners(state: State, task: TaskId): readonly Task[] {
  const workstream = state.tasks.get(task)?.workstream;
  const found = new Map<TaskId, Task>();
  for (const source of workstream === undefined ? [task] : [task, workstream]) {
    const prefix = `${source}\n`;
    for (const [key, to] of state.news.entriesFrom(prefix)) {
      if (!key.startsWith(prefix)) break;
      const listener = state.tasks.get(to);
      if (to !== task && listener !== undefined && isListening(listener, key)) found.set(to, listener);
    }
  }
  return [...found.values()];
}

function isListening({ news = [], kind, state }: Task, key: string): boolean {
  const source = key.slice(0, key.indexOf("\n"));
  if (kind !== "work" || state.kind === "completed" || state.kind === "cancelled") return false;
  return news.some((each) => each === source);
}

const hasBegun = ({ startedAt }: Task): boolean => startedAt !== null;

function tell(step: Step, { from, type, subject, text, path }: News, to: readonly Task[]): void {
  for (const { id } of to) {
    const { inbox = [] } = step.state.tasks.get(id) ?? {};
    if (inbox.length >= INBOX_MAX) continue;
    const isLast = inbox.length === INBOX_MAX - 1;
    const payload = isLast
      ? { subject: `more than ${INBOX_MAX} messages: the rest is not told`, text: "", path: null }
      : {
          subject: cut(toLine(subject), SUBJECT_MAX),
          text: cut(text ?? "", TEXT_MAX),
          path: path ?? null,
        };
    const number = inbox.length + 1;
    const message: Message = { from, to: id, number, type: isLast ? "more" : type, payload };
    step.emit({ kind: "message_sent", message });
  }
}

/** What stands for an attempt that starts is in its first prompt. One that only checks has none. */
export function deliverAtStart(step: Step, attempt: Attempt): void {
  if (attempt.onlyChecks !== true) deliver(step, attempt, "start");
}

export function takeMessages(step: Step, command: Extract<Command, { kind: "take_messages" }>): void {
  deliver(step, claimOf(step, command, ["running", "waiting"]), "prompt");
}

function deliver(step: Step, attempt: Attempt, how: "start" | "prompt"): void {
  const { id, task, fence, turns } = attempt;
  const known = step.state.tasks.get(task);
  const pending = known === undefined ? [] : listPending(step.state, known, attempt);
  const told = how === "start" ? pending : takeFitting(pending);
  if (told.length === 0) return;
  const numbers = told.map(({ number }) => number);
  step.emit({ kind: "messages_delivered", task, attempt: id, fence, numbers, turn: turns + 1, how });
}

/** The agent has to be told first: its result may have to be another one. A program is told nothing. */
export function refuseUntold(step: Step, attempt: Attempt): void {
  const task = step.state.tasks.get(attempt.task);
  // What is only checked has nobody who could be told.
  if (attempt.session === null || attempt.onlyChecks === true || task === undefined) return;
  const pending = listPending(step.state, task, attempt);
  if (pending.length === 0) return;
  const numbers = pending.map(({ number }) => number).join(", ");
  refuse("messages-untold", `attempt ${attempt.id} has not been told message ${numbers} yet`);
}
