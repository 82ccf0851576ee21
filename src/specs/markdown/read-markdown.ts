import type { Dependency, Readiness, Spec, SpecPhase, SpecProblem } from "../../core/model/spec.ts";
import { isIsoDate } from "../dates.ts";
import { parseDependencies, parseUses } from "../dependency-syntax.ts";
import { toKeyOfPath, toSpecKey } from "../names.ts";
import { ProblemList } from "../problems.ts";
import { OWN_SPEC, type ReadResult, type SpecDocument } from "../reader.ts";
import { readStatus, type StatusMeaning } from "../status.ts";
import { readModel, readType } from "./annotations.ts";
import { readAutonomy } from "./autonomy-field.ts";
import { readBudget } from "./budget-field.ts";
import { reportClarifications } from "./clarifications.ts";
import { type Fields, readFields } from "./fields.ts";
import { stripEmphasis } from "./inline.ts";
import { type ScannedText, scanLines } from "./lines.ts";
import { findListItems, type ListItem } from "./list-items.ts";
import { findPhases } from "./phases.ts";
import { findQuestionItems } from "./question-items.ts";
import { readQuestions } from "./questions.ts";
import { findRunBlocks, isRunInfo, type RunFence } from "./run-blocks.ts";
import { findSections, type Section } from "./sections.ts";
import { readSession } from "./session-field.ts";
import { buildTaskTree } from "./task-tree.ts";
import { makeTasks, type TaskList } from "./tasks.ts";
import { toTitle } from "./titles.ts";

const FORMAT = "markdown";

/** Documents that carry a status for other reasons; only tasks make them specs. */
const NO_PLAN_NAME =
  /(?:^|\/)(?:readme|changelog|history|contributing|security|code_of_conduct|license|support|template|_template|index)\.(?:md|markdown)$/i;
const DECISION_RECORD = /(?:^|\/)(?:adrs?|decisions|decision-records)\/|(?:^|\/)adr-\d+[^/]*$/i;

/** What was read of a document, for those who change it. */
export interface MarkdownPlan extends TaskList {
  readonly text: ScannedText;
  readonly fields: Fields;
  readonly phases: readonly SpecPhase[];
  readonly criteria: Spec["criteria"];
  readonly questions: Spec["questions"];
  readonly title: string;
  readonly problems: ProblemList;
  readonly hasRun: boolean;
}

/** Reads a Markdown document as a spec. */
export function readMarkdown(document: SpecDocument): ReadResult {
  const scanned = scanLines(document.text);
  const hasRun = scanned.fences.some((fence) => isRunInfo(fence.info));
  const problems = new ProblemList(document.path);
  const fields = readFields(scanned, problems);
  if (!fields.isPlan && !hasRun) return { kind: "other" };
  const plan = readPlan(document.path, scanned, { fields, problems });
  const nothingToDo = plan.tasks.length === 0 && !hasRun;
  const isOther =
    fields.isSitePage || NO_PLAN_NAME.test(document.path) || DECISION_RECORD.test(document.path);
  if (nothingToDo && isOther) return { kind: "other" };
  return {
    kind: "spec",
    spec: toSpec(document, plan),
    keyIsWritten: toSpecKey(fields.id?.text ?? "") !== "",
    keyLine: fields.id?.line ?? 1,
  };
}

/** Reads all of a text as a plan, also where it carries no metadata. */
export function readPlanOf(path: string, text: string): MarkdownPlan {
  const scanned = scanLines(text);
  const problems = new ProblemList(path);
  return readPlan(path, scanned, { fields: readFields(scanned, problems), problems });
}

interface Beginning {
  readonly fields: Fields;
  readonly problems: ProblemList;
}

function readPlan(path: string, text: ScannedText, { fields, problems }: Beginning): MarkdownPlan {
  const sections = findSections(text);
  const items = findListItems(text, sections);
  const runs = findRunBlocks(text, problems);
  const title = findTitle(path, fields, sections);
  const nodes = buildTaskTree({ text, sections, items, runs, documentTitle: title });
  const phases = findPhases(sections, new Set(nodes.map((node) => node.section)), problems);
  const list = makeTasks({ path, text, nodes, runs, phases, problems });
  reportLeftOut(items, runs, { sections, problems });
  reportClarifications(text, problems);
  for (const line of text.unclosedComments) reportUnclosedComment(line, problems);
  const tasksOfPhase = (phase: string): string[] =>
    list.tasks.filter((task) => task.phase === phase).map((task) => task.key);
  const questions = readQuestions(findQuestionItems(text, sections, items), {
    own: list.own,
    tasksOfPhase,
    problems,
  });
  const headingDetails = nodes.flatMap((node) => (node.kind === "task" && !node.item ? node.details : []));
  const criteria = findCriteria(items, headingDetails);
  return {
    ...list,
    text,
    fields,
    phases: phases.list,
    criteria,
    questions,
    title,
    problems,
    hasRun: runs.length > 0,
  };
}

