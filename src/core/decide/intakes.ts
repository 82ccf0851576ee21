/** A person's word on suspected duplicates, before any work (FR-003). */
import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { Decision } from "../model/decision.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Workstream } from "../model/work.ts";
import { parseRequirement } from "../plan/requirement.ts";
import { isLanded } from "../status.ts";
import { endWorkstream, redirectWork } from "./intents.ts";
import { knownProject } from "./known.ts";
import { type Answer, checkReason, checkSigner, resolveBy } from "./people.ts";
import { listAlive, parseIntake } from "./review-questions.ts";
import { complete, findOpen, NOBODY, sign } from "./sign.ts";
import { refuse, type Step } from "./step.ts";

/** Nothing is like it, or is any more: nobody is bothered. */
export function skipNeedless(step: Step, id: Decision["id"]): void {
  const decision = step.state.decisions.get(id);
  if (decision?.subject.kind !== "intake") return;
  const task = needTask(step.state, decision.subject.task);
  if (task.asksAlways || listAlive(step.state, task).length > 0) return;
  const fellAway = task.candidates.length > 0;
  const reasoning = fellAway ? "nothing resembles it any more" : "nothing that is registered resembles it";
  settleIntake(step, decision, { option: "distinct", by: "osqr", signer: NOBODY, reasoning });
}

const HOWS: readonly string[] = ["merge", "link", "close"];

/** True where a person names the workstream that an intake is like. */
export const namesOther = (
  { subject }: Decision,
  { option, other }: Pick<Answer, "option" | "other">,
): boolean => other !== undefined && subject.kind === "intake" && HOWS.includes(option);

/** The same answer with the number of the workstream that it names, as with one that osqr had found. */
function numberOther(step: Step, decision: Decision, answer: Answer): Answer {
  if (answer.other === undefined) return answer;
  const { other: id, option, ...rest } = answer;
  const own = needWorkstream(step.state, decision.workstream);
  const other = step.state.workstreams.get(id);
  if (other === undefined || other.project !== own.project)
    refuse("unknown-workstream", `no workstream ${id}`);
  if (other.id === own.id) refuse("circle", `${own.name} cannot stand for itself`);
  if (other.intent === "cancelled")
    refuse(
      "workstream-ended",
      `#${other.number} ${other.name} was cancelled: it cannot stand for ${own.name}`,
    );
  if (option === "merge" && isLanded(other)) {
    refuse("workstream-ended", `#${other.number} ${other.name} has landed: it cannot take more work`, [
      `to close ${own.name} all the same: close --with ${other.name}`,
    ]);
  }
  return { ...rest, option: `${option}-${other.number}` };
}

/** A duplicate is merged, linked or closed; else the work begins. */
export function settleIntake(step: Step, decision: Decision, given: Answer): void {
  const answer = numberOther(step, decision, given);
  const open = findOpen(step, decision);
  const { task, workstream } = open;
  const what = `${decision.id} (${workstream.name} ${task.key})`;
  const isOsqr = answer.by === "osqr";
  const project = knownProject(step, workstream.project);
  const by = isOsqr ? NOBODY : checkSigner(project, task.role, { signer: answer.signer, what });
  const chosen = parseIntake(answer.option);
  const suspected = listAlive(step.state, task).length > 0;
  const reason =
    chosen !== null || suspected
      ? checkReason(answer.reasoning, `${what}: a word on duplicates`)
      : answer.reasoning;
  const closes = chosen !== null && chosen.how !== "link";
  const other = chosen === null ? null : findNumbered(step, workstream, chosen.number);
  if (other !== null) checkThere(workstream, other);
  if (closes && other !== null) checkTakeover(step, workstream, other);
  resolveBy(step, decision, answer, by);
  sign(step, open, decision, { outcome: closes ? "rejected" : "approved", by, reason, returnsTo: null });
  if (chosen !== null && other !== null)
    link(step, { workstream: workstream.id, other: other.id }, { by, reason, how: chosen.how });
  if (!closes || other === null) {
    complete(step, open);
    return;
  }
  close(step, workstream, other, { by, reason, how: chosen.how === "merge" ? "merged" : "duplicate" });
}

/** What is gone does no work, and nothing goes on beside it. */
function checkThere({ name }: Workstream, { number, name: its, intent, closed }: Workstream): void {
  if (intent !== "cancelled") return;
  const how = closed === null ? "was cancelled" : "was closed itself";
  refuse("workstream-ended", `#${number} ${its} ${how}: it cannot stand for ${name}, or beside it`, [
    `what is open: osqr inbox`,
  ]);
}

/** The other one may not wait for the one that is closed. */
function checkTakeover(step: Step, { id, name }: Workstream, other: Workstream): void {
  const its = `#${other.number} ${other.name}`;
  if (!waitsFor(step.state, other, id)) return;
  refuse("circle", `${its} waits for ${name}, so it cannot stand for it`, [
    `let both go on: distinct, or link-${other.number}`,
  ]);
}

/** True where something of `from` waits, directly or through others, for something of `to`. */
function waitsFor(state: State, from: Workstream, to: WorkstreamId): boolean {
  const seen = new Set([from.id]);
  for (const id of seen) {
    const workstream = state.workstreams.get(id);
    const requires = (workstream?.tasks ?? []).flatMap((task) => needTask(state, task).requires);
    const on = requires
      .map(parseRequirement)
      .flatMap((each) => (each !== null && "workstream" in each ? each.workstream : []));
    for (const each of [...on, ...(workstream?.stacksOn ?? [])]) seen.add(each);
  }
  return seen.has(to);
}

function findNumbered(step: Step, { project }: Workstream, number: number): Workstream {
  for (const id of knownProject(step, project).workstreams) {
    const workstream = needWorkstream(step.state, id);
    if (workstream.number === number) return workstream;
  }
  refuse("unknown-workstream", `no workstream #${number}`);
}

const LINKS = { merge: "merged", close: "duplicate", link: "related" } as const;

function link(
  step: Step,
  pair: { workstream: WorkstreamId; other: WorkstreamId },
  { by, reason, how }: { by: string; reason: string; how: keyof typeof LINKS },
): void {
  step.emit({ kind: "workstreams_linked", ...pair, how: LINKS[how], by, reason });
}

/** Its work is done elsewhere: who waited for it waits for the other one. */
function close(
  step: Step,
  { id }: Workstream,
  into: Workstream,
  { by, reason, how }: { by: string; reason: string; how: "merged" | "duplicate" },
): void {
  step.emit({ kind: "workstream_closed", workstream: id, how, into: into.id, by, reason });
  const closed = needWorkstream(step.state, id);
  endWorkstream(step, {
    workstream: id,
    by,
    reason: `${how === "merged" ? "merged into" : "a duplicate of"} ${into.name}: ${reason}`,
  });
  redirectWork(step, closed, into.id);
}
