import { needTask, needWorkstream } from "../evolve/draft.ts";
import { isMet, isOnWorkOf } from "../evolve/requirements.ts";
import { revertOf } from "../evolve/reverts.ts";
import type { Command } from "../model/command.ts";
import type { TaskId, WorkstreamId } from "../model/ids.ts";
import type { Intent, Requirement, Workstream } from "../model/work.ts";
import { isEnded, isLanded } from "../status.ts";
import { knownProject, knownWorkstream } from "./known.ts";
import { askForMissing, askForUnreachable } from "./missing.ts";
import { askQuestion, integrationQuestion, toOption } from "./questions.ts";
import { finishWorkstream } from "./results.ts";
import { refuse, type Step } from "./step.ts";
import { endReviews } from "./ticks.ts";
import { withdrawUnused } from "./withdraw.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

export function hasOpenAttempt(step: Step, workstream: Workstream): boolean {
  return workstream.tasks.some((id) => {
    const { state } = needTask(step.state, id);
    return state.kind === "running" || (state.kind === "waiting" && state.attempt !== null);
  });
}

/** Everybody who waits for a workstream that will not come is asked, and everybody who was built on it. */
export function askForWork(step: Step, workstream: Workstream, how: string): void {
  const standing = findStanding(step, workstream);
  const say = () => `${workstream.name}, which this waits for, was ${how}`;
  for (const prefix of listWaitPrefixes(workstream.id)) askForMissing(step, prefix, say, workstream.id);
  for (const { above, isBuilt } of standing) {
    if (isBuilt) askAboutStack(step, above, workstream, how);
    else dropStack(step, above, workstream.id);
  }
}

/** Beginnings of the keys in the index of waiters that mean a workstream or a part of it. */
const listWaitPrefixes = (id: WorkstreamId): readonly string[] => [
  `landed:${id}\n`,
  `integrated:${id}\n`,
  `done:${id}\n`,
  `phase:${id}/`,
  `task:${id}#`,
  `artifact:${id}:`,
];

/** Everybody who waits for a workstream waits for another one in its place; what that does not have is asked. */
export function redirectWork(step: Step, from: Workstream, to: WorkstreamId): void {
  const standing = findStanding(step, from);
  const waiting = listWaitPrefixes(from.id).flatMap((prefix) => listWaiters(step, prefix));
  for (const { requirement, task } of waiting) {
    if (needTask(step.state, task).workstream === from.id) continue;
    const kind = requirement.slice(0, requirement.indexOf(":") + 1);
    const next = `${kind}${to}${requirement.slice(kind.length + from.id.length)}`;
    step.emit({ kind: "requirement_replaced", task, from: requirement, to: next });
  }
  for (const task of new Set(waiting.map((each) => each.task))) askForUnreachable(step, task);
  for (const { above, isBuilt } of standing) {
    const { id, project, stacksOn } = above;
    const on = stacksOn.map((each) => (each === from.id ? to : each));
    step.emit({ kind: "graph_ranked", project, tasks: [], overlaps: [], stacks: [{ workstream: id, on }] });
    if (isBuilt) askAboutStack(step, above, from, "started anew");
  }
}

function listWaiters(step: Step, prefix: string): { requirement: Requirement; task: TaskId }[] {
  const found: { requirement: Requirement; task: TaskId }[] = [];
  for (const [key, task] of step.state.waiters.entriesFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    found.push({ requirement: key.slice(0, key.indexOf("\n")), task });
  }
  return found;
}

/** Workstreams that stand on this one; `isBuilt`: they hold its work already, or may start from it. */
function findStanding(step: Step, below: Workstream): { above: Workstream; isBuilt: boolean }[] {
  const prefix = `${below.id}\n`;
  const found: { above: Workstream; isBuilt: boolean }[] = [];
  for (const [key, id] of step.state.stacked.entriesFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    const above = needWorkstream(step.state, id);
    if (above.intent === "cancelled" || above.integration.kind !== "none") continue;
    const tasks = above.tasks.map((task) => needTask(step.state, task));
    const mayStartFromIt = tasks.some(({ requires }) =>
      requires.some((each) => isOnWorkOf(each, below.id) && isMet(step.state, each)),
    );
    found.push({ above, isBuilt: above.started || mayStartFromIt });
  }
  return found;
}

/** What was asked about the work that it stands on is forgotten: it is asked again where that was cancelled meanwhile. */
export function askAboutStacks(step: Step, id: WorkstreamId): void {
  for (const below of needWorkstream(step.state, id).stacksOn) {
    const workstream = needWorkstream(step.state, id);
    const other = needWorkstream(step.state, below);
    if (other.intent !== "cancelled" || workstream.integration.kind !== "none") continue;
    if (workstream.started) askAboutStack(step, workstream, other, "cancelled");
    else dropStack(step, workstream, below);
  }
}

