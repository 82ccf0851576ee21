/** The way down from a figure: tasks, attempts, sign-offs, returns, blockers, decisions, handoffs. */
import type { Decision } from "../../model/decision.ts";
import type { Blocker, Migration } from "../../model/flow.ts";
import type { EpochMs, TaskId } from "../../model/ids.ts";
import type { State } from "../../model/state.ts";
import type { Attempt, Task } from "../../model/work.ts";
import { isSkipped } from "../../status.ts";
import { viewSpending } from "../budgets.ts";
import { nameOfTask } from "../words.ts";
import type {
  AttemptDetail,
  BlockerDetail,
  DecisionDetail,
  ItemDetail,
  MigrationDetail,
  TaskDetail,
} from "./detail-types.ts";
import type { Facts } from "./facts.ts";
import { toIso, toIsoOrNull } from "./iso.ts";
import { taskCycleOf } from "./step-times.ts";

function viewAttempt(attempt: Attempt): AttemptDetail {
  const { state } = attempt;
  const { tokens, microUsd } = viewSpending(attempt.spending);
  return {
    id: attempt.id,
    executor: attempt.executor,
    status: state.kind,
    claimedAt: toIso(attempt.claimedAt),
    endedAt: "at" in state ? toIso(state.at) : null,
    workMs: attempt.workMs,
    added: attempt.added,
    deleted: attempt.deleted,
    reason: "reason" in state ? state.reason : null,
    commit: attempt.commit,
    reused: attempt.reused,
    salvage: attempt.salvage,
    tokens,
    microUsd,
    model: attempt.spending?.model ?? null,
  };
}

function viewTask(task: Task, name: string, attempts: readonly Attempt[]): TaskDetail {
  return {
    id: name,
    key: task.key,
    title: task.title,
    step: task.step,
    kind: task.kind,
    stage: task.stage,
    role: task.role,
    owner: task.owner,
    status: isSkipped(task) ? "skipped" : task.state.kind,
    startedAt: toIsoOrNull(task.startedAt),
    completedAt:
      task.state.kind === "completed" && task.state.how !== "already" ? toIso(task.state.at) : null,
    cycleMs: taskCycleOf(task),
    handoff: task.handoff,
    attempts: attempts.map(viewAttempt),
  };
}

function viewBlocker(blocker: Blocker, task: string | null, now: EpochMs): BlockerDetail {
  const { id, type, owner, reason, by, declaredAt, resolvedAt, resolution } = blocker;
  return {
    id,
    task,
    type,
    owner,
    reason,
    by,
    declaredAt: toIso(declaredAt),
    resolvedAt: toIsoOrNull(resolvedAt),
    resolution,
    ms: Math.max(0, (resolvedAt ?? now) - declaredAt),
  };
}

function viewDecision(decision: Decision, now: EpochMs): DecisionDetail {
  const { id, type, subject, question, openedAt, state } = decision;
  const closedAt = state.kind === "open" ? null : state.at;
  const answer = state.kind === "resolved" ? state : null;
  return {
    id,
    type,
    subject: subject.kind,
    question,
    state: state.kind,
    option: answer?.option ?? null,
    by: answer === null ? null : (answer.signer ?? answer.by),
    reasoning: answer?.reasoning ?? (state.kind === "withdrawn" ? state.reason : null),
    openedAt: toIso(openedAt),
    closedAt: toIsoOrNull(closedAt),
    ms: Math.max(0, (closedAt ?? now) - openedAt),
  };
}

function viewMigration({ id, from, to, by, reason, at, rollsBack }: Migration): MigrationDetail {
  const nameOf = ({ workflow, version }: Migration["from"]): string => `${workflow}@${version}`;
  return { id, from: nameOf(from), to: nameOf(to), by, reason, at: toIso(at), rollsBack };
}

/** Everything that happened to one workstream, whatever the window. */
export function viewDetail(state: State, facts: Facts, now: EpochMs): ItemDetail {
  const { workstream, attempts, blockers, decisions } = facts;
  const tasks = [...facts.tasks, ...facts.dropped];
  const byTask = Map.groupBy(attempts, ({ task }) => task);
  const nameOf = (id: TaskId): string => nameOfTask(state, id);
  const migrations = [...state.migrations.values()].filter((each) => each.workstream === workstream.id);
  return {
    tasks: tasks.map((task) => viewTask(task, `${workstream.name}#${task.key}`, byTask.get(task.id) ?? [])),
    signOffs: workstream.signOffs.map((each) => ({ ...each, task: nameOf(each.task), at: toIso(each.at) })),
    returns: workstream.returns.map((each) => ({ ...each, from: nameOf(each.from), at: toIso(each.at) })),
    reverts: workstream.reverts.map(({ to: _, at, ...each }) => ({ ...each, at: toIso(at) })),
    transfers: workstream.transfers.map(({ task, at, ...each }) => ({
      ...each,
      task: task === null ? null : nameOf(task),
      at: toIso(at),
    })),
    blockers: blockers.map((each) => viewBlocker(each, each.task === null ? null : nameOf(each.task), now)),
    decisions: decisions.map((each) => viewDecision(each, now)),
    migrations: migrations.map(viewMigration),
    handoffs: tasks.flatMap(({ handoff }) => handoff?.path ?? []),
    history: {
      from: toIso(workstream.addedAt),
      to: toIsoOrNull(facts.endedAt),
      workstream: workstream.id,
      attempts: attempts.map(({ id }) => id),
    },
  };
}
