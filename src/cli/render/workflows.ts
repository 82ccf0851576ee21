import type { Criterion, WorkflowStep } from "../../core/model/workflow.ts";
import type {
  WorkflowCheck,
  WorkflowDiff,
  WorkflowHistory,
  WorkflowHistoryEntry,
  WorkflowList,
  WorkflowVersionView,
  WorkflowView,
} from "../../core/report/workflow-views.ts";
import { formatDuration, plural } from "../text/duration.ts";
import { cleanLine } from "../text/plain.ts";
import { renderTable } from "../text/table.ts";
import { indentWrapped } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { joinSections } from "./plan.ts";
import { renderProblem } from "./problems.ts";

/** Templates (`progressive.research`) are many: the list counts them. */
const isTemplate = ({ name, source }: WorkflowVersionView): boolean =>
  source === "built-in" && name.includes(".");

/** All workflows, the project's own first; the newest version of each first. */
export function renderWorkflowList(list: WorkflowList, page: Page): string[] {
  const { style, width } = page;
  const isOwn = ({ source }: WorkflowVersionView): boolean => source !== "built-in";
  const named = list.workflows.filter((each) => !isTemplate(each));
  const shown = [...named.filter(isOwn), ...named.filter((each) => !isOwn(each))];
  const own = new Set(shown.filter(({ source }) => source !== "built-in").map(({ name }) => name));
  const head = `${plural(own.size, "workflow")} of this project, ${new Set(shown.map(({ name }) => name)).size - own.size} built in. Specs that name none take ${list.default}.`;
  const table = renderTable({
    columns: [
      { title: "workflow" },
      { title: "" },
      { title: "steps", canWrap: true },
      { title: "in progress", canWrap: true },
      { title: "from" },
    ],
    rows: shown.map((each) => [
      `${each.name}@${each.version}`,
      describeForce(each),
      each.steps.join(" → "),
      each.workstreams.join(", ") || "–",
      each.source,
    ]),
    indent: 2,
    width,
    header: style.dim,
  });
  return joinSections([
    [style.bold(head)],
    table,
    listTemplates(list, page),
    ...list.problems.map((problem) => renderProblem(problem, page)),
  ]);
}

function describeForce({ inForce, effective }: WorkflowVersionView): string {
  if (inForce) return "in force";
  return effective === null ? "older" : `from ${effective}`;
}

function listTemplates({ workflows }: WorkflowList, { width }: Page): string[] {
  const names = workflows.filter(isTemplate).map(({ name }) => name);
  const [first] = names;
  if (first === undefined) return [];
  const text = `${plural(names.length, "template")} by type of work, such as ${first}: osqr workflow list --json`;
  return indentWrapped(text, 2, width);
}

/** One version, step by step. */
export function renderWorkflow(view: WorkflowView, page: Page): string[] {
  const { style, width } = page;
  const { name, version, title, change, source, workstreams } = view;
  const facts = [
    `${describeForce(view)} · ${source}${workstreams.length > 0 ? ` · in progress: ${workstreams.join(", ")}` : ""}`,
    change === null ? "" : `changed by ${change.author}: ${change.reason}`,
    change === null ? "" : `effect: ${change.impact}`,
  ].filter(Boolean);
  return joinSections([
    [
      ...indentWrapped(`${style.bold(`${name}@${version}`)}  ${cleanLine(title)}`, 0, width),
      ...facts.flatMap((fact) => indentWrapped(cleanLine(fact), 2, width)),
    ],
    view.definition.flatMap((step) => renderStep(step, page)),
  ]);
}

function renderStep(step: WorkflowStep, { style, width }: Page): string[] {
  const { key, title, order, kind, definitionOfDone, entry, exit } = step;
  const lines = [
    describeStep(step),
    definitionOfDone === null ? "" : `done means: ${definitionOfDone}`,
    ...entry.map((criterion) => `before: ${describeCriterion(criterion)}`),
    ...exit.map((criterion) => `after:  ${describeCriterion(criterion)}`),
  ].filter(Boolean);
  return [
    ...indentWrapped(`${order}  ${style.bold(key)}  ${cleanLine(title)}  (${kind})`, 2, width),
    ...lines.flatMap((line) => indentWrapped(cleanLine(line), 5, width)),
  ];
}