function dropStack(step: Step, { id, project, stacksOn }: Workstream, below: WorkstreamId): void {
  const on = stacksOn.filter((each) => each !== below);
  step.emit({ kind: "graph_ranked", project, tasks: [], overlaps: [], stacks: [{ workstream: id, on }] });
  finishWorkstream(step, id);
}

function askAboutStack(step: Step, standing: Workstream, below: Workstream, how: string): void {
  const reason = `${standing.name} is built on work of ${below.name}, which was ${how}`;
  const question = {
    ...integrationQuestion(standing.id, "error", step.state.seq, { reason, context: "" }),
    options: [
      toOption("redo", "redo", "run all its tasks again on the base alone", true),
      toOption("land-anyway", "land with it", `land it together with what ${below.name} had made`),
      toOption("cancel", "cancel workstream", "its work is kept in refs/osqr/salvage"),
    ],
  };
  const decision = askQuestion(step, standing.id, question, []);
  step.emit({ kind: "integration_stopped", workstream: standing.id, decision, reason });
}

const VERBS: Readonly<Record<Intent, string>> = { run: "resume", paused: "pause", cancelled: "cancel" };

/** What has landed or was cancelled cannot be steered any more. */
function refuseEnded(workstream: Workstream, verb: string): void {
  const { name, spec, intent } = workstream;
  if (isEnded(workstream))
    refuse("workstream-ended", `workstream ${name} has landed; nothing is left to ${verb}`);
  if (isLanded(workstream) && verb === "cancel") {
    refuse("workstream-ended", `workstream ${name} has landed; it cannot be cancelled any more`, [
      `to take it out of the base: osqr revert ${name} --because <text>`,
    ]);
  }
  if (intent !== "cancelled") return;
  refuse("workstream-ended", `workstream ${name} was cancelled; nothing is left to ${verb}`, [
    `start it anew: osqr add ${spec.path ?? name}`,
  ]);
}

export function setIntent(step: Step, command: Of<"set_intent">): void {
  const workstream = knownWorkstream(step, command.workstream);
  const { integration } = workstream;
  if (workstream.intent !== command.intent || isEnded(workstream))
    refuseEnded(workstream, VERBS[command.intent]);
  if (workstream.intent === command.intent) return;
  if (command.intent === "cancelled" && revertOf(workstream) !== null) {
    const how = integration.kind === "waiting" ? `answer ${integration.decision} first` : "wait for that";
    refuse("workstream-reverting", `workstream ${workstream.name} is being taken out of the base; ${how}`, [
      `osqr why ${workstream.name}`,
    ]);
  }
  if (integration.kind === "intended") {
    refuse(
      "workstream-landing",
      `workstream ${workstream.name} is landing at this moment; try again in a second`,
    );
  }
  const { intent, by, reason } = command;
  if (intent === "cancelled") {
    endWorkstream(step, command);
    askForWork(step, workstream, "cancelled");
    return;
  }
  step.emit({ kind: "intent_set", workstream: workstream.id, intent, by, reason });
  if (intent === "run") finishWorkstream(step, workstream.id);
}

/** Cancels a workstream, with what hangs on its own tasks; what others wait for is the caller's business. */
export function endWorkstream(
  step: Step,
  { workstream: id, by, reason }: { workstream: WorkstreamId; by: string; reason: string },
): void {
  const workstream = needWorkstream(step.state, id);
  step.emit({ kind: "intent_set", workstream: id, intent: "cancelled", by, reason });
  endJoinConflicts(step, workstream);
  endReviews(step, workstream, "the workstream was cancelled");
  withdrawUnused(step, "the workstream was cancelled");
}

/** Results that waited for a word on a conflict will not be joined any more. */
function endJoinConflicts(step: Step, workstream: Workstream): void {
  for (const task of workstream.tasks) {
    const { state } = needTask(step.state, task);
    const attempt =
      state.kind === "waiting" && state.attempt !== null ? step.state.attempts.get(state.attempt) : undefined;
    if (attempt?.state.kind !== "completed") continue;
    const { id, fence, workMs } = attempt;
    const reason = "the workstream was cancelled";
    step.emit({
      kind: "attempt_ended",
      attempt: id,
      fence,
      outcome: "rejected",
      reason,
      workMs,
      salvage: null,
    });
  }
}

export function prioritize(step: Step, command: Of<"prioritize">): void {
  const workstream = knownWorkstream(step, command.workstream);
  refuseEnded(workstream, "prioritize");
  let highest = 0;
  for (const id of knownProject(step, workstream.project).workstreams) {
    highest = Math.max(highest, needWorkstream(step.state, id).boost);
  }
  step.emit({ kind: "priority_raised", workstream: workstream.id, boost: highest + 1, by: command.by });
}
