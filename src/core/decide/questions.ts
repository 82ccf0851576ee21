import { needWorkstream } from "../evolve/draft.ts";
import type { QuestionDraft } from "../model/command.ts";
import { type Decision, THIS_DECISION } from "../model/decision.ts";
import {
  type DecisionId,
  type EpochMs,
  type ProjectId,
  type TaskId,
  toDecisionId,
  type WorkstreamId,
} from "../model/ids.ts";
import type { QuestionOption } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import { isRefusal } from "../refusal.ts";
import type { Step } from "./step.ts";

/** What an answer settles for good; the rest is asked anew whenever it comes up again. */
const LASTING: readonly Decision["subject"]["kind"][] = ["question", "approval", "content", "permission"];

/** The decision that this question already is: open, or answered for good. Withdrawn ones do not count. */
export function findQuestion(state: State, project: ProjectId, contentKey: string): DecisionId | null {
  const decision = state.decisions.get(state.byContent.get(`${project}/${contentKey}`) ?? ("" as DecisionId));
  if (decision === undefined) return null;
  const { kind } = decision.state;
  // A refusal whose workstream was removed cannot be taken back any more: it is asked anew.
  const isLeft = !state.workstreams.has(decision.workstream);
  if (isLeft && decision.state.kind === "resolved" && isRefusal(decision, decision.state.option)) return null;
  const counts = kind === "open" || (kind === "resolved" && LASTING.includes(decision.subject.kind));
  return counts ? decision.id : null;
}

/** When the default is taken: after so many minutes, or at the deadline, whichever comes first. Null: never. */
function findResolveTime(now: number, draft: QuestionDraft): number | null {
  const { autoResolveMinutes, deadline, defaultOption } = draft;
  const after = autoResolveMinutes === null ? null : now + autoResolveMinutes * 60_000;
  if (deadline === null || defaultOption === null) return after;
  return after === null ? deadline : Math.min(after, deadline);
}

/** Opens the decision, or joins the one with the same content. */
export function askQuestion(
  step: Step,
  workstream: WorkstreamId,
  draft: QuestionDraft,
  askers: readonly TaskId[],
): DecisionId {
  const { project } = needWorkstream(step.state, workstream);
  const known = findQuestion(step.state, project, draft.contentKey);
  if (known !== null) {
    for (const task of askers) step.emit({ kind: "decision_joined", decision: known, task });
    return known;
  }
  const { autoResolveMinutes, ...rest } = draft;
  const id = toDecisionId(step.state.nextDecision);
  const autoResolveAt = findResolveTime(step.now, draft);
  const context = rest.context.replaceAll(THIS_DECISION, id);
  const decision = { ...rest, context, id, workstream, askers, autoResolveAt };
  step.emit({ kind: "decision_opened", decision });
  return id;
}

export function toOption(id: string, label: string, description = "", recommended = false): QuestionOption {
  return { id, label, description, implications: [], recommended };
}

const FAILURE_OPTIONS: readonly QuestionOption[] = [
  toOption("retry", "retry", "run the task again as a new attempt"),
  toOption("skip", "skip", "count the task as done without its work; what depends on it goes on"),
  toOption("cancel", "cancel workstream", "stop the workstream; its work is kept in refs/osqr/salvage"),
];

const ANEW = toOption(
  "anew",
  "take the new spec",
  "only where you changed the spec: cancel this workstream and build it as it is committed now",
);

/** An agent stopped in the midst of its work: it can go on there, or begin anew. */
export function offerFresh(draft: QuestionDraft): QuestionDraft {
  const options = draft.options.flatMap((option) =>
    option.id === "retry"
      ? [
          toOption("retry", "go on", "in the same workspace and, where the agent can, the same conversation"),
          toOption(
            "fresh",
            "begin again",
            "a new attempt from the start; its work so far stays in refs/osqr/salvage",
          ),
        ]
      : [option],
  );
  return { ...draft, options };
}

/** Nobody has to act: the time comes by itself. */
export function limitQuestion(
  draft: QuestionDraft,
  {
    executor,
    isDown,
    until,
  }: { readonly executor: string; readonly isDown: boolean; readonly until: EpochMs | null },
): QuestionDraft {
  const { subject, question } = draft;
  const key = subject.kind === "task_failed" ? subject.task.slice(subject.task.indexOf("#") + 1) : "";
  return {
    ...offerFresh(draft),
    type: "resource",
    priority: "low",
    question: `${key} waits: ${isDown ? `the model of ${executor} does not answer` : `${executor} takes no more requests`} for now`,
    context: [question, draft.context].filter((text) => text !== "").join("\n"),
    blocksProgress: false,
    deadline: until,
    defaultOption: "retry",
  };
}

/** With the way to take up a spec that was mended meanwhile; a task from a text has none. */
export function offerAnew(draft: QuestionDraft, spec: { readonly path: string | null }): QuestionDraft {
  if (spec.path === null) return draft;
  const before = draft.options.filter(({ id }) => id !== "cancel");
  return { ...draft, options: [...before, ANEW, ...draft.options.slice(before.length)] };
}

