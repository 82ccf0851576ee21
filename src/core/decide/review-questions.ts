import type { QuestionDraft } from "../model/command.ts";
import type { AttemptId } from "../model/ids.ts";
import type { QuestionOption } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import type { DuplicateCandidate, Task, Workstream } from "../model/work.ts";
import { isLanded } from "../status.ts";
import { toOption } from "./questions.ts";

const PLAIN = {
  priority: "high",
  location: null,
  blocksProgress: true,
  deadline: null,
  defaultOption: null,
  autoResolveMinutes: null,
} as const;

const percent = (part: number): string => `${Math.round(part * 100)} %`;

/** A title may be a question already. */
const toQuestion = (title: string): string => (/[?.!]$/.test(title) ? title : `${title}?`);

const titleOf = ({ steps }: Workstream, key: string): string =>
  steps.find((step) => step.key === key)?.title ?? key;

/** What a review asks: approve, or send back to one of its steps. */
export function reviewQuestion(workstream: Workstream, task: Task, attempt: AttemptId): QuestionDraft {
  const step = workstream.steps.find(({ key }) => key === task.step);
  const done = step?.definitionOfDone ?? null;
  const exits = task.exit.map(({ text }) => `criterion: ${text}`);
  return {
    ...PLAIN,
    contentKey: `review:${task.id}:${attempt}`,
    type: "approval",
    subject: { kind: "review", task: task.id, attempt },
    question: `${workstream.name}: ${toQuestion(task.title)}`,
    context: [...(done === null ? [] : [`done means: ${done}`]), ...exits].join("\n"),
    options: [
      toOption("approve", "approve", "sign it off; the next step goes on"),
      ...listReturns(workstream, task),
    ],
  };
}

function listReturns(workstream: Workstream, { returnsTo, stage, step }: Task): QuestionOption[] {
  const how = stage === "after" ? "takes it out of the base again, then goes" : "goes";
  // Before all work there is nothing to go back to: what is signed is the spec itself.
  const describe = (key: string): string =>
    key === step
      ? "asks again; change the spec meanwhile; needs a reason"
      : `${how} back to ${key} (${titleOf(workstream, key)}); needs a reason`;
  return returnsTo.map((key, index) =>
    toOption(
      index === 0 ? "reject" : `reject-${key}`,
      index === 0 ? "reject" : `reject to ${key}`,
      describe(key),
    ),
  );
}

/** The step that an answer to a review sends the work back to; null: it is no rejection. */
export function findReturn({ returnsTo }: Task, option: string): string | null {
  if (option === "reject") return returnsTo[0] ?? null;
  return returnsTo.find((key) => option === `reject-${key}`) ?? null;
}

/** Candidates that still are something: registered and not closed. */
export function listAlive(state: State, { candidates }: Task): readonly DuplicateCandidate[] {
  return candidates.filter(({ workstream }) => {
    const other = state.workstreams.get(workstream);
    return other !== undefined && other.intent !== "cancelled";
  });
}

/** What a review before all work asks (FR-003): osqr names what is alike, the person decides. */
export function intakeQuestion(
  state: State,
  { workstream, task, attempt }: { workstream: Workstream; task: Task; attempt: AttemptId },
): QuestionDraft {
  const alive = listAlive(state, task);
  const lines = alive.map((candidate) => describeCandidate(state, candidate));
  const first = alive[0] === undefined ? null : state.workstreams.get(alive[0].workstream);
  const like = first === undefined || first === null ? "" : ` It resembles #${first.number} ${first.name}.`;
  return {
    ...PLAIN,
    contentKey: `intake:${task.id}:${attempt}`,
    type: "scope",
    subject: { kind: "intake", task: task.id, attempt },
    question: `${workstream.name}: ${toQuestion(task.title)}${like}`,
    context: lines.join("\n"),
    options: [
      toOption("distinct", "not a duplicate", "the work begins"),
      ...alive.flatMap(({ workstream: id }) => listCloseOptions(state.workstreams.get(id))),
    ],
  };
}

function describeCandidate(state: State, { workstream, similarity, shared }: DuplicateCandidate): string {
  const other = state.workstreams.get(workstream);
  const words = shared.length === 0 ? "" : `: both say ${shared.slice(0, 8).join(", ")}`;
  return `#${other?.number ?? "?"} ${other?.name ?? workstream} is ${percent(similarity)} alike${words}`;
}

function listCloseOptions(other: Workstream | undefined): QuestionOption[] {
  if (other === undefined) return [];
  const { number, name } = other;
  const merge = toOption(
    `merge-${number}`,
    `merge into #${number}`,
    `closed; ${name} does this work too and is told of it`,
  );
  return [
    // What is done cannot take more work.
    ...(isLanded(other) ? [] : [merge]),
    toOption(`link-${number}`, `link to #${number}`, "both go on and know of each other"),
    toOption(`close-${number}`, `close as a duplicate of #${number}`, "closed without work"),
  ];
}

/** What an answer to an intake means; null: not a duplicate. */
export function parseIntake(
  option: string,
): { readonly how: "merge" | "link" | "close"; readonly number: number } | null {
  const match = /^(merge|link|close)-(\d+)$/.exec(option);
  return match === null ? null : { how: match[1] as "merge" | "link" | "close", number: Number(match[2]) };
}

const BACK = "redo-";

const toBackOption = (workstream: Workstream, key: string): QuestionOption =>
  toOption(
    `${BACK}${key}`,
    `it does not hold: back to ${key}`,
    `goes back to ${key} (${titleOf(workstream, key)}); needs a reason`,
  );

/** The step that an answer to entry ticks sends the work back to; null: it sends nothing back. */
export const parseBack = (option: string): string | null =>
  option.startsWith(BACK) ? option.slice(BACK.length) : null;

/**
 * Criteria that only a person can confirm. `back`: the step that the work may go back to where they do not hold;
 * null: none. `attempt` null: before the work.
 */
export function tickQuestion(
  workstream: Workstream,
  task: Task,
  { side, attempt, back }: { side: "entry" | "exit"; attempt: AttemptId | null; back: string | null },
): QuestionDraft {
  const open = task[side].filter(({ check, met }) => check.kind === "tick" && !met);
  const when = side === "entry" ? "before it starts" : "of its result";
  const cancel = toOption("cancel", "cancel workstream", "its work is kept in refs/osqr/salvage");
  const redo = toOption("redo", "do it again", "the result is refused; needs a reason");
  return {
    ...PLAIN,
    contentKey: `ticks:${task.id}:${side}:${attempt ?? task.attempts.length}`,
    type: "approval",
    subject: { kind: "ticks", task: task.id, side, attempt },
    question: `${workstream.name} ${task.key}: does this hold ${when}? ${open.map(({ text }) => text).join("; ")}`,
    context: open.map(({ key, text }) => `${key}: ${text}`).join("\n"),
    options: [
      toOption("met", "it holds", side === "entry" ? "the work begins" : "the result counts"),
      ...(side === "exit" ? [redo] : []),
      ...(back === null ? [] : [toBackOption(workstream, back)]),
      ...(task.stage === "after" ? [] : [cancel]),
    ],
  };
}
