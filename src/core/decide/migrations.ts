/** A workstream changes over to another blueprint, or back (FR-016). */
import { needTask, needWorkstream } from "../evolve/draft.ts";
import { isWaitingToStart } from "../evolve/requirements.ts";
import { describeBlueprint } from "../migration/blueprint.ts";
import { type Fate, isBusy, listFates } from "../migration/fates.ts";
import { findObstacle } from "../migration/obstacles.ts";
import type { Command, QuestionDraft } from "../model/command.ts";
import type { Decision } from "../model/decision.ts";
import { type DecisionId, type TaskId, toMigrationId } from "../model/ids.ts";
import type { Requirement, Task, TaskState, Workstream } from "../model/work.ts";
import { nameOfTask, nameRequirement } from "../report/words.ts";
import { blockRefused, checkAnswer } from "./answers.ts";
import { releaseBlocked } from "./handoffs.ts";
import { askAboutStacks } from "./intents.ts";
import { knownWorkstream } from "./known.ts";
import { askAgain, askForMissing, askForUnreachable } from "./missing.ts";
import { checkReason } from "./people.ts";
import { askQuestion } from "./questions.ts";
import { blockRefusedTasks, nameDecisions } from "./registry.ts";
import { finishWorkstream } from "./results.ts";
import { endOpen } from "./returns.ts";
import { findScopeQuestion } from "./scope-questions.ts";
import { refuse, type Step } from "./step.ts";

type Migrate = Extract<Command, { kind: "migrate" }>;

/**
 * Refuses with `reason-missing`, `not-in-flight`, `workstream-busy`, `mapping-incomplete`, `mapping-unknown`, `mapping-ambiguous`,
 * `mapping-kind`, `no-tasks`, `unknown-migration`, `not-the-last`.
 */
export function migrate(step: Step, command: Migrate): void {
  const workstream = knownWorkstream(step, command.workstream);
  const { id, name } = workstream;
  const reason = checkReason(command.reason, `migrating ${name}`);
  const { tasks, mapping, rollsBack } = command;
  const obstacle = findObstacle(step.state, { workstream, tasks, mapping, rollsBack });
  if (obstacle !== null) refuse(obstacle.code, obstacle.message, obstacle.hints);
  answerScope(step, workstream, command);
  const undone = rollsBack === null ? null : (step.state.migrations.get(rollsBack) ?? null);
  const fates = listFates(step.state, { workstream, tasks, mapping, undone });
  endOld(step, workstream, fates);
  // Who waits for the handoff of a task looks for it again under its new key.
  for (const { from, id: to } of fates)
    if (from !== null && from.id !== to) releaseBlocked(step, from.id, "it has another key now");
  const before = needWorkstream(step.state, id);
  change(step, before, { ...command, reason });
  askOpen(step, id, command.questions);
  withdrawUnasked(step, before);
  askOthers(step, before);
  for (const task of needWorkstream(step.state, id).tasks) askForUnreachable(step, task);
  if (command.ranks !== null)
    step.emit({ kind: "graph_ranked", project: workstream.project, ...command.ranks });
  askAboutStacks(step, id);
  finishWorkstream(step, id);
}

/** The question about the new text is answered by it, or has no sense any more. */
function answerScope(step: Step, { id, name }: Workstream, { answers, spec }: Migrate): void {
  if (answers !== undefined) {
    const answer = { ...answers, option: "migrate", by: "user" } as const;
    checkAnswer(step, { ...answer, kind: "resolve" });
    step.emit({ ...answer, kind: "decision_resolved" });
  }
  const asked = findScopeQuestion(step.state, id);
  if (asked?.subject.kind !== "scope" || asked.subject.hash !== spec.hash) return;
  step.emit({ kind: "decision_withdrawn", decision: asked.id, reason: `${name} takes the new text` });
}

/** What is asked about work that is not the same any more is withdrawn; reviews and ticks are asked anew. */
function endOld(step: Step, workstream: Workstream, fates: readonly Fate[]): void {
  const why = "the workstream changes over to another blueprint";
  const kept = new Set(
    fates
      .filter(
        ({ kind, state, from }) => kind === "kept" && state.kind !== "pending" && isAsBefore(state, from),
      )
      .map(toOrigin),
  );
  for (const id of workstream.tasks) {
    const task = needTask(step.state, id);
    const isWord = task.state.kind === "waiting" && (task.kind !== "work" || !isBusy(task));
    if (isWord ? !isJoining(step, id) : !kept.has(id)) endOpen(step, task, why);
  }
  withdrawTicks(step, workstream, why);
  const dropped = new Set(workstream.tasks.filter((id) => !fates.some((fate) => toOrigin(fate) === id)));
  for (const blocker of [...step.state.blockers.values()]) {
    if (blocker.task === null || blocker.resolvedAt !== null || !dropped.has(blocker.task)) continue;
    const resolution = "its task is dropped by a migration";
    step.emit({ kind: "blocker_resolved", blocker: blocker.id, by: "osqr", resolution });
  }
  const { integration } = needWorkstream(step.state, workstream.id);
  const stopped = integration.kind === "waiting" ? step.state.decisions.get(integration.decision) : undefined;
  if (stopped?.state.kind === "open" && stopped.subject.kind === "integration")
    step.emit({ kind: "decision_withdrawn", decision: stopped.id, reason: why });
}

