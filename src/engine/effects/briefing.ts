import { type Duplicate, listDuplicates } from "../../core/duplicates.ts";
import { formatDuration } from "../../core/format-duration.ts";
import { renderHandoff } from "../../core/handoff/render.ts";
import { listAnswers } from "../../core/handoff/sources.ts";
import type { CriterionState } from "../../core/model/flow.ts";
import type { Launch } from "../../core/model/scheduling.ts";
import type { State } from "../../core/model/state.ts";
import type { Task, Workstream } from "../../core/model/work.ts";
import { listComing } from "../../core/report/messages.ts";
import { nameOfTask } from "../../core/report/words.ts";
import { excerptSpec, excerptTask } from "../../specs/excerpt.ts";
import type { SourceHandoff } from "../handoffs/admit.ts";
import type { ProjectPorts } from "../ports.ts";
import type { Known } from "./context.ts";

/** Bounds of a briefing, characters and entries: it has to fit beside the work. */
const SPEC_MAX = 24_000;
const HANDOFF_MAX = 8_000;
/** The same in the red zone of the run's budget. */
const SMALL_SPEC_MAX = 8_000;
const SMALL_HANDOFF_MAX = 2_000;
/** Of one text that was merged into the work, and of all of them: many are cut shorter, and the last ones only named. */
const MERGED_SPEC_MAX = 8_000;
const MERGED_SPECS_MAX = 24_000;
const MERGED_TEXTS_MAX = 12;
const MERGED_NAMES_MAX = 100;
const REASON_MAX = 1_000;
const REASONS_MAX = 5;
const LISTED_MAX = 50;

interface Subject {
  readonly task: Task;
  readonly workstream: Workstream;
  /** What it starts from, already read. */
  readonly handoffs: readonly SourceHandoff[];
  /** Nearly all of the run's budget is used: texts are cut shorter. @default false */
  readonly isSmall?: boolean;
}

/** What a conversation has read of the spec: as much as has room in a briefing, or in one of the red zone. */
export type KnownSpec = "nothing" | "some" | "much";

/** Answers that the operator gave to the questions of a workstream: key -> option id. */
export function collectAnswers(context: Known, workstream: Workstream): Record<string, string> {
  return Object.fromEntries(listAnswers(context.state, workstream).map(({ key, option }) => [key, option]));
}

export function cut(text: string, max: number): string {
  return text.length <= max
    ? text
    : `${text.slice(0, max)}\n[… ${text.length - max} characters more]\n`.toWellFormed();
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.map((line) => `- ${line}`).join("\n")];
}

function describeStep({ task, workstream }: Subject): string[] {
  const step = workstream.steps.find(({ key }) => key === task.step);
  const done = step?.definitionOfDone ?? null;
  const isShared = (step?.total ?? 0) > 1;
  const role = task.role === null ? "" : ` · role: ${task.role}`;
  return [
    `# ${task.key} ${task.title}`,
    `Workstream: ${workstream.name} · step: ${step?.title ?? task.step}${role} · phase: ${task.phase ?? "–"}`,
    ...(done === null
      ? []
      : [
          `## ${isShared ? `Done means, of this and the other tasks together` : "Done means"}`,
          cut(done, REASON_MAX),
        ]),
    ...section("What is checked on the result", task.exit.filter(({ met }) => !met).map(describeCriterion)),
  ];
}

function describeCriterion({ key, text, check }: CriterionState): string {
  const how =
    check.kind === "command"
      ? `: ${check.run}`
      : check.kind === "artifact"
        ? `: ${check.path} is there`
        : check.kind === "gate"
          ? `: the gate ${check.gate} passes`
          : ": a person confirms it";
  return cut(`${key} ${text}${how}`, REASON_MAX);
}

/** Why earlier results of this task were not taken, the newest first. */
function listRefusals({ state }: Known, task: Task): string[] {
  const refused = task.attempts.toReversed().flatMap((id) => {
    const attempt = state.attempts.get(id);
    if (attempt?.state.kind !== "rework" && attempt?.state.kind !== "rejected") return [];
    return [`${id}: ${cut(attempt.state.reason, REASON_MAX)}`];
  });
  return refused.slice(0, REASONS_MAX);
}