function findTitle(path: string, fields: Fields, sections: readonly Section[]): string {
  const heading = sections.find((section) => section.level === 1) ?? sections[1];
  const name =
    path
      .split("/")
      .at(-1)
      ?.replace(/\.(?:md|markdown)$/i, "") ?? path;
  return toTitle(fields.title ?? "") || toTitle(heading?.title ?? "") || name;
}

function findCriteria(items: readonly ListItem[], more: readonly ListItem[]): Spec["criteria"] {
  const all = new Set([
    ...items.filter((item) => item.box !== null && item.kind === "criteria" && item.text !== ""),
    ...more,
  ]);
  return [...all]
    .sort((a, b) => a.line - b.line)
    .map((item) => ({ text: toTitle(item.text), checked: item.box?.state === "done", line: item.line }));
}

interface Where {
  readonly sections: readonly Section[];
  readonly problems: ProblemList;
}

/** Says which boxes and blocks are no tasks because of the heading above them. */
function reportLeftOut(
  items: readonly ListItem[],
  runs: readonly RunFence[],
  { sections, problems }: Where,
): void {
  const boxes = items.filter(
    (item) => item.kind === "left-out" && item.box?.state === "todo" && item.text !== "",
  );
  for (const [section, list] of Map.groupBy(boxes, (item) => item.section)) {
    problems.add(list[0]?.line ?? section.line, {
      severity: "warning",
      code: "boxes-left-out",
      message: `${list.length === 1 ? "1 box is" : `${list.length} boxes are`} no task because of the heading "${section.title}"`,
      found: list[0]?.text ?? null,
      expected: "tasks under another heading",
      hint: "move them if they are to be built",
    });
  }
  for (const section of sections.filter((one) => one.kind === "left-out")) {
    for (const run of runs.filter(({ fence }) => fence.open >= section.from && fence.open <= section.to)) {
      problems.add(run.fence.open, {
        severity: "warning",
        code: "boxes-left-out",
        message: `the run block is no task because of the heading "${section.title}"`,
        found: section.title,
        expected: "run blocks under another heading",
        hint: "move it if it is to be run",
      });
    }
  }
}

function reportUnclosedComment(line: number, problems: ProblemList): void {
  problems.add(line, {
    severity: "warning",
    code: "unclosed-comment",
    message: "the comment is never closed: only this line is taken as one",
    found: "<!--",
    expected: "-->",
    hint: "close the comment",
  });
}

