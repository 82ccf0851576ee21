import { needTask } from "../evolve/draft.ts";
import type { DecisionId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Task, Workstream } from "../model/work.ts";
import { statusOf } from "../status.ts";
import { listHolders, listUnmet, nameOfTask, nameOfWorkstream, nameRequirement } from "./words.ts";

/** Whose turn a decision is and how to take it. */
function explainDecision(state: State, id: string): string {
  const decision = state.decisions.get(id as DecisionId);
  if (decision === undefined) return `${id} is not known.`;
  if (decision.state.kind !== "open") return `${id} was ${decision.state.kind}.`;
  const options = decision.options.map((option) => option.id).join("|");
  return `${id} is open: ${decision.question} It is your turn: osqr decide ${id} ${options}`;
}

function explainUnmet(state: State, requirement: string): string {
  if (requirement.startsWith("decision:"))
    return explainDecision(state, requirement.slice("decision:".length));
  const name = nameRequirement(state, requirement);
  if (requirement.startsWith("task:")) {
    const task = state.tasks.get(requirement.slice("task:".length) as Task["id"]);
    return task === undefined
      ? `It waits for ${name}.`
      : `It waits for ${name}, which is ${task.state.kind}.`;
  }
  if (requirement.startsWith("landed:")) {
    const workstream = state.workstreams.get(requirement.slice("landed:".length) as Workstream["id"]);
    if (workstream !== undefined)
      return `It waits until ${name} has landed; ${name} is ${statusOf(state, workstream)}.`;
  }
  return `It waits for ${name}.`;
}

/** Why a task is where it is, what remains and whose turn it is. The first sentence is the answer. */
export function explainTask(state: State, task: Task): readonly string[] {
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
      return [`${name} is running as ${now.attempt}.`, `Its output: osqr log ${now.attempt} --follow`];
    case "waiting":
      return [`${name} waits for ${now.decision}.`, explainDecision(state, now.decision)];
    case "failed":
      return [`${name} failed: ${now.reason}.`, explainDecision(state, now.decision)];
    case "blocked":
      return [`${name} is blocked.`, ...now.by.map(({ message }) => `${message}.`)];
    case "cancelled":
      return [`${name} was cancelled: ${now.reason}.`];
    case "ready":
      return [`${name} is ready.`, ...explainReady(state, task)];
    case "pending":
      return [`${name} has not started.`, ...explainPending(state, task, workstream)];
  }
}

function explainReady(state: State, task: Task): string[] {
  const workstream = state.workstreams.get(task.workstream);
  if (workstream === undefined) return [];
  const holders = listHolders(state, workstream);
  const holding = holders.map(
    ({ name, paths }) => `It starts after ${name}: both declare ${paths.join(", ")}.`,
  );
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
  return sentences;
}

function explainIntegration(state: State, workstream: Workstream): string[] {
  const { integration } = workstream;
  switch (integration.kind) {
    case "waiting":
      return ["Its work is done and could not be merged.", explainDecision(state, integration.decision)];
    case "queued":
      return ["Its work is done and waits in the merge queue."];
    case "running":
    case "intended":
      return ["Its work is being merged: the gates run on the combined tree."];
    case "landed":
      return integration.held === null
        ? [`It has landed as ${integration.commit.slice(0, 7)}.`]
        : [
            `It has landed as ${integration.commit.slice(0, 7)} on refs/osqr/landed; the branch stayed: ${integration.held}.`,
          ];
    case "nothing":
      return ["There was nothing to merge."];
    case "none":
      return workstream.counts.completed < workstream.counts.total
        ? []
        : workstream.stacksOn.map((below) => `It lands after ${nameOfWorkstream(state, below)}.`);
  }
}

/** Why a workstream is where it is, which tasks remain, what is pending, and whose turn it is. */
export function explainWorkstream(state: State, workstream: Workstream): readonly string[] {
  const { counts, name } = workstream;
  const first = `${name} is ${statusOf(state, workstream)}: ${counts.completed} of ${counts.total} tasks are done.`;
  const sentences = [first, ...explainIntegration(state, workstream)];
  for (const id of workstream.tasks) {
    const task = needTask(state, id);
    if (task.state.kind === "completed" || task.state.kind === "cancelled") continue;
    sentences.push(...explainTask(state, task));
  }
  return [...new Set(sentences)];
}
