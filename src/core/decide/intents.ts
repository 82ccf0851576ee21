import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { Command } from "../model/command.ts";
import type { ProjectId, WorkstreamId } from "../model/ids.ts";
import type { Project, Workstream } from "../model/work.ts";
import { askQuestion, integrationQuestion, toOption } from "./questions.ts";
import { askForMissing, finishWorkstream } from "./results.ts";
import { refuse, type Step } from "./step.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

export function knownProject(step: Step, id: ProjectId): Project {
  const project = step.state.projects.get(id);
  if (project === undefined) refuse("unknown-project", `no project ${id}`);
  return project;
}

export function knownWorkstream(step: Step, id: WorkstreamId): Workstream {
  const workstream = step.state.workstreams.get(id);
  if (workstream === undefined) refuse("unknown-workstream", `no workstream ${id}`);
  return workstream;
}

export function hasOpenAttempt(step: Step, workstream: Workstream): boolean {
  return workstream.tasks.some((id) => {
    const { state } = needTask(step.state, id);
    return state.kind === "running" || (state.kind === "waiting" && state.attempt !== null);
  });
}

export function withdrawAll(step: Step, workstream: Workstream, reason: string): void {
  for (const id of [...step.state.open.keys()]) {
    const decision = step.state.decisions.get(id);
    if (decision?.workstream !== workstream.id) continue;
    const elsewhere = decision.askers.some((task) => needTask(step.state, task).workstream !== workstream.id);
    if (!elsewhere) step.emit({ kind: "decision_withdrawn", decision: id, reason });
  }
}

/** Everybody who waits for a workstream that will not come is asked. */
export function askForWork(step: Step, workstream: Workstream, how: string): void {
  const say = () => `${workstream.name}, which this waits for, was ${how}`;
  for (const prefix of [
    `landed:${workstream.id}\n`,
    `done:${workstream.id}\n`,
    `phase:${workstream.id}/`,
    `task:${workstream.id}#`,
    `artifact:${workstream.id}:`,
  ]) {
    askForMissing(step, prefix, say, workstream.id);
  }
  const below = `${workstream.id}\n`;
  for (const [key, above] of [...step.state.stacked.entriesFrom(below)]) {
    if (!key.startsWith(below)) break;
    const standing = step.state.workstreams.get(above);
    if (standing === undefined || standing.tip === null || standing.integration.kind !== "none") continue;
    askAboutStack(step, standing, workstream);
  }
}

function askAboutStack(step: Step, standing: Workstream, below: Workstream): void {
  const reason = `${standing.name} is built on work of ${below.name}, which was cancelled`;
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

export function setIntent(step: Step, command: Of<"set_intent">): void {
  const workstream = knownWorkstream(step, command.workstream);
  const { integration } = workstream;
  if (workstream.intent === command.intent) return;
  if (workstream.intent === "cancelled") {
    refuse("workstream-ended", `workstream ${workstream.name} was cancelled`, [
      `start it anew: osqr add ${workstream.spec.path ?? workstream.name}`,
    ]);
  }
  if (integration.kind === "landed" || integration.kind === "nothing") {
    refuse(
      "workstream-ended",
      `workstream ${workstream.name} has landed; nothing is left to ${command.intent === "cancelled" ? "cancel" : command.intent}`,
    );
  }
  if (integration.kind === "intended") {
    refuse(
      "workstream-landing",
      `workstream ${workstream.name} is landing at this moment; try again in a second`,
    );
  }
  const { intent, by, reason } = command;
  step.emit({ kind: "intent_set", workstream: workstream.id, intent, by, reason });
  if (intent === "cancelled") {
    withdrawAll(step, workstream, "the workstream was cancelled");
    askForWork(step, workstream, "cancelled");
  } else if (intent === "run") {
    finishWorkstream(step, workstream.id);
  }
}

export function prioritize(step: Step, command: Of<"prioritize">): void {
  const workstream = knownWorkstream(step, command.workstream);
  let highest = 0;
  for (const id of knownProject(step, workstream.project).workstreams) {
    highest = Math.max(highest, needWorkstream(step.state, id).boost);
  }
  step.emit({ kind: "priority_raised", workstream: workstream.id, boost: highest + 1, by: command.by });
}
