import { assert } from "../errors.ts";
import type { Decision } from "../model/decision.ts";
import type { Event } from "../model/event.ts";
import type { Revert } from "../model/flow.ts";
import type { DecisionId, RunId, WorkstreamId } from "../model/ids.ts";
import type { Resolution } from "../model/integration.ts";
import type { PolicyChange, Project } from "../model/project.ts";
import type { Run } from "../model/run.ts";
import type { Workstream } from "../model/work.ts";
import { describePolicyChange } from "../policy.ts";
import { isRefusal } from "../refusal.ts";
import { learnFromAnswer } from "./autonomy.ts";
import { dropOwnLimit } from "./budgets.ts";
import {
  type Draft,
  leaveQueue,
  needTask,
  needWorkstream,
  putTask,
  putWorkstream,
  refreshWorkstream,
  satisfy,
} from "./draft.ts";
import { awaitMissing } from "./requirements.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

export function openProject(draft: Draft, event: Of<"project_opened">): void {
  const known = draft.projects.get(event.project.id);
  const fresh = { approved: new Set<string>(), workstreams: [], retired: [], run: null, held: null };
  const { roles = {} } = event.project;
  const policyChanges = known === undefined ? [] : addChange(known, event);
  const now = { ...(known ?? fresh), ...event.project, roles };
  draft.projects = draft.projects.set(
    event.project.id,
    policyChanges.length === 0 ? now : { ...now, policyChanges },
  );
  // Another policy is another order of what is ready.
  if (known !== undefined && known.policy !== event.project.policy) {
    for (const id of known.workstreams) refreshWorkstream(draft, id, event.kind);
  }
}

const POLICY_CHANGES_MAX = 200;

/** What 0.1 recorded says what changed, and not who did it. */
function addChange(known: Project, { project, change, at }: Of<"project_opened">): readonly PolicyChange[] {
  const { policyChanges = [] } = known;
  const changes = describePolicyChange(known, project);
  const { author = "", reason = "", commit = null } = change ?? {};
  if (changes.length === 0 && change === undefined) return policyChanges;
  return [...policyChanges, { at, author, reason, commit, changes }].slice(-POLICY_CHANGES_MAX);
}

export function approveContent(draft: Draft, event: Of<"content_approved">): void {
  const project = draft.projects.get(event.project);
  assert(project !== undefined, `no project ${event.project}`);
  const approved = new Set([...project.approved, ...event.hashes]);
  draft.projects = draft.projects.set(project.id, { ...project, approved });
}

function needRun(draft: Draft, id: RunId): Run {
  const run = draft.runs.get(id);
  assert(run !== undefined, `no run ${id}`);
  return run;
}

export function startRun(draft: Draft, event: Of<"run_started">): void {
  const run: Run = {
    ...event.run,
    startedAt: event.at,
    restedAt: null,
    activeMs: 0,
    resumedAt: event.at,
    status: "active",
    parallelMs: 0,
    parallelPeak: 0,
    gatesMs: 0,
  };
  draft.runs = draft.runs.set(run.id, run);
  draft.nextRun += 1;
  const project = draft.projects.get(run.project);
  assert(project !== undefined, `no project ${run.project}`);
  draft.projects = draft.projects.set(project.id, { ...project, run: run.id });
  joinRun(draft, run, event);
}

export function extendRun(draft: Draft, event: Of<"run_extended">): void {
  const run = needRun(draft, event.run);
  const workstreams = [...new Set([...run.workstreams, ...event.workstreams])];
  const approveAll = run.approveAll || event.approveAll;
  const { budget } = event;
  if (budget !== undefined) dropOwnLimit(draft, run.id);
  const given = budget === undefined ? {} : { budget };
  draft.runs = draft.runs.set(run.id, { ...run, workstreams, approveAll, ...given });
  joinRun(draft, { ...run, workstreams }, event);
}

function joinRun(draft: Draft, run: Run, event: Event): void {
  for (const id of run.workstreams) {
    putWorkstream(draft, id, { run: run.id });
    refreshWorkstream(draft, id, event.kind);
  }
}

export function restRun(draft: Draft, event: Of<"run_rested">): void {
  const run = needRun(draft, event.run);
  const activeMs = run.activeMs + (run.restedAt === null ? Math.max(0, event.at - run.resumedAt) : 0);
  draft.runs = draft.runs.set(run.id, { ...run, status: event.status, restedAt: event.at, activeMs });
  if (event.status === "needs_you") return;
  const project = draft.projects.get(run.project);
  if (project?.run === run.id) draft.projects = draft.projects.set(project.id, { ...project, run: null });
}

/**
 * A run that rested goes on as soon as one of its workstreams does. Where another run of the project has begun since, the
 * workstream goes over to that one: a project has one run at a time.
 */
