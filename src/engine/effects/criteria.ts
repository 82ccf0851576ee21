/** What osqr itself looks at before an attempt starts and before its result counts (FR-001). */
import { contentQuestion } from "../../core/decide/questions.ts";
import type { CriteriaSide } from "../../core/model/flow.ts";
import type { Oid } from "../../core/model/ids.ts";
import type { Criterion } from "../../core/model/workflow.ts";
import { countOf } from "../../core/plural.ts";
import type { CriteriaCheck } from "../ports.ts";
import { collectAnswers } from "./briefing.ts";
import { answerAsks } from "./follow.ts";
import { sayMemory } from "./memory.ts";
import { isOpen, type Running } from "./running.ts";

/** How often the operator is asked about commands that turn up anew: each time the same commands are asked about once. */
const APPROVALS_MAX = 3;
/** The one question that a look at criteria has open. */
const ASK = "criteria";

interface Look {
  readonly side: CriteriaSide;
  /** What is looked at. */
  readonly commit: Oid;
  /** Work that went into it, ms. */
  readonly workMs: number;
  /** Keeps the work where it does not hold, and says where; null: there is none. */
  keep(): Promise<string | null>;
}

/** `ended`: something does not hold, or nobody waits for it any more. `stopped`: the attempt must end before it was known. */
export type Looked = "met" | "ended" | "stopped";

/** Looks at all criteria of a side but those that only a person can confirm, and records what was found. */
export async function holds(running: Running, look: Look): Promise<Looked> {
  const { context, launch, project } = running;
  const task = context.find(launch.task)?.task;
  const criteria = (task?.[look.side] ?? []).filter(({ check }) => check.kind !== "tick");
  if (criteria.length === 0) return "met";
  const check = await checkAll(running, look, criteria);
  if (check === null) return "stopped";
  const { side, workMs } = look;
  const { attempt, fence } = launch;
  const { results, tail, unapproved } = check;
  const isMissed = results.some(({ met }) => !met);
  const salvage = isMissed ? await look.keep() : null;
  const hashes = unapproved.map(({ hash }) => hash);
  const context_ = unapproved.map(({ text, source }) => `${source}: ${text}`).join("\n");
  const asks = hashes.length === 0 ? {} : { unapproved: { hashes, context: context_ } };
  const refused = check.isRefused === true ? ({ isRefused: true } as const) : {};
  const rest = {
    side,
    results,
    tail,
    workMs,
    salvage,
    rounds: project.roundsMax(),
    ...sayMemory(running.live),
    ...asks,
    ...refused,
  };
  const decided = await context.engine.submitResult({ kind: "criteria_checked", attempt, fence, ...rest });
  return decided.ok && isOpen(running) ? "met" : "ended";
}

/** Null: it was stopped. Commands that nobody has approved are asked about here where there is work that would be lost. */
async function checkAll(
  running: Running,
  look: Look,
  criteria: readonly Criterion[],
): Promise<(CriteriaCheck & { readonly isRefused?: true }) | null> {
  for (let asked = 0; ; asked += 1) {
    const check = await checkOnce(running, look, criteria);
    if (check === null || check.unapproved.length === 0 || look.side === "entry") return check;
    const answer = asked < APPROVALS_MAX ? await askForApproval(running, check) : "reject";
    if (answer === null) return null;
    if (answer === "approve") continue;
    const detail = `not approved to run: ${check.unapproved.map(({ source }) => source).join(", ")}`;
    const results = criteria.map(({ key }) => ({ key, met: false, detail }));
    return { results, tail: [], unapproved: [], isRefused: true };
  }
}

async function checkOnce(
  { context, project, launch, live, task, workstream }: Running,
  { side, commit }: Look,
  criteria: readonly Criterion[],
): Promise<CriteriaCheck | null> {
  const { git } = project;
  const base = await git.effectiveBase(context.projectState(workstream.project).base);
  const { signal } = live.abort;
  try {
    const check = await project.checkCriteria({
      label: `${launch.attempt}-${side}`,
      attempt: launch.attempt,
      task: task.id,
      commit,
      base: (await git.mergeBase(commit, base)) ?? base,
      criteria,
      answers: collectAnswers(context, workstream),
      timeoutMs: task.timeoutMs,
      isApproved: context.isApproved(workstream.project, workstream.run),
      signal,
    });
    return signal.aborted ? null : check;
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

/** The chosen option; null: it was stopped before there was one. The attempt holds no slot meanwhile. */
async function askForApproval(
  { context, launch, live, workstream }: Running,
  { unapproved }: CriteriaCheck,
): Promise<string | null> {
  const { attempt, fence } = launch;
  const many = countOf(unapproved.length, "command");
  const verb =
    unapproved.length === 1 ? "is new or has changed: run it?" : "are new or have changed: run them?";
  const question = contentQuestion(
    unapproved.map(({ hash }) => hash),
    `${many} of the criteria ${verb}`,
    unapproved.map(({ text, source }) => `${source}: ${text}`).join("\n"),
  );
  if (!(await context.engine.submitResult({ kind: "attempt_asked", attempt, fence, question })).ok)
    return null;
  const decision = context.state.byContent.get(`${workstream.project}/${question.contentKey}`);
  if (decision === undefined) return null;
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const stop = (): void => resolve(null);
  live.abort.signal.addEventListener("abort", stop, { once: true });
  const take = async (option: string): Promise<boolean> => {
    resolve(option);
    return true;
  };
  live.asks.set(ASK, { decision, question, answer: take });
  if (live.abort.signal.aborted) stop();
  await answerAsks(context, decision);
  const answer = await promise;
  live.abort.signal.removeEventListener("abort", stop);
  live.asks.delete(ASK);
  return answer;
}