/** What has landed cannot be cancelled any more. */
export function withoutCancel(draft: QuestionDraft): QuestionDraft {
  return { ...draft, options: draft.options.filter(({ id }) => id !== "cancel") };
}

/** What nobody can do is not better done again. */
export function withoutRetry(draft: QuestionDraft): QuestionDraft {
  return { ...draft, options: draft.options.filter(({ id }) => id !== "retry") };
}

/** A failed task is a question, never only a line in a log. */
export function failureQuestion(
  task: TaskId,
  attempt: string,
  reason: string,
  tail: readonly string[],
): QuestionDraft {
  return {
    contentKey: `failed:${task}:${attempt}`,
    type: "error",
    priority: "high",
    subject: { kind: "task_failed", task, attempt },
    question: `${task.slice(task.indexOf("#") + 1)} failed: ${reason}`,
    context: tail.slice(-40).join("\n"),
    location: null,
    options: FAILURE_OPTIONS,
    blocksProgress: true,
    deadline: null,
    defaultOption: null,
    autoResolveMinutes: null,
  };
}

export function joinConflictQuestion(
  task: TaskId,
  attempt: string,
  { cause, paths }: { cause: "conflict" | "protected"; paths: readonly string[] },
): QuestionDraft {
  const key = task.slice(task.indexOf("#") + 1);
  const isConflict = cause === "conflict";
  return {
    ...failureQuestion(task, attempt, "", []),
    contentKey: `join:${task}:${attempt}`,
    type: isConflict ? "conflict" : "approval",
    subject: { kind: "join_conflict", task, attempt },
    question: isConflict
      ? `${key} and a task beside it changed the same lines`
      : `${key} changed what decides how machines and osqr work here: take it?`,
    context: paths.join("\n"),
    options: isConflict ? JOIN_OPTIONS : PROTECTED_OPTIONS,
  };
}

const CANCEL = toOption("cancel", "cancel workstream", "its work is kept in refs/osqr/salvage");

const JOIN_OPTIONS: readonly QuestionOption[] = [
  toOption("redo", "redo", "run the task again on what the others made", true),
  toOption("keep-base", "keep theirs", "where they differ, what the other tasks made counts"),
  toOption("keep-work", "keep this", "where they differ, what this task made counts"),
  CANCEL,
];

const PROTECTED_OPTIONS: readonly QuestionOption[] = [
  toOption("keep-work", "take it", "the change becomes part of the work"),
  toOption("redo", "redo", "run the task again"),
  CANCEL,
];
const REDO = toOption("redo", "redo", "run all its tasks again on the base as it is now");

const INTEGRATION_OPTIONS: Readonly<Record<string, readonly QuestionOption[]>> = {
  conflict: [
    { ...REDO, recommended: true },
    toOption("keep-base", "keep the base's side", "in the conflicting files the base's lines count"),
    toOption(
      "keep-work",
      "keep the workstream's side",
      "in the conflicting files the workstream's lines count",
    ),
    toOption("by-hand", "by hand", "you have put the merged commit on refs/osqr/hand/<workstream>"),
    CANCEL,
  ],
  gates: [
    toOption("retry", "retry", "merge and run the gates again"),
    REDO,
    toOption("land-anyway", "land anyway", "merge without these gates; the report says that they failed"),
    CANCEL,
  ],
  error: [toOption("retry", "retry", "try again", true), REDO, CANCEL],
};

/** What an integration that stopped asks. */
export function integrationQuestion(
  workstream: WorkstreamId,
  cause: string,
  attemptNo: number,
  input: { reason: string; context: string },
): QuestionDraft {
  return {
    ...failureQuestion(`${workstream}#` as TaskId, "", "", []),
    contentKey: `integration:${workstream}:${attemptNo}`,
    type: cause === "conflict" ? "conflict" : "error",
    subject: { kind: "integration", workstream },
    question: input.reason,
    context: input.context,
    options: INTEGRATION_OPTIONS[cause] ?? [],
  };
}

export function contentQuestion(hashes: readonly string[], question: string, context: string): QuestionDraft {
  return {
    contentKey: `content:${[...hashes].sort().join(",")}`,
    type: "approval",
    priority: "critical",
    subject: { kind: "content", hashes },
    question,
    context,
    location: null,
    options: [
      toOption("approve", "approve", "run them now and whenever their content is the same"),
      toOption("reject", "reject", "the tasks stay blocked"),
    ],
    blocksProgress: true,
    deadline: null,
    defaultOption: null,
    autoResolveMinutes: null,
  };
}

/** A dependency ended without what was needed. */
export function dependencyQuestion(task: TaskId, requirement: string, message: string): QuestionDraft {
  return {
    ...failureQuestion(task, "", "", []),
    contentKey: `dependency:${task}:${requirement}`,
    type: "scope",
    subject: { kind: "dependency", task },
    question: message,
    context: "",
    options: [
      toOption("go-on", "go on without it", "start as if it were there"),
      toOption("cancel", "cancel workstream", "its work is kept in refs/osqr/salvage"),
    ],
  };
}