/** What people said when they signed, the newest first. */
function listSignOffs({ state }: Known, { signOffs }: Workstream): string[] {
  return signOffs
    .filter(({ reason }) => reason !== "")
    .toReversed()
    .slice(0, REASONS_MAX)
    .map(({ task, outcome, by, role, reason }) => {
      const who = role === null ? by : `${by} (${role})`;
      return `${state.tasks.get(task)?.key ?? task} ${outcome} by ${who}: ${cut(reason, REASON_MAX)}`;
    });
}

/** The texts of specs that people merged into this one, directly or through others, and the names of related ones. */
async function describeLinks(
  { state }: Known,
  { git }: ProjectPorts,
  { id, links }: Workstream,
  isSmall: boolean,
): Promise<string[]> {
  const related = links.filter(({ how }) => how === "related");
  const parts = section(
    "Related work",
    related.slice(0, REASONS_MAX).flatMap(({ workstream, reason }) => {
      const other = state.workstreams.get(workstream);
      return other === undefined ? [] : [`${other.name}: ${cut(reason, REASON_MAX)}`];
    }),
  );
  const merged = listDuplicates(state, id).filter(({ how }) => how === "merged");
  const shown = merged.slice(0, MERGED_TEXTS_MAX);
  const whole = isSmall ? SMALL_SPEC_MAX : MERGED_SPECS_MAX;
  const max = Math.min(MERGED_SPEC_MAX, Math.floor(whole / Math.max(1, shown.length)));
  for (const { workstream: other, through, reason } of shown) {
    const { path, commit } = other.spec;
    const text = path === null ? null : await git.readFile(commit, path);
    parts.push(`## Merged into this${through === null ? "" : ` through ${through.name}`}: ${other.name}`);
    parts.push(cut(reason, REASON_MAX), cut(text ?? other.title, max));
  }
  return [...parts, ...section("Merged into this too, to be read in the repository", nameMerged(merged))];
}

/** Those of which the text has no room. */
function nameMerged(merged: readonly Duplicate[]): string[] {
  const rest = merged.slice(MERGED_TEXTS_MAX);
  const names = rest
    .slice(0, MERGED_NAMES_MAX)
    .map(({ workstream: { name, title, spec } }) => `${name}: ${spec.path ?? title}`);
  return rest.length > MERGED_NAMES_MAX
    ? [...names, `and ${rest.length - MERGED_NAMES_MAX} more: osqr show`]
    : names;
}

/** The spec's text as the workstream was made from it; null: it has none. */
export async function readSpec({ git }: ProjectPorts, { spec }: Workstream): Promise<string | null> {
  const { path, commit } = spec;
  return path === null ? null : git.readFile(commit, path);
}

/** What the operator has decided for the workstream. */
export function describeDecisions(context: Known, workstream: Workstream): string {
  const answers = listAnswers(context.state, workstream);
  return section(
    "Decisions made",
    answers.map(({ id, key, option, by }) => `${key}: ${option} (${id}, ${by})`),
  ).join("\n\n");
}

/** What it was decided to spare with a start. */
export const isBriefSmall = ({ saves = [] }: Pick<Launch, "saves">): boolean =>
  saves.includes("small_briefing");

export function describeHandoffs(handoffs: readonly SourceHandoff[], isSmall = false): string {
  const max = isSmall ? SMALL_HANDOFF_MAX : HANDOFF_MAX;
  return handoffs
    .flatMap(({ path, handoff }) => [`## Handoff ${path}`, cut(renderHandoff(handoff), max)])
    .join("\n\n");
}

/** Each with its command, so that it can be run before osqr does. */
async function listGates({ listGates: list }: ProjectPorts, { gates, spec }: Workstream): Promise<string[]> {
  // What cannot be read is said where the gates run, not here.
  const found = await list(spec.commit).catch(() => null);
  if (found === null) return [...(gates ?? ["all checks of the project"])];
  const wanted = found.filter(({ name }) => gates === null || gates.includes(name));
  const missing = (gates ?? []).filter((name) => !found.some((gate) => gate.name === name));
  const lines = wanted.map(({ name, command }) =>
    cut(command === "" ? name : `${name}: ${command}`, REASON_MAX),
  );
  return [...lines, ...missing].slice(0, LISTED_MAX);
}