/** What was asked before work that has not begun is asked anew, also where that may not go on just now. */
function withdrawTicks(step: Step, { tasks }: Workstream, reason: string): void {
  for (const id of [...step.state.open.keys()]) {
    const subject = step.state.decisions.get(id)?.subject;
    if (subject?.kind === "ticks" && subject.attempt === null && tasks.includes(subject.task))
      step.emit({ kind: "decision_withdrawn", decision: id, reason });
  }
}

const isAsBefore = ({ kind }: TaskState, from: Task | null): boolean => from?.state.kind === kind;

const toOrigin = ({ from }: Fate): TaskId | null => from?.id ?? null;

function isJoining(step: Step, id: TaskId): boolean {
  const { state } = needTask(step.state, id);
  return state.kind === "waiting" && state.attempt !== null && step.state.joining.has(state.attempt);
}

function change(step: Step, workstream: Workstream, command: Migrate): void {
  const { id, project, workflow, spec } = workstream;
  const { mapping, by, reason, rollsBack, title, declared, steps, phases, questions } = command;
  const { tasks } = nameDecisions(step, project, { tasks: command.tasks, questions });
  step.emit({
    kind: "workstream_migrated",
    migration: {
      id: toMigrationId(step.state.nextMigration),
      workstream: id,
      from: { workflow: workflow.name, version: workflow.version, specHash: spec.hash },
      to: {
        workflow: command.workflow.name,
        version: command.workflow.version,
        specHash: command.spec.hash,
      },
      mapping,
      by,
      reason,
      rollsBack,
    },
    spec: command.spec,
    title,
    declared,
    tasks,
    steps,
    phases,
    before: describeBlueprint(step.state, workstream),
  });
}

/** New questions are asked, and those again that were withdrawn while nobody needed them. */
function askOpen(step: Step, id: Workstream["id"], questions: readonly QuestionDraft[]): void {
  for (const question of questions) askQuestion(step, id, question, []);
  const open = needWorkstream(step.state, id).tasks.filter((task) =>
    isWaitingToStart(needTask(step.state, task)),
  );
  const refused = new Set<DecisionId>();
  for (const task of open) {
    for (const requirement of needTask(step.state, task).requires) {
      if (!requirement.startsWith("decision:")) continue;
      refused.add(askOne(step, task, requirement));
    }
  }
  const isOpen = new Set(open.map((task) => needTask(step.state, task).key));
  for (const decision of refused) blockRefused(step, decision);
  const { tasks } = describeBlueprint(step.state, needWorkstream(step.state, id));
  blockRefusedTasks(
    step,
    id,
    tasks.filter(({ key }) => isOpen.has(key)),
  );
}

/** The decision that a task waits for, which knows of it. */
function askOne(step: Step, task: TaskId, requirement: Requirement): DecisionId {
  const decision = step.state.decisions.get(requirement.slice("decision:".length) as DecisionId);
  if (decision === undefined)
    refuse(
      "unknown-decision",
      `${nameOfTask(step.state, task)} waits for ${nameRequirement(step.state, requirement)}, which is not there`,
    );
  if (decision.state.kind === "withdrawn") return askAgain(step, decision, task);
  if (!decision.askers.includes(task)) step.emit({ kind: "decision_joined", decision: decision.id, task });
  return decision.id;
}

const ASKED: readonly Decision["subject"]["kind"][] = ["question", "approval", "content", "dependency"];

/** Questions that tasks of the old blueprint asked and nobody asks now. */
function withdrawUnasked(step: Step, before: Workstream): void {
  const old = new Set(before.tasks);
  for (const id of [...step.state.open.keys()]) {
    const decision = step.state.decisions.get(id);
    if (decision === undefined || !ASKED.includes(decision.subject.kind)) continue;
    if (!decision.askers.some((task) => old.has(task)) || isAsked(step, decision)) continue;
    step.emit({
      kind: "decision_withdrawn",
      decision: id,
      reason: `nothing of ${before.name} needs it any more`,
    });
  }
}

function isAsked(step: Step, { id, askers }: Decision): boolean {
  for (const [key] of step.state.waiters.entriesFrom(`decision:${id}\n`)) {
    if (key.startsWith(`decision:${id}\n`)) return true;
    break;
  }
  const isHolding = askers.some((task) => {
    const state = step.state.tasks.get(task)?.state;
    return state?.kind === "waiting" && state.decision === id;
  });
  if (isHolding) return true;
  return [...step.state.workstreams.values()].some(
    ({ integration }) => integration.kind === "waiting" && integration.decision === id,
  );
}

/** Whoever waits for a task or a phase that is not there any more is asked. */
function askOthers(step: Step, before: Workstream): void {
  const { id, name } = before;
  const now = needWorkstream(step.state, id);
  const say = (what: string): string => `${name} no longer has ${what}, which this waits for`;
  for (const task of before.tasks) {
    if (now.tasks.includes(task)) continue;
    askForMissing(step, `task:${task}\n`, () => say(task.slice(task.indexOf("#") + 1)), id);
  }
  const phases = new Set(now.phases.map(({ key }) => key));
  for (const { key } of before.phases) {
    if (!phases.has(key)) askForMissing(step, `phase:${id}/${key}\n`, () => say(`the phase ${key}`), id);
  }
}
