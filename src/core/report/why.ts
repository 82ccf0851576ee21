import { describeWatch } from "../checks/judge-sample.ts";
import { needTask } from "../evolve/draft.ts";
import type { State } from "../model/state.ts";
import type { BlockReason, Task, Workstream } from "../model/work.ts";
import { adviseOnRefused } from "../refused-hosts.ts";
import { statusOf } from "../status.ts";
import { explainAutonomy } from "./autonomy.ts";
import { findBudgetHold } from "./budget-hold.ts";
import { explainNews } from "./messages.ts";
import { explainBlueprint } from "./migrations.ts";
import { explainBlockers, explainBlockersOf } from "./why/blockers.ts";
import { explainCriteria } from "./why/criteria.ts";
import { explainDecision, explainTurn } from "./why/decision.ts";
import { explainIntegration, explainReverts } from "./why/integration.ts";
import { isPersonsAction, sayNextAction } from "./why/next.ts";
import { explainStart } from "./why/starting.ts";
import { explainLinks, explainOwner, explainReturns, explainSteps, hasFlow } from "./why/steps.ts";
import { explainRoots, explainUnmet } from "./why/waits.ts";
import { listHolders, listScarce, listUnmet, nameOfTask } from "./words.ts";

/** Why a task is where it is, what remains, whose turn it is and what is in the way. The first sentence is the answer. */
export function explainTask(state: State, task: Task): readonly string[] {
  const rest = task.state.kind === "completed" || task.state.kind === "cancelled";
  if (rest) return explainState(state, task);
  return [
    ...explainState(state, task),
    ...explainNetwork(state, task),
    ...explainNews(state, task),
    ...explainBlockersOf(state, task),
    ...explainCriteria(state, task),
    ...explainOwner(state, task),
  ];
}

/** What its last attempt reached for and may not reach. */
function explainNetwork(state: State, { attempts }: Task): readonly string[] {
  const last = attempts.at(-1);
  const attempt = last === undefined ? undefined : state.attempts.get(last);
  const advice = attempt === undefined ? null : adviseOnRefused(attempt);
  return advice === null ? [] : [advice];
}

function explainState(state: State, task: Task): readonly string[] {
  const name = nameOfTask(state, task.id);
  const workstream = state.workstreams.get(task.workstream);
  const { state: now } = task;
  switch (now.kind) {
    case "completed": {
      const how =
        now.how === "skipped" ? "was skipped" : now.how === "already" ? "was ticked already" : "is done";
      return [`${name} ${how}.`];
    }
    case "running":
      return [
        `${name} is running as ${now.attempt}.`,
        ...explainStart(state, now.attempt),
        ...(state.attempts.get(now.attempt)?.watched ?? []).map(
          (each) => `${describeWatch(each)}. ${each.advice.replace("<attempt>", now.attempt)}`,
        ),
        `Its output: osqr log ${now.attempt} --follow`,
      ];
    case "waiting":
      return [`${name} waits for ${now.decision}.`, explainDecision(state, now.decision)];
    case "failed":
      return [`${name} failed: ${now.reason}.`, explainTurn(state, now.decision)];
    case "blocked":
      return [`${name} is blocked.`, ...now.by.flatMap((reason) => explainBlock(state, reason))];
    case "cancelled":
      return [`${name} was cancelled: ${now.reason}.`];
    case "ready":
      return [`${name} is ready.`, ...explainReady(state, task)];
    case "pending":
      return [`${name} has not started.`, ...explainPending(state, task, workstream)];
  }
}

/** What blocks a task and, where osqr can do something about it, how. */
function explainBlock(state: State, reason: BlockReason): string[] {
  const sentence = `${reason.message}.`;
  if (reason.kind !== "handoff") return [sentence];
  return [sentence, `Made again from the history: osqr handoff repair ${nameOfTask(state, reason.source)}`];
}

function explainReady(state: State, task: Task): string[] {
  const workstream = state.workstreams.get(task.workstream);
  if (workstream === undefined) return [];
  const holders = listHolders(state, workstream);
  const budget = findBudgetHold(state, task);
  const holding = [
    ...(budget === null ? [] : [`Its budget keeps it back: ${budget.why}.`]),
    ...(budget === null || budget.decision === null ? [] : [explainDecision(state, budget.decision)]),
    ...holders.map(({ name, paths }) => `It starts after ${name}: both declare ${paths.join(", ")}.`),
    ...listScarce(state, task).map(
      ({ resource, capacity, users }) =>
        `${resource} is in use by ${users.join(", ")} (${capacity.used} of ${capacity.total}).`,
    ),
  ];
  return holding.length > 0 ? holding : ["It starts as soon as a slot and its resources are free."];
}

function explainPending(state: State, task: Task, workstream: Workstream | undefined): string[] {
  const sentences = listUnmet(state, task).map((requirement) => explainUnmet(state, requirement));
  if (workstream?.intent === "paused")
    sentences.push(`${workstream.name} is paused: osqr resume ${workstream.name}`);
  if (workstream?.run === null) sentences.push("No run has taken it up: osqr go");
  if (workstream !== undefined && workstream.stops > 0) {
    sentences.push("Another task of its workstream failed, so nothing more of it starts.");
  }
  return [...sentences, ...explainRoots(state, task)];
}

/**
 * Why a workstream is where it is: in which step and what comes next, which tasks remain, what is pending, and whose turn it is.
 */
export function explainWorkstream(state: State, workstream: Workstream): readonly string[] {
  const { counts, name } = workstream;
  const first = `${name} is ${statusOf(state, workstream)}: ${counts.completed} of ${counts.total} tasks are done.`;
  const next = sayNextAction(state, workstream);
  // Where nothing but the spec's tasks and the merge is to come, the rest says what osqr does next.
  const isShown = next !== null && (hasFlow(state, workstream) || isPersonsAction(next));
  const sentences = [
    first,
    ...(isShown ? [next] : []),
    ...explainSteps(state, workstream),
    ...explainBlockers(state, workstream),
    ...explainLinks(state, workstream),
    ...explainReturns(state, workstream),
    ...explainReverts(workstream),
    ...explainBlueprint(state, workstream),
    ...explainIntegration(state, workstream),
    ...explainAutonomy(workstream),
  ];
  for (const id of workstream.tasks) {
    const task = needTask(state, id);
    if (task.state.kind === "completed" || task.state.kind === "cancelled") continue;
    const said = sentences.join(" ");
    const isSaid = (sentence: string): boolean => {
      const decision = /^Behind it: (D-\d+) is open/.exec(sentence)?.[1];
      return decision !== undefined && said.includes(`${decision} is open`);
    };
    sentences.push(...explainState(state, task).filter((sentence) => !isSaid(sentence)));
  }
  return [...new Set(sentences)];
}
