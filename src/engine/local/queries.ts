import { OsqrError } from "../../core/errors.ts";
import { revertOf } from "../../core/evolve/reverts.ts";
import type { DecisionId, ProjectId, RunId, WorkstreamId } from "../../core/model/ids.ts";
import type { Run } from "../../core/model/run.ts";
import type { State } from "../../core/model/state.ts";
import type { Attempt, Task, Workstream } from "../../core/model/work.ts";
import { countOf } from "../../core/plural.ts";
import { costOf, viewBudgets, viewSpending } from "../../core/report/budgets.ts";
import { buildReport, findLastRun, summarizeRun } from "../../core/report/build-report.ts";
import { countInbox, rankInbox, viewDecision } from "../../core/report/decisions.ts";
import { viewMessages } from "../../core/report/messages.ts";
import { traceWorkstream } from "../../core/report/trace.ts";
import type { DecisionView, RunReport, StatusReport, WorkstreamView } from "../../core/report/types.ts";
import { explainAttempt } from "../../core/report/why/attempt.ts";
import { explainTask, explainWorkstream } from "../../core/report/why.ts";
import { nameOfTask, nameOfWorkstream } from "../../core/report/words.ts";
import {
  sayWatched,
  viewAgent,
  viewMemory,
  viewTask,
  viewWorkstream,
  viewWorkstreams,
} from "../../core/report/workstreams.ts";
import { isLanded } from "../../core/status.ts";
import type { Engine } from "../engine.ts";
import type { AttemptView, Explanation, RecoveryView, Shown, Trace, Verb } from "../service.ts";
import { readAttemptLog } from "./attempt-log.ts";
import { showHandoff } from "./flow/handoffs.ts";
import { findReviewFaults, sayFault } from "./flow/review-faults.ts";
import { withMemory, withTaskMemory } from "./live-memory.ts";
import {
  findTaskOrRefuse,
  findWorkstream,
  listWorkstreams,
  needAttempt,
  needDecision,
  needNamed,
  toAttempt,
  toDecision,
} from "./names.ts";
import type { LocalProject } from "./projects.ts";
import type { ServiceParts } from "./service.ts";
import { describeSandbox } from "./tools.ts";

const SHOWN_LOG_CHARS = 20_000;

/** The report of a run; where the sandbox promises less than it could, that is its first note. */
export function reportRun(
  { engine, tools }: ServiceParts,
  project: LocalProject,
  text: string | null,
): RunReport {
  const { state, ports } = engine;
  const built = buildReport(state, project.id, findRun(state, project, text), ports.clock.now());
  const report = { ...built, workstreams: withMemory(engine, project.id, built.workstreams) };
  if (report.run === null || tools.probe.level === "bubblewrap") return report;
  return { ...report, notes: [`sandbox: ${describeSandbox(tools.probe)}`, ...report.notes] };
}

function findRun(state: State, project: LocalProject, text: string | null): Run | null {
  if (text === null) return findLastRun(state, project.id);
  const run = state.runs.get(text.toLowerCase() as RunId);
  if (run !== undefined && run.project === project.id) return run;
  throw new OsqrError("unknown-run", `no run "${text}" in ${project.root}`);
}

export async function readStatus(
  parts: ServiceParts,
  project: LocalProject,
  isBrief: boolean,
): Promise<StatusReport> {
  const { state } = parts.engine;
  const known = state.projects.get(project.id);
  const run = known === undefined ? null : findLastRun(state, project.id);
  const { git } = project.ports;
  const [disk, workspaces] = await Promise.all([git.diskUse(), git.listWorkspaces()]);
  const { level, reason } = parts.tools.probe;
  const views = viewWorkstreams(state, listWorkstreams(state, project.id), { isBrief });
  const workstreams = withMemory(parts.engine, project.id, views);
  return {
    daemon: { pid: process.pid, port: parts.port() },
    project: known === undefined ? null : { root: known.root, base: known.base, held: known.held },
    run: run === null ? null : { id: run.id, status: run.status },
    summary: run === null ? null : summarizeRun(state, run, workstreams),
    workstreams,
    decisions: countInbox(state, project.id),
    disk: { workspaces: workspaces.length, ...disk },
    sandbox: { level, reason },
    cost: costOf(state, run?.id ?? null),
    budgets: viewBudgets(state, run),
  };
}

