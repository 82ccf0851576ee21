import { needWorkstream } from "../evolve/draft.ts";
import type { EpochMs, ProjectId } from "../model/ids.ts";
import type { Project } from "../model/project.ts";
import type { Run } from "../model/run.ts";
import type { State } from "../model/state.ts";
import { listMissingHandoffs } from "../status.ts";
import { costOf, viewBudgets } from "./budgets.ts";
import { rankInbox, viewDecision } from "./decisions.ts";
import { measureRun, NO_METRICS } from "./metrics.ts";
import { noteTurnedDown } from "./turned-down.ts";
import type { DecisionView, RunReport, WorkstreamView } from "./types.ts";
import { viewWorkstreams } from "./workstreams.ts";

const NAMES_MAX = 4;

/** What a workstream that is not built needs, as the summary says it, for one and for several. */
function wordsFor(view: WorkstreamView): string {
  if (view.status === "cancelled") return "was cancelled|were cancelled";
  if (view.status === "paused") return "is paused|are paused";
  if (view.decisions.length > 0) return "needs you|need you";
  if (view.status === "active" || view.status === "integrating") return "is under way|are under way";
  if (view.status === "failed") return "failed|failed";
  if (view.status === "blocked") return "is blocked|are blocked";
  const [first] = view.waitsFor;
  return first === undefined ? "waits|wait" : `waits for ${first}|wait for ${first}`;
}

