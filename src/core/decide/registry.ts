import { parseActionRule } from "../autonomy/action-rule.ts";
import { isSameBudget, NO_BUDGET } from "../budget/limits.ts";
import { listClosedInto, reasonOf } from "../duplicates.ts";
import { needTask, needWorkstream } from "../evolve/draft.ts";
import { revertOf } from "../evolve/reverts.ts";
import type { Command, Registration } from "../model/command.ts";
import type { TaskDraft } from "../model/drafts.ts";
import { type DecisionId, type ProjectId, toRunId, toTaskId, type WorkstreamId } from "../model/ids.ts";
import { workflowKey } from "../model/state.ts";
import { describePolicyChange, isSamePolicy } from "../policy.ts";
import { isLanded } from "../status.ts";
import { approve, blockRefused, giveUpForAnew } from "./answers.ts";
import { dropBlockers } from "./blockers.ts";
import { releaseBlocked } from "./handoffs.ts";
import { askForWork, hasOpenAttempt, redirectWork } from "./intents.ts";
import { knownProject, knownWorkstream } from "./known.ts";
import { askForUnreachable } from "./missing.ts";
import { askQuestion, findQuestion } from "./questions.ts";
import { finishWorkstream } from "./results.ts";
import { refuse, type Step } from "./step.ts";
import { endReviews } from "./ticks.ts";
import { withdrawUnused } from "./withdraw.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

export function openProject(step: Step, command: Of<"open_project">): void {
  const known = step.state.projects.get(command.project.id);
  const draft = command.project;
  if (known !== undefined && isSamePolicy(known, draft)) return;
  const { change } = command;
  const changes = known === undefined ? [] : describePolicyChange(known, draft);
  const isTold = known !== undefined && change !== undefined;
  step.emit({
    kind: "project_opened",
    project: draft,
    ...(isTold ? { change: { ...change, changes } } : {}),
  });
}

/** Keeps a version of a workflow. Seen again, it changes nothing; with another content it is refused. */
export function recordWorkflow(step: Step, command: Of<"record_workflow">): void {
  const { project, workflow, commit, brought } = command;
  knownProject(step, project);
  const { name, version, hash } = workflow;
  const known = step.state.workflows.get(workflowKey(project, name, version))?.definition;
  if (known === undefined) {
    const by = brought === undefined ? {} : { brought };
    step.emit({ kind: "workflow_recorded", project, workflow, commit, ...by });
  } else if (known.hash !== hash)
    refuse(
      "workflow-changed",
      `${name}@${version} is recorded with another content; a version never changes`,
      [`give the new content version ${version + 1}`],
    );
}

/** Registers workstreams, in any order: they may name each other. What waits for something that cannot come asks. */
export function register(step: Step, command: Of<"register">): void {
  knownProject(step, command.project);
  const { anew } = command;
  const given = anew === undefined ? null : giveUpForAnew(step, anew.decision, anew);
  for (const registration of command.registrations) addOne(step, registration);
  if (anew !== undefined && given !== null) succeed(step, given, anew);
  for (const { workstream } of command.registrations) {
    for (const id of needWorkstream(step.state, workstream.id).tasks) askForUnreachable(step, id);
  }
  const { tasks, overlaps, stacks } = command.ranks;
  if (tasks.length + overlaps.length + stacks.length > 0) {
    step.emit({ kind: "graph_ranked", project: command.project, tasks, overlaps, stacks });
  }
}

/** Who waited for the old workstream waits for the new one, which takes its place in the run before that comes to rest. */
function succeed(
  step: Step,
  from: WorkstreamId,
  { successor, by, signer }: NonNullable<Of<"register">["anew"]>,
): void {
  const given = needWorkstream(step.state, from);
  redirectWork(step, given, successor);
  handOverDuplicates(step, { from, to: successor, by: signer ?? by });
  const run = knownProject(step, given.project).run ?? given.run;
  if (run === null) return;
  step.emit({ kind: "run_extended", run, workstreams: [successor], approveAll: false, by: signer ?? by });
  finishWorkstream(step, successor);
}

/** What was merged into the old one is merged into the new one. */
function handOverDuplicates(
  step: Step,
  { from, to, by }: { readonly from: WorkstreamId; readonly to: WorkstreamId; readonly by: string },
): void {
  for (const duplicate of listClosedInto(step.state, from)) {
    const { id: workstream, closed } = duplicate;
    if (closed === null) continue;
    const { how } = closed;
    const reason = reasonOf(duplicate);
    step.emit({ kind: "workstreams_linked", workstream, other: to, how, by, reason });
    step.emit({ kind: "workstream_closed", workstream, how, into: to, by, reason });
  }
}

function addOne(step: Step, { workstream, tasks, questions }: Registration): void {
  if (step.state.workstreams.has(workstream.id)) {
    refuse("duplicate-workstream", `workstream ${workstream.name} is registered already`);
  }
  const named = nameDecisions(step, workstream.project, { tasks, questions });
  step.emit({ kind: "workstream_added", workstream, tasks: named.tasks });
  for (const question of questions) {
    const marker = `decision:${named.ids.get(question.contentKey)}`;
    const askers = named.tasks
      .filter(({ requires, already }) => !already && requires.includes(marker))
      .map(({ key }) => toTaskId(workstream.id, key));
    blockRefused(step, askQuestion(step, workstream.id, question, askers));
  }
  blockRefusedTasks(step, workstream.id, tasks);
}

