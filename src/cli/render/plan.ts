import type { PlannedCommand, PlannedWorkstream } from "../../core/plan/types.ts";
import { formatChoice } from "../../core/routing/choice.ts";
import type { PlanView } from "../../server/schemas/plan.ts";
import { formatEstimate, plural } from "../text/duration.ts";
import { renderTable } from "../text/table.ts";
import { indentWrapped, pad, tie } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { describeClosed, describeEstimatedCost, describeOvershoots } from "./cost.ts";
import { shortOid } from "./marks.ts";
import { renderProblem } from "./problems.ts";

/** The one step of the default workflow. */
const PLAIN_STEP = "tasks";

/** The plan for people: the answer first, then what was found, the table, what asks, what is left out. */
export function renderPlan(plan: PlanView, page: Page): string[] {
  const sections = [
    [page.style.bold(headline(plan)), ...renderFacts(plan, page)],
    plan.workstreams.length === 0 ? [] : renderWorkstreams(plan, page),
    renderRemarks(plan, page),
    plan.problems.flatMap((problem) => renderProblem(problem, page)),
    renderNewCommands(plan, page),
  ];
  return joinSections(sections);
}

/** Sections with an empty line between them; empty ones left out. */
export function joinSections(sections: readonly (readonly string[])[]): string[] {
  const filled = sections.filter((lines) => lines.length > 0);
  return filled.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

const DECISION = /\bD-\d+\b/;

function headline({ workstreams, estimate, maxParallel, leftOut }: PlanView): string {
  const possible = workstreams.filter(({ status }) => status !== "blocked" && status !== "failed").length;
  if (possible > 0) {
    const undoable = workstreams
      .flatMap(({ tasks }) => tasks)
      .filter(({ blocked, already }) => blocked !== null && !already).length;
    const stop = undoable === 0 ? "" : ` ${plural(undoable, "step")} cannot be done by any executor.`;
    return `${possible} to build, ${formatEstimate(estimate)}, at most ${maxParallel} at once.${stop}`;
  }
  const asked = workstreams.flatMap(({ waitsFor }) =>
    waitsFor.flatMap((words) => words.match(DECISION) ?? []),
  );
  const [first, ...others] = [...new Set(asked)];
  if (first !== undefined) {
    const more =
      others.length === 0 ? "" : others.length > 3 ? ` and ${others.length} more` : `, ${others.join(", ")}`;
    return `Nothing starts now: ${first}${more} ${others.length === 0 ? "waits" : "wait"} for you (osqr inbox).`;
  }
  if (workstreams.length > 0) return "Nothing can be built: see what is blocked.";
  return leftOut.length === 0 ? "Nothing to build: no spec was found." : "Nothing to build.";
}

function renderFacts(plan: PlanView, { width, style }: Page): string[] {
  const facts: [string, string][] = [
    ["base", `${plan.project.base} (${shortOid(plan.project.commit)})`],
    ["specs", describeSpecs(plan)],
    ["gates", describeGates(plan.gates)],
  ];
  const work = plan.workstreams.flatMap(({ tasks }) => tasks.filter(({ kind }) => kind === "work"));
  const executors = new Set(work.filter((task) => !isBlocked(task)).map(formatChoice));
  for (const [workflow, names] of groupWorkflows(plan)) facts.push(["workflow", `${workflow}: ${names}`]);
  if (executors.size > 0) facts.push(["executors", [...executors].sort().join(", ")]);
  if (plan.cost !== undefined) facts.push(["cost", describeEstimatedCost(plan.cost, plan.budget)]);
  if (plan.overshoot !== undefined)
    facts.push(["limits", describeOvershoots(plan.overshoot, plan.maxParallel)]);
  const closed = describeClosed(plan.workstreams.flatMap(({ tasks }) => tasks.map(({ limits }) => limits)));
  if (closed !== null) facts.push(["limits", closed]);
  for (const [tier, names] of groupTiers(plan)) facts.push(["autonomy", `${tier}: ${names}`]);
  const { level, network } = plan.sandbox;
  facts.push([
    "sandbox",
    level === "process" ? `process only, network not closed` : `${level}, network ${network}`,
  ]);
  const { workstreams, ms } = plan.criticalPath;
  if (workstreams.length > 1) {
    const names = workstreams.map((id) => numberOf(plan, id)).join(" → ");
    facts.push(["longest", `${names} (${formatEstimate({ lowMs: ms, highMs: ms })})`]);
  }
  for (const note of plan.notes) facts.push(["note", note]);
  const titleWidth = Math.max(...facts.map(([title]) => title.length));
  return facts.flatMap(([title, text]) => {
    const lines = indentWrapped(text, titleWidth + 4, width, 0);
    const [first = "", ...rest] = lines;
    return [`  ${style.dim(pad(title, titleWidth))}  ${first.trimStart()}`, ...rest];
  });
}

/** `tests, coverage: npm test · security: cannot be run`. */
function describeGates(gates: PlanView["gates"]): string {
  if (gates.length === 0) return "none found: what is built is not verified";
  const byText = Map.groupBy(gates, ({ command, cannot }) =>
    cannot === undefined ? command : "cannot be run",
  );
  return [...byText].map(([text, own]) => `${own.map(({ name }) => name).join(", ")}: ${text}`).join(" · ");
}

/** Workstreams whose agents are held back beyond the config. */
function groupTiers({ workstreams }: PlanView): readonly (readonly [string, string])[] {
  const held = workstreams.filter(({ autonomy }) => autonomy !== undefined);
  return [...Map.groupBy(held, ({ autonomy }) => autonomy ?? "")].map(([tier, own]) => [
    tier,
    own.map(({ number, name }) => `#${number} ${name}`).join(", "),
  ]);
}

/** Workflows that are more than the tasks and the merge, with who goes through them and which words of people they need. */
function groupWorkflows({ workstreams }: PlanView): readonly (readonly [string, string])[] {
  const byWorkflow = Map.groupBy(workstreams, ({ workflow }) => workflow);
  return [...byWorkflow].flatMap(([workflow, own]) => {
    if (own.every(({ tasks }) => tasks.every(({ step }) => step === PLAIN_STEP))) return [];
    const reviews = new Set(
      own.flatMap(({ tasks }) =>
        tasks.filter(({ kind, ticks }) => kind !== "work" || ticks === true).map(({ step }) => step),
      ),
    );
    const people = reviews.size === 0 ? "" : ` · needs a person at ${[...reviews].join(", ")}`;
    return [
      [workflow, `${own.map(({ number, name }) => `#${number} ${name}`).join(", ")}${people}`] as const,
    ];
  });
}

function numberOf({ workstreams }: PlanView, id: string): string {
  const found = workstreams.find((workstream) => workstream.id === id);
  return found === undefined ? id : `#${found.number}`;
}

/** Questions of the spec itself; commands that are new are told once for all. */
function questionsOf({ questions }: PlannedWorkstream) {
  return questions.filter(({ subject }) => subject.kind !== "content");
}

/** Nothing to say about a spec that is built; the count is enough. */
const isDone = ({ reason }: PlanView["leftOut"][number]) => reason === "done";

function describeSpecs({ workstreams, leftOut, otherDocuments }: PlanView): string {
  const asking = workstreams.filter((workstream) => questionsOf(workstream).length > 0).length;
  const done = leftOut.filter(isDone).length;
  const parts = [
    workstreams.length - asking > 0 ? `${workstreams.length - asking} ready` : "",
    asking > 0 ? `${asking} ready with an open question` : "",
    done > 0 ? `${done} done` : "",
    leftOut.length - done > 0 ? `${leftOut.length - done} left out` : "",
  ].filter(Boolean);
  const found = `${workstreams.length + leftOut.length} found${parts.length > 0 ? `: ${parts.join(", ")}` : ""}`;
  return otherDocuments > 0 ? `${found} · ${plural(otherDocuments, "other document")}` : found;
}

function renderWorkstreams(plan: PlanView, { width, style }: Page): string[] {
  const rows = plan.workstreams.map((workstream) => {
    const { number, name, waitsFor, touches, serializedWith, beside, estimate } = workstream;
    const paths = touches.join(" ");
    return [
      String(number),
      name,
      describeExecutors(workstream),
      waitsFor.join(", ") || "–",
      serializedWith.length + beside.length > 0 ? `${paths} ⚠` : paths || "–",
      isUndoable(workstream) ? "–" : formatEstimate(estimate),
      describeOverlap(plan, workstream),
    ];
  });
  return renderTable({
    columns: [
      { title: "#", align: "end" },
      { title: "workstream" },
      { title: "executor" },
      { title: "waits for", canWrap: true },
      { title: "touches", canWrap: true },
      { title: "est." },
      { title: "" },
    ],
    rows,
    indent: 2,
    width,
    header: style.dim,
  });
}

/** The one who does most of it; more than one are counted. */
function describeExecutors(workstream: PlannedWorkstream): string {
  const { executor, tasks } = workstream;
  if (isUndoable(workstream)) return "–";
  const others = new Set(
    tasks.flatMap((task) => (task.kind === "work" && !task.already ? [task.executor] : [])),
  );
  others.delete(executor);
  return others.size === 0 ? executor : `${executor} +${others.size}`;
}

/** Of two that share paths, the later one says what becomes of them. */
function describeOverlap(plan: PlanView, workstream: PlannedWorkstream): string {
  const { id, serializedWith, beside } = workstream;
  const after = describePairs(plan, id, serializedWith);
  const at = describePairs(plan, id, beside);
  return [after === "" ? "" : `after ${after}`, at === "" ? "" : `beside ${at}`].filter(Boolean).join(", ");
}

function describePairs(
  plan: PlanView,
  id: PlannedWorkstream["id"],
  pairs: PlannedWorkstream["serializedWith"],
): string {
  const place = plan.order.indexOf(id);
  const earlier = pairs.filter(({ name }) => {
    const other = plan.workstreams.find((workstream) => workstream.name === name);
    return other === undefined || plan.order.indexOf(other.id) < place;
  });
  if (earlier.length === 0) return "";
  const numbers = earlier.map(({ name }) => {
    const other = plan.workstreams.find((workstream) => workstream.name === name);
    return other === undefined ? name : `#${other.number}`;
  });
  const files = earlier.some(({ paths }) => paths.length > 1) ? "same files" : "same file";
  return `${numbers.join(", ")} (${files})`;
}

/** What will ask, what cannot be done, and what is left out, each with its place. */
function renderRemarks(plan: PlanView, { width }: Page): string[] {
  const lines: string[] = [];
  for (const workstream of plan.workstreams) {
    const { number, name, tasks } = workstream;
    for (const { question, location } of questionsOf(workstream)) {
      const place = location === null ? "" : ` (${location.path}:${location.line})`;
      lines.push(`? #${number} ${name} asks: ${question}${place}`);
    }
    for (const [why, keys] of groupBlocked(tasks)) lines.push(`! #${number} ${name} ${keys}: ${why}`);
  }
  lines.push(...listNews(plan));
  for (const spec of plan.leftOut) {
    if (!isDone(spec) && !isTold(plan, spec)) lines.push(`– ${spec.path}:${spec.line} ${spec.reason}`);
  }
  return lines.flatMap((line) => indentWrapped(line, 2, width));
}

const KEYS_SHOWN = 5;

/** Why tasks cannot be done, each reason once with their keys. */
function groupBlocked(tasks: PlannedWorkstream["tasks"]): readonly (readonly [string, string])[] {
  const blocked = tasks.filter(isBlocked);
  return [...Map.groupBy(blocked, (task) => task.blocked ?? "")].map(([why, own]) => {
    const keys = own.slice(0, KEYS_SHOWN).map(({ key }) => key);
    const more = own.length > KEYS_SHOWN ? ` and ${own.length - KEYS_SHOWN} more` : "";
    return [why, `${keys.join(", ")}${more}`];
  });
}

const isBlocked = ({ blocked }: PlannedWorkstream["tasks"][number]): boolean => blocked !== null;

/** True where nobody can do any of the work that is left. */
function isUndoable({ tasks }: PlannedWorkstream): boolean {
  const open = tasks.filter(({ kind, already }) => kind === "work" && !already);
  return open.length > 0 && open.every(isBlocked);
}

/** Who starts without what, and is told of it at work. */
const listNews = (plan: PlanView): string[] =>
  plan.edges
    .filter(({ type }) => type === "news")
    .map(({ from, to, detail }) => {
      const nameOf = (id: string) => {
        const found = plan.workstreams.find((each) => each.id === id);
        return found === undefined ? id : `#${found.number} ${found.name}`;
      };
      const part = detail === "" ? "" : ` (${detail})`;
      return `~ ${nameOf(from)} starts without ${nameOf(to)}${part}: gets what it hands off while working`;
    });

/** What is wrong with the workflow that it names is told with all details below. */
function isTold({ problems }: PlanView, { path, line, reason }: PlanView["leftOut"][number]): boolean {
  return problems.some(
    ({ code, location, message }) =>
      WORKFLOW_PROBLEMS.has(code) &&
      location.path === path &&
      location.line === line &&
      reason.startsWith(message),
  );
}

const WORKFLOW_PROBLEMS = new Set(["unknown-workflow", "broken-workflow", "workflow-not-effective"]);

const KIND_TEXTS: Readonly<Record<PlannedCommand["kind"], string>> = {
  run: "from specs",
  setup: "to set up",
  gate: "to check",
  criterion: "of criteria",
  agent: "",
};

/** Commands that nobody has approved yet, counted; empty where there are none. */
export function renderNewCommands({ commands }: PlanView, { width }: Page): string[] {
  const open = commands.filter(({ approved }) => !approved);
  const agents = open.filter(({ kind }) => kind === "agent").map(({ text }) => text);
  const fresh = open.filter(({ kind }) => kind !== "agent");
  const names = agents.length === 0 ? [] : indentWrapped(sayAgents(agents), 2, width);
  if (fresh.length === 0) return names;
  const counts = (["run", "setup", "gate", "criterion"] as const)
    .map((kind) => ({ kind, count: fresh.filter((command) => command.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${KIND_TEXTS[kind]}`);
  const verb = fresh.length === 1 ? "is" : "are";
  const text = `${plural(fresh.length, "command")} ${verb} new here: ${counts.join(", ")}. See them: ${tie("osqr plan --commands")}`;
  return [...indentWrapped(text, 2, width), ...names];
}

/** An agent that was found and that no config names works once the operator has said yes. */
const sayAgents = (names: readonly string[]): string =>
  `${names.join(", ")} was found and no config names it: it works here once you say so. Why: ${tie("osqr plan --why")}`;

/** Every command in full, with where it comes from and whether it is approved. */
export function renderCommands({ commands }: PlanView, { style }: Page): string[] {
  if (commands.length === 0) return ["No commands would run."];
  const fresh = commands.filter(({ approved }) => !approved).length;
  const head = `${plural(commands.length, "command")} would run, ${fresh === 0 ? "all approved" : `${fresh} not approved yet`}.`;
  const blocks = commands.map(({ kind, source, approved, text, hash }) => [
    `${style.bold(kind)}  ${source}  ${approved ? "approved" : style.yellow("not approved yet")}  ${style.dim(hash.slice(0, 12))}`,
    ...text
      .replace(/\n+$/, "")
      .split("\n")
      .map((line) => `    ${line}`),
  ]);
  return joinSections([[head], ...blocks]);
}