function toSpec(document: SpecDocument, plan: MarkdownPlan): Spec {
  const { path } = document;
  const { fields, problems } = plan;
  const meaning = fields.status ? readStatus(fields.status.text) : "ready";
  const context = { path, problems };
  const key = readKey(path, fields, problems);
  const dependsOn = [
    ...fields.dependsOn.flatMap(({ value, style }) =>
      parseDependencies(value, { ...context, style, own: null }),
    ),
    ...fields.uses.flatMap(({ value }) => parseUses(value, path, problems)),
  ];
  const touches = readTouches(fields, problems);
  const due = readDue(fields, problems);
  const budget = readBudget(fields.budget, problems);
  const session = readSession({ session: fields.session, timeout: fields.sessionTimeout }, problems);
  const autonomy = readAutonomy(fields.autonomy, problems);
  const readiness = judgeReadiness(plan, meaning);
  const model = readModel(fields.model ?? "");
  const type = readType(fields.type ?? "");
  return {
    key,
    path,
    format: FORMAT,
    title: plan.title,
    summary: findSummary(plan.text),
    hash: document.hash,
    readiness,
    status: fields.status?.text ?? null,
    future: meaning === "future" && readiness !== "done",
    priority: fields.priority,
    dependsOn,
    blocks: readBlocks(path, fields, problems),
    touches,
    executor:
      fields.executor === null ? null : (fields.executor.replace(/[`*_"]/g, "").split(/[\s(,]/)[0] ?? null),
    ...(model === null ? {} : { model }),
    ...(type === null ? {} : { type }),
    autonomy,
    ...(fields.workflow === null ? {} : { workflow: toWorkflow(fields.workflow) }),
    ...(budget === null ? {} : { budget }),
    ...(session === null ? {} : { session }),
    ...(fields.owner === null ? {} : { owner: fields.owner.trim() }),
    due,
    gates: fields.gates,
    tags: [...new Set(fields.tags)],
    phases: plan.phases,
    tasks: plan.tasks,
    criteria: plan.criteria,
    questions: plan.questions,
    problems: settleProblems(problems.toList(), readiness),
  };
}

const toWorkflow = ({ text, line }: { text: string; line: number }): { name: string; line: number } => ({
  name: text.replace(/[`*_"]/g, "").trim(),
  line,
});

/** What is done needs no detail any more. */
function settleProblems(problems: readonly SpecProblem[], readiness: Readiness): readonly SpecProblem[] {
  return readiness === "done" ? problems.filter((problem) => problem.severity !== "needs_detail") : problems;
}

function judgeReadiness(plan: MarkdownPlan, meaning: StatusMeaning): Readiness {
  const { tasks, criteria, fields, problems } = plan;
  if (meaning === "done") return "done";
  const boxes = tasks.length > 0 ? tasks : criteria;
  if (boxes.length > 0 && boxes.every((box) => box.checked)) return "done";
  const line = fields.status?.line ?? fields.id?.line ?? fields.line;
  if (meaning === "needs_detail") {
    problems.add(line, {
      severity: "needs_detail",
      code: "status-needs-detail",
      message: `the status says that the spec is not ready: "${fields.status?.text}"`,
      found: fields.status?.text ?? null,
      expected: "status: ready",
      hint: "complete the spec and set its status to ready",
    });
  }
  if (meaning === "unknown") {
    problems.add(line, {
      severity: "warning",
      code: "unknown-status",
      message: `the status "${fields.status?.text}" is not one that osqr knows: it is read as ready`,
      found: fields.status?.text ?? null,
      expected: "ready, draft, done or another word in docs/specs.md",
      hint: "write status: ready, or status: draft to keep it from being built",
    });
  }
  if (tasks.length === 0) {
    problems.add(line, {
      severity: "needs_detail",
      code: "no-tasks",
      message: "the spec has no tasks",
      found:
        criteria.length > 0 ? `${criteria.length} acceptance criteria, no task` : "no boxes and no run block",
      expected: "boxes such as - [ ] Write the encoder, or a ```sh run block",
      hint: "add a list of tasks",
    });
  }
  return problems.toList().some((problem) => problem.severity === "needs_detail") ? "needs_detail" : "ready";
}

function readKey(path: string, fields: Fields, problems: ProblemList): string {
  const { id } = fields;
  if (id === null) return toKeyOfPath(path);
  const key = toSpecKey(id.text);
  if (key !== id.text) {
    problems.add(id.line, {
      severity: "warning",
      code: "changed-id",
      message: `the id "${id.text}" is used as "${key || toKeyOfPath(path)}"`,
      found: id.text,
      expected: "letters, digits, dots, - and _",
      hint: "change the id",
    });
  }
  return key || toKeyOfPath(path);
}

function readBlocks(path: string, fields: Fields, problems: ProblemList): Spec["blocks"] {
  const all = fields.blocks.flatMap(({ value, style }) =>
    parseDependencies(value, { path, problems, style, own: null }),
  );
  return all.flatMap((dependency: Dependency) =>
    dependency.type === "completion" && dependency.target.spec !== OWN_SPEC
      ? [{ spec: dependency.target.spec, location: dependency.location }]
      : [],
  );
}

function readTouches(fields: Fields, problems: ProblemList): readonly string[] {
  const globs = fields.touches.flatMap(({ text, line }) => {
    const glob = text
      .replace(/`/g, "")
      .replace(/\s+\([^()]*\)$/, "")
      .trim()
      .replace(/^(?:\.\/)+/, "");
    if (glob !== "" && !glob.startsWith("/") && !glob.split("/").includes("..")) return [glob];
    problems.add(line, {
      severity: "warning",
      code: "bad-path",
      message: `touches names "${text}", which is no path inside the repository: it is ignored`,
      found: text,
      expected: "a path or glob such as src/auth/**",
      hint: "write it from the root of the repository",
    });
    return [];
  });
  return [...new Set(globs)];
}

function readDue(fields: Fields, problems: ProblemList): string | null {
  if (fields.due === null || isIsoDate(fields.due.text)) return fields.due?.text ?? null;
  problems.add(fields.due.line, {
    severity: "warning",
    code: "bad-date",
    message: `the due date "${fields.due.text}" is no date: it is ignored`,
    found: fields.due.text,
    expected: "an ISO date such as 2026-12-01",
    hint: "write year-month-day",
  });
  return null;
}

/** The first paragraph of prose, at most 300 characters. */
function findSummary(text: ScannedText): string {
  const lines = text.lines.slice(text.frontmatter?.close ?? 0, (text.frontmatter?.close ?? 0) + 200);
  const isProse = (line: string): boolean =>
    !/^\s*(?:#{1,6}\s|[-*+]\s|\d+[.)]\s|\||!?\[[^\]]*\]\(|[-=*_]{3,}\s*$|(?:\*\*|__)[^*_]+[:：]?(?:\*\*|__)\s*[:：]?|<)/.test(
      line,
    );
  const from = lines.findIndex((line) => line.kind === "text" && isProse(line.text));
  if (from === -1) return "";
  const paragraph: string[] = [];
  for (const line of lines.slice(from)) {
    if (line.kind !== "text" || !isProse(line.text)) break;
    paragraph.push(line.text.trim());
  }
  const summary = stripEmphasis(paragraph.join(" ")).replace(/\s+/g, " ");
  return summary.length > 300 ? `${summary.slice(0, 299)}…` : summary;
}