/** What has to hold, and what is not this task's business. */
export async function describeConstraints(
  context: Known,
  project: ProjectPorts,
  { task, workstream }: Pick<Subject, "task" | "workstream">,
): Promise<string> {
  const { touches, tasks } = workstream;
  // One more than are listed, in case the task itself is among them: a workstream can have thousands.
  const others = tasks.slice(0, LISTED_MAX + 1).filter((id) => id !== task.id);
  return [
    ...section("What may be touched", touches.slice(0, LISTED_MAX)),
    ...section("Checks that osqr runs on the result", await listGates(project, workstream)),
    ...section(
      "Not part of this task: others do it",
      others.slice(0, LISTED_MAX).flatMap((id) => {
        const other = context.state.tasks.get(id);
        return other === undefined ? [] : [`${other.key} ${other.title} (${other.state.kind})`];
      }),
    ),
    ...section("Time", [`at most ${formatDuration(task.timeoutMs)}, without waits for answers`]),
  ].join("\n\n");
}

/** What it starts without: nobody waits for it. */
function describeComing(state: State, task: Task): string[] {
  return listComing(state, task)
    .slice(0, LISTED_MAX)
    .map((id) => {
      const other = state.tasks.get(id);
      const name = nameOfTask(state, id);
      if (other === undefined || other.state.kind === "cancelled") return `${name}: nothing comes of it`;
      return `${name} ${other.title} (${other.state.kind}): what it hands off comes with a later prompt`;
    });
}

/** What an attempt gets to read, in a fixed order and of bounded size. All of it is data, also for the agent. */
export async function writeBriefing(
  context: Known,
  project: ProjectPorts,
  subject: Subject,
  { knows = "nothing" }: { readonly knows?: KnownSpec } = {},
): Promise<string> {
  const { task, workstream, handoffs, isSmall = false } = subject;
  const parts = [
    ...describeStep(subject),
    ...section("Why earlier results were refused", listRefusals(context, task)),
    ...section("What was said when it was signed", listSignOffs(context, workstream)),
    describeDecisions(context, workstream),
    await describeConstraints(context, project, subject),
    describeHandoffs(handoffs, isSmall),
    ...section("What it starts without", describeComing(context.state, task)),
    ...(knows === "nothing" ? await describeLinks(context, project, workstream, isSmall) : []),
    ...(await describeSpec(project, subject, knows)),
    ...(knows === "nothing"
      ? ["## How to ask", 'osqr-ask KEY "question" a="label" b="label" [--recommend a]']
      : []),
  ];
  return join(parts);
}

/** All of it where it has room. Of a longer one, what is about the task comes first; that is told also where the rest is known. */
async function describeSpec(
  project: ProjectPorts,
  { task, workstream, isSmall = false }: Subject,
  knows: KnownSpec,
): Promise<readonly string[]> {
  const { path } = workstream.spec;
  const text = await readSpec(project, workstream);
  if (path === null || text === null) return [];
  const max = isSmall || knows === "some" ? SMALL_SPEC_MAX : SPEC_MAX;
  const hasRoom = text.length <= max;
  const input = { path, text, line: lineOf(task, workstream), max };
  if (knows === "nothing") return [`## Spec ${path}`, hasRoom ? text : excerptSpec(input)];
  const own = hasRoom ? "" : excerptTask(input);
  return own === "" ? [] : [`## Spec ${path}`, own];
}

/** Null: it was made of a step of the workflow, not of the spec. */
function lineOf({ step, line }: Task, { steps }: Workstream): number | null {
  const kind = steps.find(({ key }) => key === step)?.kind ?? "tasks";
  return kind === "tasks" ? line : null;
}

const join = (parts: readonly string[]): string => `${parts.filter((part) => part !== "").join("\n\n")}\n`;