function joinNames(names: readonly string[]): string {
  const shown = names.slice(0, names.length > NAMES_MAX ? NAMES_MAX - 1 : NAMES_MAX);
  if (shown.length < names.length) return `${shown.join(", ")} and ${names.length - shown.length} more`;
  return shown.length < 2 ? shown.join() : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/** "Built 3 of 4. #2 embeddings needs you." */
export function summarize(views: readonly WorkstreamView[]): string {
  if (views.length === 0) return "Nothing to build.";
  const rest = views.filter(({ status }) => status !== "completed");
  const sentences = [...Map.groupBy(rest, wordsFor)].map(([words, members]) => {
    const names = members.map(({ number, name }) => `#${number} ${name}`);
    const [one, several] = words.split("|");
    return `${joinNames(names)} ${members.length === 1 ? one : several}.`;
  });
  return [`Built ${views.length - rest.length} of ${views.length}.`, ...sentences].join(" ");
}

/**
 * Of a run: what another workstream of the same spec took the place of does not count.
 *
 * @param views of its workstreams, among others, where they are there already
 */
export function summarizeRun(state: State, run: Run | null, views?: readonly WorkstreamView[]): string {
  const all = (run?.workstreams ?? []).map((id) => needWorkstream(state, id));
  const last = new Map(all.map(({ spec, id }) => [spec.path ?? id, id]));
  const counted = all.filter(
    ({ intent, spec, id, closed }) =>
      closed === null && (intent !== "cancelled" || last.get(spec.path ?? id) === id),
  );
  const byName = new Map((views ?? viewWorkstreams(state, counted)).map((view) => [view.name, view]));
  const said = summarize(counted.flatMap(({ name }) => byName.get(name) ?? []));
  const closed = all.filter((each) => each.closed !== null).map(({ number, name }) => `#${number} ${name}`);
  if (closed.length === 0) return said;
  return `${said} ${joinNames(closed)} ${closed.length === 1 ? "was a duplicate" : "were duplicates"}.`;
}

const BACK_MAX = 10;

/** Duplicates that nobody does the work of any more. */
function noteLeftAlone(views: readonly WorkstreamView[]): string[] {
  const alone = views.filter(({ closed }) => closed?.isLeftAlone === true);
  return [...Map.groupBy(alone, ({ closed }) => closed?.end ?? null)].map(([end, members]) => {
    const names = joinNames(members.map(({ name }) => name));
    return `${end === null ? "What" : `${end} was cancelled, which`} stood for ${names}${end === null ? " was removed" : ""}: nobody does that now`;
  });
}

function listNotes(project: Project | undefined, views: readonly WorkstreamView[]): string[] {
  const notes: string[] = [];
  if (project !== undefined && project.held !== null) {
    notes.push(
      `${project.base} was not moved: ${project.held}. The work is on refs/osqr/landed/${project.base}; osqr follows when the way is free.`,
    );
  }
  const merged = views.filter((view) => view.merged !== null);
  const unseen = merged.filter(({ gates }) => gates.length === 0).map(({ name }) => name);
  if (unseen.length > 0) notes.push(`No gate configured: not verified (${joinNames(unseen)})`);
  for (const { name, gates } of merged) notes.push(...gates.flatMap((gate) => noteGate(name, gate) ?? []));
  for (const { name, items } of views) {
    const skipped = items.filter(({ status }) => status === "skipped").map(({ key }) => key);
    if (skipped.length > 0) notes.push(`${name}: skipped and not ticked: ${joinNames(skipped)}`);
    for (const { key, warnings } of items)
      notes.push(...warnings.map((warning) => `${name} ${key}: ${warning}`));
  }
  notes.push(...noteLeftAlone(views));
  return notes;
}

/** Null where a gate says no more than that it passed. */
function noteGate(name: string, gate: WorkstreamView["gates"][number]): string | null {
  if (gate.status === "failed" && gate.critical === false)
    return `${name}: ${gate.name} failed and is not critical. ${gate.recommendation ?? ""}`.trimEnd();
  if (gate.status === "failed") return `${name}: landed although ${gate.command} failed`;
  if (gate.status === "not_verified") {
    return `${name}: ${gate.name} not verified. ${gate.recommendation ?? ""}`.trimEnd();
  }
  const before = gate.oldFailures.length;
  if (before === 0)
    return gate.recommendation === null ? null : `${name}: ${gate.name}: ${gate.recommendation}`;
  const failures = before === 1 ? "1 failure" : `${before} failures`;
  return `${name}: ${failures} of ${gate.command} before this work already: ${gate.oldFailures[0]}`;
}

function listNextSteps(
  status: RunReport["status"],
  decisions: readonly DecisionView[],
  { views, isHandoffMissing }: { views: readonly WorkstreamView[]; isHandoffMissing: boolean },
): string[] {
  const steps = decisions.map(
    ({ id, options }) => `osqr decide ${id} ${options.map((option) => option.id).join("|")}`,
  );
  const withRecommendation = decisions.filter(({ options }) =>
    options.some(({ recommended }) => recommended),
  );
  if (withRecommendation.length > 0) {
    const critical = withRecommendation.some(({ group }) => group === "critical");
    steps.push(critical ? "osqr accept --critical" : "osqr accept");
  }
  for (const { name, status: each } of views) if (each === "paused") steps.push(`osqr resume ${name}`);
  for (const { openBlockers } of views)
    for (const { id } of openBlockers) steps.push(`osqr blocker resolve ${id} --because <text>`);
  const alone = views.filter(({ closed, spec }) => closed?.isLeftAlone === true && spec !== null);
  for (const { spec } of alone.slice(0, BACK_MAX)) steps.push(`osqr add ${spec}`);
  if (isHandoffMissing) steps.push("osqr handoff repair");
  if (status === "needs_you") steps.push("osqr go");
  return steps;
}

function findNextDeadline(decisions: readonly DecisionView[]): string | null {
  const times = decisions.flatMap(({ autoResolveAt }) => autoResolveAt ?? []);
  return times.sort()[0] ?? null;
}

/** Decisions that nobody was asked for, made during the run: reviewable. */
function listMadeForYou(state: State, run: Run): readonly DecisionView[] {
  const views: DecisionView[] = [];
  for (const decision of state.decisions.values()) {
    const settled = decision.state;
    if (settled.kind !== "resolved" || settled.by === "user" || settled.at < run.startedAt) continue;
    // That a spec resembles nothing is no decision worth a look.
    if (decision.subject.kind === "intake") continue;
    if (run.workstreams.includes(decision.workstream)) views.push(viewDecision(state, decision));
  }
  return views;
}

/** The report of a run; null: none has been, so there is nothing to report. */
export function buildReport(state: State, project: ProjectId, run: Run | null, now: EpochMs): RunReport {
  const own = (run?.workstreams ?? []).map((id) => needWorkstream(state, id));
  const views = viewWorkstreams(state, own);
  // Also those that another workstream asked first.
  const mine = new Set(views.flatMap((view) => view.decisions));
  const decisions = rankInbox(state, project).filter(({ id }) => mine.has(id));
  const status = run?.status ?? "completed";
  const isHandoffMissing = (run?.workstreams ?? []).some(
    (id) => listMissingHandoffs(state, needWorkstream(state, id)).length > 0,
  );
  return {
    run: run?.id ?? null,
    status,
    summary: summarizeRun(state, run, views),
    workstreams: views,
    decisions,
    madeForYou: run === null ? [] : listMadeForYou(state, run),
    nextDeadline: findNextDeadline(decisions),
    nextSteps: listNextSteps(status, decisions, { views, isHandoffMissing }),
    notes: [...listNotes(state.projects.get(project), views), ...noteTurnedDown(state, own)],
    cost: costOf(state, run?.id ?? null),
    budgets: viewBudgets(state, run),
    metrics: run === null ? NO_METRICS : measureRun(state, run, now),
  };
}

/** The newest run of a project, null where there was none. */
export function findLastRun(state: State, project: ProjectId): Run | null {
  let last: Run | null = null;
  for (const run of state.runs.values()) {
    if (run.project === project && (last === null || run.startedAt >= last.startedAt)) last = run;
  }
  return last;
}