export function wakeRun(draft: Draft, id: WorkstreamId, event: Event): void {
  const workstream = needWorkstream(draft, id);
  const current = draft.projects.get(workstream.project)?.run ?? null;
  if (workstream.run !== null && current !== null && current !== workstream.run)
    moveToRun(draft, id, current);
  const runId = current ?? workstream.run;
  const run = runId === null ? undefined : draft.runs.get(runId);
  if (run === undefined || run.status === "active") return;
  draft.runs = draft.runs.set(run.id, { ...run, status: "active", restedAt: null, resumedAt: event.at });
  draft.parallelSince = draft.parallelSince.set(run.id, event.at);
  const project = draft.projects.get(run.project);
  if (project !== undefined && project.run === null) {
    draft.projects = draft.projects.set(project.id, { ...project, run: run.id });
  }
}

function moveToRun(draft: Draft, workstream: WorkstreamId, to: RunId): void {
  putWorkstream(draft, workstream, { run: to });
  const run = needRun(draft, to);
  if (run.workstreams.includes(workstream)) return;
  draft.runs = draft.runs.set(to, { ...run, workstreams: [...run.workstreams, workstream] });
}

function needDecision(draft: Draft, id: DecisionId): Decision {
  const decision = draft.decisions.get(id);
  assert(decision !== undefined, `no decision ${id}`);
  return decision;
}

/** True where a decision may be settled without a person: by its deadline, or because nothing it asks about is left. */
export const isUnattended = ({ autoResolveAt, subject }: Decision): boolean =>
  autoResolveAt !== null || subject.kind === "intake";

function closeDecision(draft: Draft, id: DecisionId): void {
  draft.open = draft.open.delete(id);
  draft.unattended = draft.unattended.delete(id);
}

export function openDecision(draft: Draft, event: Of<"decision_opened">): void {
  const decision: Decision = { ...event.decision, openedAt: event.at, state: { kind: "open" } };
  const { project } = needWorkstream(draft, decision.workstream);
  draft.decisions = draft.decisions.set(decision.id, decision);
  draft.open = draft.open.set(decision.id, true);
  if (isUnattended(decision)) draft.unattended = draft.unattended.set(decision.id, true);
  draft.byContent = draft.byContent.set(`${project}/${decision.contentKey}`, decision.id);
  draft.nextDecision += 1;
}

export function joinDecision(draft: Draft, event: Of<"decision_joined">): void {
  const decision = needDecision(draft, event.decision);
  if (decision.askers.includes(event.task)) return;
  draft.decisions = draft.decisions.set(decision.id, {
    ...decision,
    askers: [...decision.askers, event.task],
  });
}

export function resolveDecision(draft: Draft, event: Of<"decision_resolved">): void {
  const decision = needDecision(draft, event.decision);
  const { option, by, reasoning, at, signer } = event;
  const who = signer === undefined ? { by } : { by, signer };
  draft.decisions = draft.decisions.set(decision.id, {
    ...decision,
    state: { kind: "resolved", option, ...who, reasoning, at },
  });
  closeDecision(draft, decision.id);
  learnFromAnswer(draft, decision, event);
  // A refusal does not meet what waits for it; `decide` says what becomes of the task.
  if (isRefusal(decision, option)) return;
  satisfy(draft, `decision:${decision.id}`, event.kind);
  freeIntegrations(draft, decision);
  takeUpJoin(draft, decision, option);
  wakeAskers(draft, decision, event);
}

/** Attempts that wait for the answer go on with it, and so do their runs. */
function wakeAskers(draft: Draft, { id, askers }: Decision, event: Event): void {
  for (const asker of askers) {
    const task = draft.tasks.get(asker);
    if (task?.state.kind !== "waiting" || task.state.decision !== id || task.state.attempt === null) continue;
    const goesOn = draft.parked.has(task.state.attempt) || draft.joining.has(task.state.attempt);
    if (goesOn) wakeRun(draft, task.workstream, event);
  }
}

/**
 * An integration that was stopped by the decision is where it was before; `decide` says how it goes on. A revert keeps
 * waiting until `decide` has queued it again or given it up, so that nobody forgets what it was.
 */
function freeIntegrations(draft: Draft, { id: decision, subject }: Decision): void {
  if (subject.kind !== "integration" && subject.kind !== "content" && subject.kind !== "scope") return;
  for (const [id, { integration }] of draft.workstreams) {
    const isStopped = integration.kind === "waiting" && integration.decision === decision;
    if (isStopped && integration.revert === undefined)
      putWorkstream(draft, id, { integration: { kind: "none" } });
  }
}

/** The operator said which side of a conflict counts, or that the result holds: it is to be joined. */
function takeUpJoin(draft: Draft, { id, subject }: Decision, option: string): void {
  const isTaken =
    (subject.kind === "join_conflict" && option.startsWith("keep-")) ||
    (subject.kind === "ticks" && subject.side === "exit" && option === "met");
  if (!isTaken) return;
  const state = draft.tasks.get(subject.task)?.state;
  if (state?.kind !== "waiting" || state.decision !== id || state.attempt === null) return;
  draft.joining = draft.joining.set(state.attempt, subject.task);
}