export function listInbox(state: State, project: ProjectId): readonly DecisionView[] {
  return rankInbox(state, project);
}

/** With what keeps somebody from signing. */
export async function inspectInbox(state: State, project: LocalProject): Promise<readonly DecisionView[]> {
  return withFaults(state, project, rankInbox(state, project.id));
}

async function withFaults(
  state: State,
  project: LocalProject,
  views: readonly DecisionView[],
): Promise<readonly DecisionView[]> {
  const faults = await findReviewFaults(
    state,
    project,
    views.map(({ id }) => id as DecisionId),
  );
  return views.map((view) => {
    const fault = faults.get(view.id as DecisionId);
    return fault === undefined ? view : { ...view, notes: [...view.notes, sayFault(fault)] };
  });
}

export function viewOne(state: State, id: DecisionId): DecisionView {
  return viewDecision(state, needDecision(state, id));
}

export function viewWorkstreamById(state: State, id: WorkstreamId): WorkstreamView {
  const workstream = state.workstreams.get(id);
  if (workstream === undefined) throw new OsqrError("unknown-workstream", `no workstream ${id}`);
  return viewWorkstream(state, workstream);
}

/** Whether "all" means this one too. */
export function canSteer(workstream: Workstream, verb: Verb): boolean {
  if (isLanded(workstream) || workstream.intent === "cancelled") return false;
  if (verb === "cancel" && revertOf(workstream) !== null) return false;
  return verb === "resume"
    ? workstream.intent === "paused"
    : verb === "pause"
      ? workstream.intent === "run"
      : true;
}

function viewAttempt(engine: Engine, attempt: Attempt): AttemptView {
  const { state } = engine;
  const { state: now } = attempt;
  const memory = engine.memory().get(attempt.id);
  const watched = sayWatched(attempt);
  return {
    id: attempt.id,
    task: nameOfTask(state, attempt.task),
    executor: attempt.executor,
    status: now.kind,
    fence: attempt.fence,
    claimedAt: new Date(attempt.claimedAt).toISOString(),
    workMs: attempt.workMs,
    reason: "reason" in now ? now.reason : null,
    commit: now.kind === "completed" ? now.commit : null,
    salvage: attempt.salvage,
    files: attempt.files,
    reused: attempt.reused,
    agent: viewAgent(attempt),
    recovery: viewRecovery(attempt),
    cost: viewSpending(attempt.spending),
    model: attempt.spending?.model ?? null,
    toolCalls: attempt.spending?.toolCalls ?? null,
    refusedHosts: attempt.refusedHosts ?? [],
    conversation: attempt.conversation ?? null,
    ...(memory === undefined ? viewMemory(attempt) : { memory }),
    ...(watched.length === 0 ? {} : { watched }),
    ...(attempt.saves === undefined ? {} : { saves: attempt.saves }),
  };
}

function viewRecovery({ recovery }: Attempt): RecoveryView | null {
  if (recovery === null) return null;
  const until = recovery.until === null ? null : new Date(recovery.until).toISOString();
  return { ...recovery, until };
}

/** @throws `unknown-thing` with what can be named */
export async function showThing(parts: ServiceParts, project: LocalProject, what: string): Promise<Shown> {
  const { state } = parts.engine;
  const decision = toDecision(what);
  if (decision !== null) {
    const view = viewOne(state, decision);
    const [inspected = view] = await withFaults(state, project, [view]);
    return { kind: "decision", decision: inspected };
  }
  const attempt = toAttempt(what);
  if (attempt !== null) return showAttempt(parts, attempt);
  const task = findTaskOrRefuse(state, project.id, what);
  if (task !== null) return showTask(parts, project, task);
  const workstream = needNamed(state, project.id, what);
  const own = rankInbox(state, project.id).filter((view) => view.workstream === workstream.name);
  const decisions = await withFaults(state, project, own);
  const [view = viewWorkstream(state, workstream)] = withMemory(parts.engine, project.id, [
    viewWorkstream(state, workstream),
  ]);
  return { kind: "workstream", workstream: view, decisions };
}