function describeStep(step: WorkflowStep): string {
  const { role, parallelizable, dependsOn, critical, timeoutMs, retries, executor, run, uses } = step;
  return [
    role === null ? "" : `role ${role}`,
    parallelizable ? "parallel" : "",
    dependsOn === null ? "" : `after ${dependsOn.join(", ") || "nothing"}`,
    critical ? "" : "optional",
    timeoutMs === null ? "" : `at most ${formatDuration(timeoutMs)}`,
    retries === 0 ? "" : `${retries} ${retries === 1 ? "retry" : "retries"}`,
    executor === null ? "" : `by ${executor}`,
    run === null ? "" : `runs: ${run.split("\n")[0] ?? ""}`,
    uses.length === 0 ? "" : `uses ${uses.map(({ resource, amount }) => `${resource} ${amount}`).join(", ")}`,
    describeReturns(step),
    step.rework === "restart" ? "done again from where it began" : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

function describeReturns({ returnsTo, key }: WorkflowStep): string {
  const others = returnsTo.filter((each) => each !== key);
  const parts = [
    others.length === 0 ? "" : `sends back to ${others.join(", ")}`,
    others.length === returnsTo.length ? "" : "a rejection asks again",
  ];
  return parts.filter(Boolean).join(", or ");
}

/** A criterion in words: its text, and how it is checked. */
export function describeCriterion({ text, check }: Pick<Criterion, "text" | "check">): string {
  switch (check.kind) {
    case "command":
      return text === check.run ? text : `${text} (${check.run})`;
    case "artifact":
      return text.includes(check.path) ? text : `${text} (${check.path})`;
    case "gate":
      return text.includes(check.gate) ? text : `${text} (gate ${check.gate})`;
    case "tick":
      return `${text} (a person says so)`;
  }
}

export function renderWorkflowCheck(check: WorkflowCheck, page: Page): string[] {
  const { style, width } = page;
  const errors = check.problems.filter(({ severity }) => severity === "error").length;
  const warnings = check.problems.length - errors;
  const found =
    check.problems.length === 0
      ? "nothing is wrong"
      : `${plural(errors, "error")}, ${plural(warnings, "warning")}`;
  const head = `${plural(check.files, "file")} looked at: ${found}.`;
  const notes = [
    check.uncommitted.length === 0
      ? ""
      : `not in the base yet, so that no plan takes it: ${check.uncommitted.join(", ")}`,
  ].filter(Boolean);
  return joinSections([
    [style.bold(head), ...notes.flatMap((note) => indentWrapped(note, 2, width))],
    ...check.problems.map((problem) => renderProblem(problem, page)),
  ]);
}

export function renderWorkflowDiff(
  { name, from, to, change, uncommitted, lines }: WorkflowDiff,
  { style, width }: Page,
): string[] {
  if (lines.length === 0) return [`${name}@${from} and ${name}@${to} say the same.`];
  return [
    style.bold(`${name}: ${from} → ${to}, ${plural(lines.length, "difference")}.`),
    ...describeNewer({ change, uncommitted }).flatMap((line) => indentWrapped(cleanLine(line), 2, width)),
    ...lines.flatMap((line) => indentWrapped(cleanLine(line), 2, width)),
  ];
}

function nameChange({ kind, name, version, migration, workstream }: WorkflowHistoryEntry): string {
  if (kind === "policy") return "policy";
  const to = `${name}@${version}`;
  return migration === null ? to : `${migration} ${workstream ?? ""} → ${to}`;
}

function describeNewer({ change, uncommitted }: Pick<WorkflowDiff, "change" | "uncommitted">): string[] {
  return [
    ...(uncommitted ? ["the newer one is not in the base yet, so that no plan takes it"] : []),
    ...(change === null ? [] : [`changed by ${change.author}: ${change.reason}`]),
  ];
}

export function renderWorkflowHistory({ entries }: WorkflowHistory, { style, width }: Page): string[] {
  if (entries.length === 0) return ["No workflow of this project was used yet."];
  const table = renderTable({
    columns: [
      { title: "when" },
      { title: "what" },
      { title: "by" },
      { title: "why", canWrap: true },
      { title: "effect", canWrap: true },
    ],
    rows: entries.map((entry) => [
      entry.at === null ? "not used yet" : entry.at.slice(0, 16).replace("T", " "),
      nameChange(entry),
      cleanLine(entry.author) || "–",
      cleanLine(entry.reason),
      cleanLine(
        [entry.impact, entry.effective === null ? "" : `from ${entry.effective}`].filter(Boolean).join("; "),
      ) || "–",
    ]),
    indent: 2,
    width,
    header: style.dim,
  });
  return [style.bold(`${plural(entries.length, "change")}.`), ...table];
}