export function withdrawDecision(draft: Draft, event: Of<"decision_withdrawn">): void {
  const decision = needDecision(draft, event.decision);
  draft.decisions = draft.decisions.set(decision.id, {
    ...decision,
    state: { kind: "withdrawn", reason: event.reason, at: event.at },
  });
  closeDecision(draft, decision.id);
}

export function waitTask(draft: Draft, event: Of<"task_waited">): void {
  const task = needTask(draft, event.task);
  if (event.attempt !== null) draft.joining = draft.joining.delete(event.attempt);
  putTask(draft, task, { kind: "waiting", decision: event.decision, attempt: event.attempt }, event.kind);
  // It starts anew after that: what it requires since is waited for too.
  if (event.attempt === null) awaitMissing(draft, event.task);
}

export function blockTask(draft: Draft, event: Of<"task_blocked">): void {
  putTask(draft, needTask(draft, event.task), { kind: "blocked", by: event.by }, event.kind);
}

export function queueIntegration(draft: Draft, event: Of<"integration_queued">): void {
  leaveQueue(draft, event.workstream);
  const { project } = needWorkstream(draft, event.workstream);
  const place = `${project}\n${String(event.arrival).padStart(12, "0")}\n${event.workstream}`;
  const { at, resolution } = event;
  const kept = { ...keepDirection(needWorkstream(draft, event.workstream)), resolution };
  putWorkstream(draft, event.workstream, { integration: { kind: "queued", at, ...kept }, place });
  draft.mergeQueue = draft.mergeQueue.set(place, event.workstream);
}

/** The operator's word and the direction of an integration stay with it on its way. */
function keepDirection({ integration }: Workstream): { resolution: Resolution | null; revert?: Revert } {
  const resolution = "resolution" in integration ? integration.resolution : null;
  const revert = "revert" in integration ? integration.revert : undefined;
  return revert === undefined ? { resolution } : { resolution, revert };
}

export function startIntegration(draft: Draft, event: Of<"integration_started">): void {
  const kept = keepDirection(needWorkstream(draft, event.workstream));
  putWorkstream(draft, event.workstream, {
    integration: { kind: "running", onto: event.onto, at: event.at, ...kept },
  });
}

export function recordGates(draft: Draft, event: Of<"gates_run">): void {
  // What the gates said of the work itself stays while it is taken out.
  const workstream = needWorkstream(draft, event.workstream);
  const isRevert = keepDirection(workstream).revert !== undefined;
  const { run: id } = isRevert
    ? workstream
    : putWorkstream(draft, event.workstream, { gateReports: event.reports });
  const run = id === null ? undefined : draft.runs.get(id);
  if (run !== undefined) draft.runs = draft.runs.set(run.id, { ...run, gatesMs: run.gatesMs + event.ms });
}

export function intendLanding(draft: Draft, event: Of<"landing_intended">): void {
  const { from, to } = event;
  const kept = keepDirection(needWorkstream(draft, event.workstream));
  putWorkstream(draft, event.workstream, {
    integration: { kind: "intended", from, to, ...kept },
    ...(kept.revert === undefined ? { landedSpec: event.specHash ?? null } : {}),
  });
}

export function landWorkstream(draft: Draft, event: Of<"workstream_landed">): void {
  const { commit, held, at } = event;
  const integration =
    commit === null ? ({ kind: "nothing", at } as const) : ({ kind: "landed", commit, held, at } as const);
  const { counts } = needWorkstream(draft, event.workstream);
  // Steps after the merge are still to come.
  const endedAt = counts.completed === counts.total ? at : null;
  const workstream = putWorkstream(draft, event.workstream, { integration, endedAt });
  leaveQueue(draft, workstream.id);
  draft.holding = draft.holding.delete(workstream.id);
  const project = draft.projects.get(workstream.project);
  // Where there was nothing to land, what keeps the branch back still does.
  if (project !== undefined && commit !== null)
    draft.projects = draft.projects.set(project.id, { ...project, held });
  satisfy(draft, `landed:${workstream.id}`, event.kind);
  satisfy(draft, `integrated:${workstream.id}`, event.kind);
}

export function stopIntegration(draft: Draft, event: Of<"integration_stopped">): void {
  const { decision } = event;
  const { resolution: _, ...direction } = keepDirection(needWorkstream(draft, event.workstream));
  putWorkstream(draft, event.workstream, { integration: { kind: "waiting", decision, ...direction } });
  leaveQueue(draft, event.workstream);
}

export function followBase(draft: Draft, event: Of<"base_followed">): void {
  const project = draft.projects.get(event.project);
  if (project !== undefined) draft.projects = draft.projects.set(project.id, { ...project, held: null });
  for (const [id, workstream] of draft.workstreams) {
    const { integration } = workstream;
    if (workstream.project === event.project && integration.kind === "landed" && integration.held !== null) {
      putWorkstream(draft, id, { integration: { ...integration, held: null } });
    }
  }
}