async function showAttempt(parts: ServiceParts, id: Attempt["id"]): Promise<Shown> {
  const { state } = parts.engine;
  const attempt = needAttempt(state, id);
  const { text } = await readAttemptLog(parts, id, 0);
  return { kind: "attempt", attempt: viewAttempt(parts.engine, attempt), log: text.slice(-SHOWN_LOG_CHARS) };
}

async function showTask({ engine }: ServiceParts, { ports, id }: LocalProject, task: Task): Promise<Shown> {
  const { state } = engine;
  const attempts = task.attempts.map((id) => state.attempts.get(id)).filter((found) => found !== undefined);
  // One that is to be done again has still the handoff of an earlier round: that one counts no more.
  const handoff = task.state.kind === "completed" ? task.handoff : null;
  return {
    kind: "task",
    task: withTaskMemory(engine, id, viewTask(state, task)),
    workstream: nameOfWorkstream(state, task.workstream),
    attempts: attempts.map((attempt) => viewAttempt(engine, attempt)),
    handoff: handoff === null ? null : await showHandoff(engine, ports, task),
    messages: viewMessages(state, task),
  };
}

/** The answer and what remains, with the handoffs that are in the way of a review. */
export async function explain(state: State, project: LocalProject, what: string): Promise<Explanation> {
  const { subject, sentences } = explainKnown(state, project, what);
  const faults = await findReviewFaults(state, project, findConcerned(state, project, what));
  const [first = "", ...rest] = sentences;
  const said = [...new Set([...faults.values()].map((fault) => `In the way: ${sayFault(fault)}`))];
  return { subject, sentences: [first, ...said, ...rest] };
}

/** Open decisions that an explanation is about. */
function findConcerned(state: State, project: LocalProject, what: string): readonly DecisionId[] {
  const decision = toDecision(what);
  if (decision !== null) return [decision];
  if (toAttempt(what) !== null) return [];
  const task = findTaskOrRefuse(state, project.id, what);
  const tasks = task === null ? needNamed(state, project.id, what).tasks : [task.id];
  return tasks.flatMap((id) => {
    const now = state.tasks.get(id)?.state;
    return now?.kind === "waiting" ? [now.decision] : [];
  });
}

function explainKnown(state: State, project: LocalProject, what: string): Explanation {
  const decision = toDecision(what);
  if (decision !== null) {
    const { question, blocks, waitingBehind, state: now, answer } = viewOne(state, decision);
    if (now !== "open") {
      const how = answer === null ? "" : `: ${answer.option}, by ${answer.signer ?? answer.by}`;
      const why = answer === null || answer.reasoning === "" ? [] : [`Because: ${answer.reasoning}`];
      return { subject: decision, sentences: [`${decision} is ${now}${how}. It asked: ${question}`, ...why] };
    }
    const verb = waitingBehind === 1 ? "waits" : "wait";
    const more = countOf(waitingBehind, "more task");
    const behind = `${blocks.join(", ") || "Nothing"} ${blocks.length > 1 ? "wait" : "waits"} for it; ${more} ${verb} behind.`;
    return { subject: decision, sentences: [`${decision} is ${now}: ${question}`, behind] };
  }
  const attempt = toAttempt(what);
  if (attempt !== null)
    return { subject: attempt, sentences: explainAttempt(state, needAttempt(state, attempt)) };
  const task = findTaskOrRefuse(state, project.id, what);
  if (task !== null) return { subject: nameOfTask(state, task.id), sentences: explainTask(state, task) };
  const workstream = needNamed(state, project.id, what);
  return { subject: workstream.name, sentences: explainWorkstream(state, workstream) };
}

export function trace(state: State, project: LocalProject, what: string): Trace {
  const workstream = findWorkstream(state, project.id, what) ?? needNamed(state, project.id, what);
  return {
    spec: workstream.spec.path ?? workstream.name,
    workstream: workstream.name,
    lines: traceWorkstream(state, workstream),
  };
}