/** Tasks that name the decisions which their questions are, or will be when they are asked in this order next. */
export function nameDecisions(
  step: Step,
  project: ProjectId,
  { tasks, questions }: Pick<Registration, "tasks" | "questions">,
): { readonly tasks: readonly TaskDraft[]; readonly ids: ReadonlyMap<string, DecisionId> } {
  const ids = new Map<string, DecisionId>();
  let next = step.state.nextDecision;
  for (const { contentKey } of questions) {
    if (ids.has(contentKey)) continue;
    const known = findQuestion(step.state, project, contentKey);
    ids.set(contentKey, known ?? (`D-${next}` as DecisionId));
    if (known === null) next += 1;
  }
  const named = tasks.map((task) => ({
    ...task,
    requires: task.requires.map((text) => nameDecision(text, ids)),
  }));
  return { tasks: named, ids };
}

function nameDecision(requirement: string, ids: ReadonlyMap<string, DecisionId>): string {
  if (!requirement.startsWith("question:")) return requirement;
  return `decision:${ids.get(requirement.slice("question:".length)) ?? "unknown"}`;
}

/** A task that no executor can do is blocked from the start, and says so. */
export function blockRefusedTasks(step: Step, id: WorkstreamId, drafts: readonly TaskDraft[]): void {
  for (const { key, refusal } of drafts) {
    const taskId = toTaskId(id, key);
    const task = needTask(step.state, taskId);
    const isEmpty = task.kind === "work" && task.script === null && task.executor === "command";
    if (task.state.kind === "completed" || ((refusal ?? null) === null && !isEmpty)) continue;
    const message = refusal ?? "it has no run block, and no executor that works without one is there";
    step.emit({ kind: "task_blocked", task: taskId, by: [{ kind: "no_executor", message }] });
  }
}

export function go(step: Step, command: Of<"go">): void {
  const project = knownProject(step, command.project);
  if (command.approve.length > 0)
    approve(step, project.id, command.approve, { by: command.by, reason: "approved at the start" });
  for (const id of command.include) knownWorkstream(step, id);
  const active = project.run === null ? undefined : step.state.runs.get(project.run);
  if (active !== undefined) {
    const fresh = command.include.filter((id) => !active.workstreams.includes(id));
    const budget = isSameBudget(command.budget, active.budget) ? {} : { budget: command.budget ?? NO_BUDGET };
    const isOther = "budget" in budget;
    if (fresh.length > 0 || isOther || (command.approveAll && !active.approveAll)) {
      const { approveAll, by } = command;
      step.emit({ kind: "run_extended", run: active.id, workstreams: fresh, approveAll, ...budget, by });
    }
  } else {
    if (command.include.length === 0) return;
    const { planningMs, maxParallel, approveAll, include, by } = command;
    const id = toRunId(step.state.nextRun);
    const budget = command.budget === undefined ? {} : { budget: command.budget };
    step.emit({
      kind: "run_started",
      run: { id, project: project.id, workstreams: include, planningMs, maxParallel, approveAll, ...budget },
      by,
    });
  }
  if (command.approveAll) approveOpen(step, project.id, command.by);
  for (const id of command.include) finishWorkstream(step, id);
}

/** Everything is approved: also what was asked before. */
function approveOpen(step: Step, project: ProjectId, by: string): void {
  const hashes: string[] = [];
  for (const id of step.state.open.keys()) {
    const decision = step.state.decisions.get(id);
    if (decision?.subject.kind !== "content") continue;
    if (step.state.workstreams.get(decision.workstream)?.project === project)
      hashes.push(...decision.subject.hashes);
  }
  if (hashes.length > 0)
    approve(step, project, [...new Set(hashes)], { by, reason: "everything is approved" });
}

export function edit(step: Step, command: Of<"edit">): void {
  knownWorkstream(step, command.workstream);
  const { workstream, changes, by, reason } = command;
  for (const text of [...(changes.approvedActions ?? []), ...(changes.blockedActions ?? [])]) {
    const rule = parseActionRule(text);
    if ("problem" in rule) refuse("bad-action", rule.problem, [rule.hint]);
  }
  step.emit({ kind: "workstream_edited", workstream, changes, by, reason });
}

export function remove(step: Step, command: Of<"remove">): void {
  const workstream = knownWorkstream(step, command.workstream);
  const { integration, intent } = workstream;
  if (isLanded(workstream))
    refuse("workstream-ended", `workstream ${workstream.name} has landed; nothing is left to remove`);
  if (revertOf(workstream) !== null)
    refuse("workstream-reverting", `workstream ${workstream.name} is being taken out of the base`);
  const hasBegun = workstream.started || workstream.reverts.length > 0;
  if (hasBegun && intent !== "cancelled") {
    refuse(
      "workstream-started",
      `workstream ${workstream.name} has begun; removing it would lose sight of its work`,
      [`cancel it first: osqr cancel ${workstream.name}`],
    );
  }
  endReviews(step, workstream, "the workstream was removed");
  if (hasOpenAttempt(step, workstream))
    refuse("workstream-busy", `workstream ${workstream.name} still has an attempt running`);
  if (integration.kind === "running" || integration.kind === "intended") {
    refuse("workstream-busy", `workstream ${workstream.name} is being merged at this moment`);
  }
  withdrawUnused(step, "the workstream was removed", workstream.id);
  askForWork(step, workstream, "removed");
  for (const task of [...workstream.tasks, ...workstream.dropped])
    releaseBlocked(step, task, `${workstream.name} was removed`);
  step.emit({
    kind: "workstream_removed",
    workstream: workstream.id,
    by: command.by,
    reason: command.reason,
  });
  // One of the same name may be registered next: what was declared on this one does not hold it up.
  dropBlockers(step);
}
