import { toOption } from "../decide/questions.ts";
import type { QuestionDraft } from "../model/command.ts";
import type { EpochMs, ProjectId } from "../model/ids.ts";
import type { Dependency, OpenQuestion, Spec } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import { isRefusal } from "../refusal.ts";
import { foldSpace, questionKey } from "./question-key.ts";

/** A question and the open tasks that wait for its answer. */
export interface PlannedQuestion {
  readonly draft: QuestionDraft;
  /** Keys of tasks; null: all that come first. */
  readonly tasks: ReadonlySet<string> | null;
}

type Approval = Extract<Dependency, { type: "approval" }>;

/** What a spec has to ask before its tasks can start: its open questions, then its approvals. */
export function planQuestions(state: State, project: ProjectId, spec: Spec): readonly PlannedQuestion[] {
  const planned = [
    ...spec.questions.flatMap((question) => planOpenQuestion(spec, question) ?? []),
    ...planApprovals(spec),
  ];
  return mergeSame(planned.map(({ draft, tasks }) => ({ draft: askAnew(state, project, draft), tasks })));
}

/** Null: all the tasks that waited for it are ticked. One that blocks nothing is asked in the background. */
function planOpenQuestion(spec: Spec, question: OpenQuestion): PlannedQuestion | null {
  const known = new Map(spec.tasks.map(({ key, checked }) => [key, checked]));
  const named = question.blocks?.filter((key) => known.has(key)) ?? [];
  const isBackground = question.blocks?.length === 0;
  const wanted = named.length > 0 || isBackground ? named : [...known.keys()];
  const tasks = new Set(wanted.filter((key) => known.get(key) === false));
  const isOver = isBackground ? spec.tasks.every(({ checked }) => checked) : tasks.size === 0;
  if (isOver) return null;
  const { key, options, priority, line, defaultOption, autoResolveMinutes } = question;
  return {
    draft: {
      contentKey: questionKey(question),
      type: question.blocks === null ? "architectural" : "implementation",
      priority,
      subject: { kind: "question", key },
      question: foldSpace(question.question),
      context: "",
      location: { path: spec.path, line },
      options,
      blocksProgress: !isBackground,
      deadline: readDate(question.deadline),
      defaultOption,
      autoResolveMinutes,
    },
    tasks,
  };
}

/** Only a form that means the same instant everywhere: a date alone, or a time with its zone. */
function readDate(text: string | null): EpochMs | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}(?:T\S+(?:Z|[+-]\d{2}:?\d{2}))?$/.test(text.trim())) return null;
  const at = Date.parse(text.trim());
  return Number.isNaN(at) ? null : at;
}

function planApprovals(spec: Spec): readonly PlannedQuestion[] {
  const open = spec.tasks.filter(({ checked }) => !checked);
  const planned: PlannedQuestion[] = spec.dependsOn
    .filter((dependency) => dependency.type === "approval")
    .map((dependency) => ({ draft: toApproval(spec, dependency), tasks: null }));
  for (const { key, dependsOn } of open) {
    for (const dependency of dependsOn) {
      if (dependency.type !== "approval") continue;
      planned.push({ draft: toApproval(spec, dependency), tasks: new Set([key]) });
    }
  }
  return planned;
}

function toApproval(spec: Spec, { subject, question, location }: Approval): QuestionDraft {
  const name = foldSpace(subject);
  const text = foldSpace(question) || `Approve ${name}?`;
  return {
    contentKey: `approval:${name.toLowerCase()}:${text}`,
    type: "approval",
    priority: spec.priority === "critical" ? "critical" : "high",
    subject: { kind: "approval", subject: name },
    question: text,
    context: `${spec.title} waits for it (${location.path}:${location.line}).`,
    location,
    options: [
      toOption("approve", "approve", "what waits for it starts"),
      toOption("reject", "reject", "what waits for it stays blocked"),
    ],
    blocksProgress: true,
    deadline: null,
    defaultOption: null,
    autoResolveMinutes: null,
  };
}

/**
 * What was refused before is asked again, as a new question: else a new task would wait for an answer that nobody is asked
 * for any more.
 */
export function askAnew(state: State, project: ProjectId, draft: QuestionDraft): QuestionDraft {
  let { contentKey } = draft;
  let refused: string | null = null;
  for (let round = 2; ; round += 1) {
    const id = state.byContent.get(`${project}/${contentKey}`);
    const decision = id === undefined ? undefined : state.decisions.get(id);
    if (decision?.state.kind !== "resolved" || !isRefusal(decision, decision.state.option)) break;
    refused = decision.id;
    contentKey = `${draft.contentKey}~${round}`;
  }
  if (refused === null) return draft;
  return { ...draft, contentKey, context: `${draft.context} It was refused before (${refused}).` };
}

/** One question with one key: who asks it twice waits once. */
function mergeSame(planned: readonly PlannedQuestion[]): readonly PlannedQuestion[] {
  const found = new Map<string, PlannedQuestion>();
  for (const each of planned) {
    const before = found.get(each.draft.contentKey);
    if (before === undefined) found.set(each.draft.contentKey, each);
    else if (before.tasks !== null) {
      const tasks = each.tasks === null ? null : new Set([...before.tasks, ...each.tasks]);
      found.set(each.draft.contentKey, { draft: before.draft, tasks });
    }
  }
  return [...found.values()];
}
