import type { Command } from "../../../src/core/model/command.ts";
import type { State } from "../../../src/core/model/state.ts";
import { isLanded } from "../../../src/core/status.ts";
import type { Random } from "../random.ts";
import { isOpenAttempt } from "../rules/claims.ts";
import { checkRest } from "../rules/rest.ts";
import { PROJECT } from "../world.ts";
import { finishMerge } from "./commands.ts";
import type { CoreRun } from "./run.ts";

const COMMIT = "d".repeat(40);
const STEPS_MAX = 3_000;

/**
 * From here on everything succeeds and the operator answers: every workstream must come to its end, or stand behind one
 * that a refusal or a missing executor blocks. Returns what is broken.
 */
export function drain(run: CoreRun, random: Random, start: number): string[] {
  let now = start;
  const include = [...run.state.workstreams.keys()];
  const rest = { approve: [], approveAll: false, planningMs: 0, maxParallel: 9, by: "user" };
  const problems = run.send({ kind: "go", project: PROJECT, include, ...rest }, now);
  for (let step = 0; step < STEPS_MAX && problems.length === 0; step += 1) {
    now += 1_000;
    const before = run.state.seq;
    problems.push(...run.send({ kind: "schedule", slots: 100 }, now));
    const command = nextEffect(run.state);
    if (command !== null) {
      problems.push(...run.send(command, now));
      if (run.state.seq === before) return [...problems, `${JSON.stringify(command)} changes nothing`];
      continue;
    }
    if (run.state.seq > before) continue;
    problems.push(...checkRest(run.state, PROJECT));
    const answer = nextAnswer(run.state, random);
    if (answer === null) return [...problems, ...checkEnd(run.state)];
    problems.push(...run.send(answer, now));
    if (run.state.seq === before) return [...problems, `${JSON.stringify(answer)} changes nothing`];
  }
  return problems.length > 0 ? problems : [`no end after ${STEPS_MAX} steps`];
}

/** What an engine would report next. Null: nothing is under way. */
function nextEffect(state: State): Command | null {
  for (const attempt of state.attempts.values()) {
    const { id, fence, state: now } = attempt;
    if (isOpenAttempt(attempt) && state.workstreams.get(attempt.workstream)?.intent !== "run") {
      const rest = { outcome: "cancelled", reason: "stopped", tail: [], workMs: 1, salvage: null } as const;
      return { kind: "attempt_failed", attempt: id, fence, ...rest };
    }
    if (now.kind === "claimed") return { kind: "attempt_started", attempt: id, fence, sandbox: "process" };
    if (now.kind === "running") {
      const rest = { commit: COMMIT, files: [], added: 1, deleted: 0, workMs: 10, warnings: [] };
      return { kind: "attempt_succeeded", attempt: id, fence, ...rest };
    }
    if (now.kind === "waiting" && state.decisions.get(now.decision)?.state.kind === "resolved")
      return { kind: "attempt_answered", attempt: id, fence };
    if (state.joining.has(id))
      return { kind: "task_joined", attempt: id, fence, tip: COMMIT, handoff: null, artifacts: [] };
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

/** What the operator does where nothing moves any more. Null: nothing is left to answer. */
function nextAnswer(state: State, random: Random): Command | null {
  for (const { id, intent } of state.workstreams.values()) {
    if (intent === "paused")
      return { kind: "set_intent", workstream: id, intent: "run", by: "user", reason: "go on" };
  }
  const open = [...state.open.keys()].flatMap((id) => state.decisions.get(id) ?? []);
  if (open.length === 0) return null;
  const { id, options } = random.pick(open);
  // Not for ever: a redo or a retry may come round again.
  const final = options.filter((each) => each.id !== "redo" && each.id !== "retry");
  const option = random.pick(final.length > 0 && random.chance(0.7) ? final : options).id;
  return { kind: "resolve", decision: id, option, by: "user", reasoning: "go on" };
}

/** Every workstream has ended, or a chain of reasons leads to one that is blocked. */
function checkEnd(state: State): string[] {
  const isStuck = [...state.workstreams.values()].some(({ counts, integration }) =>
    [counts.blocked > 0, integration.kind === "waiting"].includes(true),
  );
  if (isStuck) return [];
  return [...state.workstreams.values()]
    .filter((each) => !isLanded(each) && each.intent !== "cancelled")
    .map(({ id, integration }) => `${id} has not ended (${integration.kind}), and nothing is blocked`);
}
