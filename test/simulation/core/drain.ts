import { PERSON } from "../../../src/core/evolve/reviews.ts";
import type { Command } from "../../../src/core/model/command.ts";
import type { Decision } from "../../../src/core/model/decision.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { Random } from "../random.ts";
import { isOpenAttempt } from "../rules/claims.ts";
import { isOver } from "../rules/flow.ts";
import { checkRest } from "../rules/rest.ts";
import { PROJECT } from "../world.ts";
import { finishMerge, nextOfAttempt } from "./next.ts";
import type { CoreRun } from "./run.ts";

const FEW = { tokens: 2_000, microUsd: 2_000 };
/** Less than most worlds need. */
const LIMITED = { run: FEW, workstream: FEW, task: FEW, toolCalls: 10 };

const COMMIT = "d".repeat(40);
const STEPS_MAX = 3_000;
/** Answers after which nothing is sent back or done again any more. */
const PATIENCE = 60;

/**
 * From here on everything succeeds and the operator answers: every workstream must come to its end, or stand behind one
 * that a refusal or a missing executor blocks. Returns what is broken.
 */
export function drain(run: CoreRun, random: Random, start: number): string[] {
  let now = start;
  const include = [...run.state.workstreams.keys()];
  const rest = { approve: [], approveAll: false, planningMs: 0, maxParallel: 9, by: "user" };
  // The run keeps the budget that it has: what does not fit is asked for.
  const active = run.state.projects.get(PROJECT)?.run ?? null;
  const budget = (active === null ? undefined : run.state.runs.get(active)?.budget) ?? LIMITED;
  const problems = run.send({ kind: "go", project: PROJECT, include, ...rest, budget }, now);
  let answers = 0;
  for (let step = 0; step < STEPS_MAX && problems.length === 0; step += 1) {
    now += 1_000;
    const before = run.state.seq;
    problems.push(...run.send({ kind: "schedule", slots: 100 }, now));
    const command = nextEffect(run.state, random);
    if (command !== null) {
      problems.push(...run.send(command, now));
      if (run.state.seq === before) return [...problems, `${JSON.stringify(command)} changes nothing`];
      continue;
    }
    if (run.state.seq > before) continue;
    problems.push(...checkRest(run.state, PROJECT));
    answers += 1;
    const next = listAnswers(run.state, random, answers < PATIENCE);
    if (next.length === 0) return [...problems, ...checkEnd(run.state)];
    for (const answer of next) if (run.state.seq === before) problems.push(...run.send(answer, now));
    if (run.state.seq === before) return [...problems, `${JSON.stringify(next)} change nothing`];
  }
  return problems.length > 0 ? problems : [`no end after ${STEPS_MAX} steps`];
}

/** What an engine would report next. Null: nothing is under way. */
function nextEffect(state: State, random: Random): Command | null {
  for (const attempt of state.attempts.values()) {
    const { id, fence, state: now, executor } = attempt;
    const { intent } = state.workstreams.get(attempt.workstream) ?? { intent: "run" };
    if (isOpenAttempt(attempt) && intent !== "run" && executor !== PERSON) {
      const rest = { outcome: "cancelled", reason: "stopped", tail: [], workMs: 1, salvage: null } as const;
      return { kind: "attempt_failed", attempt: id, fence, ...rest };
    }
    const next = nextOfAttempt(state, attempt, random);
    if (next !== null) return next;
    const isAnswered = now.kind === "waiting" && state.decisions.get(now.decision)?.state.kind === "resolved";
    if (isAnswered) return { kind: "attempt_answered", attempt: id, fence };
  }
  for (const workstream of state.mergeQueue.values()) {
    const found = state.workstreams.get(workstream);
    if (found?.intent !== "run") continue;
    const { kind } = found.integration;
    if (kind === "queued") return { kind: "integration_started", workstream, onto: COMMIT };
    if (kind === "running") return { kind: "landing_intended", workstream, from: COMMIT, to: COMMIT };
    return finishMerge(state, workstream);
  }
  return null;
}

/** What the operator can do where nothing moves any more. Empty: nothing is left to do. */
function listAnswers(state: State, random: Random, isPatient: boolean): readonly Command[] {
  const paused = [...state.workstreams.values()].filter((each) => each.intent === "paused" && !isOver(each));
  const blockers = [...state.blockers.values()].filter(({ resolvedAt }) => resolvedAt === null);
  const missing = [...state.tasks.values()].flatMap(({ state: now }) =>
    now.kind === "blocked" ? now.by.flatMap((by) => (by.kind === "handoff" ? by.source : [])) : [],
  );
  const open = random.shuffle([...state.open.keys()].flatMap((id) => state.decisions.get(id) ?? []));
  const by = "user";
  const rest = { commit: COMMIT, path: "again.md" };
  return [
    ...paused.map(
      ({ id }): Command => ({ kind: "set_intent", workstream: id, intent: "run", by, reason: "go on" }),
    ),
    ...blockers.map(({ id }): Command => ({ kind: "resolve_blocker", blocker: id, by, resolution: "done" })),
    ...missing.map((task): Command => ({ kind: "handoff_repaired", task, handoff: rest, by })),
    ...open.map(({ id, options }): Command => {
      const option = chooseOption(options, random, isPatient);
      return { kind: "resolve", decision: id, option, by, signer: "dana", reasoning: "go on" };
    }),
  ];
}

/** Not for ever: what is done again may come round again. A new text needs a plan, and a duplicate somebody who is left. */
function chooseOption(options: Decision["options"], random: Random, isPatient: boolean): string {
  const may = options.filter((each) => !/^(?:migrate|merge-.*|link-.*|close-.*)$/.test(each.id));
  const isAgain = (option: string): boolean => /^(?:redo.*|retry|reject.*|stop)$/.test(option);
  const final = may.filter((each) => !isAgain(each.id));
  const isFinal = final.length > 0 && (!isPatient || random.chance(0.7));
  return random.pick(isFinal ? final : may).id;
}

/** Every workstream has ended, or a chain of reasons leads to one that is blocked. */
function checkEnd(state: State): string[] {
  const isStuck = [...state.workstreams.values()].some(({ counts, integration }) =>
    [counts.blocked > 0, integration.kind === "waiting"].includes(true),
  );
  if (isStuck) return [];
  return [...state.workstreams.values()]
    .filter((each) => !isOver(each))
    .map(({ id, integration }) => `${id} has not ended (${integration.kind}), and nothing is blocked`);
}
