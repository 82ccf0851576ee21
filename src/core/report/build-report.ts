import { needWorkstream } from "../evolve/draft.ts";
import type { EpochMs, ProjectId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Project, Run } from "../model/work.ts";
import type { WorkstreamStatus } from "../status.ts";
import { rankInbox, viewDecision } from "./decisions.ts";
import { measureRun, NO_METRICS } from "./metrics.ts";
import type { DecisionView, RunReport, WorkstreamView } from "./types.ts";
import { viewWorkstream } from "./workstreams.ts";

/** What a workstream that is not built needs, as the summary says it. */
const ENDINGS: Readonly<Partial<Record<WorkstreamStatus, string>>> = {
  cancelled: "was cancelled",
  paused: "is paused",
};

function needsWord(view: WorkstreamView): string {
  const ending = ENDINGS[view.status];
  if (ending !== undefined) return ending;
  if (view.decisions.length > 0) return "needs you";
  if (view.status === "active" || view.status === "integrating") return "is under way";
  return view.status === "failed" ? "failed" : "waits";
}

function listNames(views: readonly WorkstreamView[]): string {
  const names = views.map(({ number, name }) => `#${number} ${name}`);
  return names.length < 3 ? names.join(" and ") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** "Built 3 of 4. #2 embeddings needs you." */
export function summarize(views: readonly WorkstreamView[]): string {
  if (views.length === 0) return "Nothing to build.";
  const built = views.filter(({ status }) => status === "completed").length;
  const rest = views.filter(({ status }) => status !== "completed");
  const groups = Map.groupBy(rest, needsWord);
  const sentences = [...groups].map(([word, members]) => {
    const verb =
      members.length === 1
        ? word
        : word
            .replace(/^needs /, "need ")
            .replace(/^was /, "were ")
            .replace(/^is /, "are ")
            .replace(/^waits$/, "wait");
    return `${listNames(members)} ${verb}.`;
  });
  return [`Built ${built} of ${views.length}.`, ...sentences].join(" ");
}

function listNotes(project: Project | undefined, views: readonly WorkstreamView[]): string[] {
  const notes: string[] = [];
  if (project !== undefined && project.held !== null) {
    notes.push(
      `${project.base} was not moved: ${project.held}. The work is on refs/osqr/landed/${project.base}; osqr follows when the way is free.`,
    );
  }
  for (const { name, merged, gates } of views) {
    if (merged === null) continue;
    if (gates.length === 0) notes.push(`${name}: not verified, no gate is configured`);
    for (const gate of gates) {
      if (gate.status === "failed") notes.push(`${name}: landed although ${gate.command} failed`);
      if (gate.status === "not_verified")
        notes.push(`${name}: ${gate.name} not verified. ${gate.recommendation ?? ""}`.trimEnd());
      if (gate.status === "passed" && gate.oldFailures.length > 0) {
        notes.push(
          `${name}: ${gate.oldFailures.length} failures of ${gate.command} were there before: ${gate.oldFailures[0]}`,
        );
      }
    }
  }
  return notes;
}

function listNextSteps(
  status: RunReport["status"],
  decisions: readonly DecisionView[],
  views: readonly WorkstreamView[],
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
  if (status === "needs_you") steps.push("osqr go");
  return steps;
}

/** Decisions that nobody was asked for, made during the run: reviewable. */
function listMadeForYou(state: State, run: Run): readonly DecisionView[] {
  const views: DecisionView[] = [];
  for (const decision of state.decisions.values()) {
    const settled = decision.state;
    if (settled.kind !== "resolved" || settled.by === "user" || settled.at < run.startedAt) continue;
    if (run.workstreams.includes(decision.workstream)) views.push(viewDecision(state, decision));
  }
  return views;
}

/** The report of a run; null: none has been, so there is nothing to report. */
export function buildReport(state: State, project: ProjectId, run: Run | null, now: EpochMs): RunReport {
  const views = (run?.workstreams ?? []).map((id) => viewWorkstream(state, needWorkstream(state, id)));
  const mine = new Set(views.map(({ name }) => name));
  const decisions = rankInbox(state, project).filter(({ workstream }) => mine.has(workstream));
  const status = run?.status ?? "completed";
  return {
    run: run?.id ?? null,
    status,
    summary: summarize(views),
    workstreams: views,
    decisions,
    madeForYou: run === null ? [] : listMadeForYou(state, run),
    nextSteps: listNextSteps(status, decisions, views),
    notes: listNotes(state.projects.get(project), views),
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
