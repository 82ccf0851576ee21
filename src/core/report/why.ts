import { needTask } from "../evolve/draft.ts";
import { revertOf } from "../evolve/reverts.ts";
import type { Decision } from "../model/decision.ts";
import type { Revert } from "../model/flow.ts";
import type { DecisionId, TaskId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { BlockReason, Task, Workstream } from "../model/work.ts";
import { parseRequirement } from "../plan/requirement.ts";
import { statusOf } from "../status.ts";
import { explainBlueprint } from "./migrations.ts";
import {
  listHolders,
  listScarce,
  listUnmet,
  nameOfTask,
  nameOfWorkstream,
  nameRequirement,
} from "./words.ts";

/** Tasks looked at for what stands at the far end of a chain. */
const ROOTS_SEEN_MAX = 1_000;

const IN_WORDS: Readonly<Record<Task["state"]["kind"], string>> = {
  pending: "has not started",
  ready: "is ready",
  running: "is running",
  waiting: "waits",
  blocked: "is blocked",
  completed: "is done",
  failed: "failed",
  cancelled: "was cancelled",
};

/** Whose turn a decision is and how to take it. */
function explainDecision(state: State, id: string): string {
  const decision = state.decisions.get(id as DecisionId);
  if (decision === undefined) return `${id} is not known.`;
  if (decision.state.kind !== "open") return `${id} was ${decision.state.kind}.`;
  const question = /[.?!]$/.test(decision.question) ? decision.question : `${decision.question}.`;
  return `${id} is open: ${question} ${sayTurn(decision)}`;
}

const sayTurn = ({ id, options }: Decision): string =>
  `It is your turn: osqr decide ${id} ${options.map((option) => option.id).join("|")}`;

/** As `explainDecision`, after a sentence that has said already what it is about. */
function explainTurn(state: State, id: DecisionId): string {
  const decision = state.decisions.get(id);
  if (decision?.state.kind !== "open") return explainDecision(state, id);
  return `${id} is open. ${sayTurn(decision)}`;
}

function explainUnmet(state: State, requirement: string): string {
  if (requirement.startsWith("decision:"))
    return explainDecision(state, requirement.slice("decision:".length));
  const name = nameRequirement(state, requirement);
  if (requirement.startsWith("task:")) {
    const task = state.tasks.get(requirement.slice("task:".length) as Task["id"]);
    return task === undefined
      ? `It waits for ${name}.`
      : `It waits for ${name}, which ${IN_WORDS[task.state.kind]}.`;
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
  const holding = [
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

/** Decisions at the far end of what a task waits for, which it does not wait for itself. */
function explainRoots(state: State, task: Task): string[] {
  const seen = new Set<Task>([task]);
  const roots = new Set<string>();
  for (const each of seen) {
    if (seen.size > ROOTS_SEEN_MAX) break;
    const { state: now } = each;
    if (each !== task && (now.kind === "waiting" || now.kind === "failed")) roots.add(now.decision);
    for (const requirement of listUnmet(state, each)) {
      const parsed = parseRequirement(requirement);
      if (parsed?.kind === "landed") {
        const integration = state.workstreams.get(parsed.workstream)?.integration;
        if (integration?.kind === "waiting") roots.add(integration.decision);
      }
      for (const id of listMeeting(state, parsed)) {
        const next = state.tasks.get(id);
        if (next !== undefined && next.state.kind !== "completed") seen.add(next);
      }
    }
  }
  return [...roots]
    .filter((id) => state.open.has(id as DecisionId))
    .map((id) => `Behind it: ${explainDecision(state, id)}`);
}

/** Tasks that a requirement waits for. */
function listMeeting(state: State, parsed: ReturnType<typeof parseRequirement>): readonly TaskId[] {
  if (parsed === null || !("workstream" in parsed)) return [];
  if (parsed.kind === "task") return [parsed.task];
  const all = state.workstreams.get(parsed.workstream)?.tasks ?? [];
  return parsed.kind === "phase" ? all.filter((id) => state.tasks.get(id)?.phase === parsed.phase) : all;
}

/** While a landed workstream is being taken out of the base. */
function explainRevert(state: State, { integration }: Workstream, revert: Revert): string[] {
  const { of, by, reason, to } = revert;
  const first = `${by} wants ${of.slice(0, 7)} taken out of the base again: ${toSentence(reason)}`;
  const after = to === null ? [] : [`Then it goes on at ${to}.`];
  switch (integration.kind) {
    case "waiting":
      return [first, "It could not be reverted.", explainDecision(state, integration.decision)];
    case "queued":
      return [first, "It waits in the merge queue.", ...after];
    default:
      return [first, "It is being reverted: the gates run on the tree without it.", ...after];
  }
}

const toSentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);

/** That its work was in the base and is not any more. */
function explainReverts({ reverts, intent, name, integration }: Workstream): string[] {
  const last = reverts.at(-1);
  if (last === undefined || integration.kind === "landed") return [];
  const said = `It was reverted as ${last.commit.slice(0, 7)} because of this: ${toSentence(last.reason)}`;
  return intent === "paused" ? [said, `To do its steps again: osqr resume ${name}`] : [said];
}

function explainIntegration(state: State, workstream: Workstream): string[] {
  const { integration } = workstream;
  const revert = revertOf(workstream);
  if (revert !== null) return explainRevert(state, workstream, revert);
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
  const sentences = [
    first,
    ...explainReverts(workstream),
    ...explainBlueprint(state, workstream),
    ...explainIntegration(state, workstream),
  ];
  for (const id of workstream.tasks) {
    const task = needTask(state, id);
    if (task.state.kind === "completed" || task.state.kind === "cancelled") continue;
    const said = sentences.join(" ");
    const isSaid = (sentence: string): boolean => {
      const decision = /^Behind it: (D-\d+) is open/.exec(sentence)?.[1];
      return decision !== undefined && said.includes(`${decision} is open`);
    };
    sentences.push(...explainTask(state, task).filter((sentence) => !isSaid(sentence)));
  }
  return [...new Set(sentences)];
}
