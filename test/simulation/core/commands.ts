import type { Budget } from "../../../src/core/model/budget.ts";
import type { Command } from "../../../src/core/model/command.ts";
import { toDecisionId, toTaskId, toWorkstreamId } from "../../../src/core/model/ids.ts";
import type { State } from "../../../src/core/model/state.ts";
import { NO_RANKS, option, PROJECT, question, registration } from "../../support/core-builders.ts";
import type { Random } from "../random.ts";
import type { World } from "../world.ts";
import { anyWorkstream, COMMIT, claim, type Draw, inQueue, type Maker } from "./draw.ts";
import { answer, FLOW } from "./flow-commands.ts";
import { finishMerge, nextOfAttempt, succeedAs } from "./next.ts";

const WEIGHTED: readonly (readonly [number, Maker])[] = [
  [24, ({ random }) => ({ kind: "schedule", slots: random.between(0, 6) })],
  [14, (draw) => ({ kind: "attempt_started", ...claim(draw, ["claimed"]), sandbox: "process" })],
  [4, tellUsage],
  [2, reserveMore],
  [12, succeed],
  [10, join],
  [6, fail],
  [5, ask],
  [3, (draw) => ({ kind: "attempt_answered", ...claim(draw, ["waiting"]) })],
  [1, (draw) => ({ kind: "attempt_progressed", ...claim(draw, ["running"]), text: "on it" })],
  [
    2,
    (draw) => ({ kind: "join_conflicted", ...claim(draw, ["completed"]), paths: ["x"], cause: "conflict" }),
  ],
  [1, (draw) => ({ kind: "join_failed", ...claim(draw, ["completed"]), reason: "disk full", workMs: 1 })],
  [3, () => ({ kind: "tick" })],
  [5, (draw) => ({ kind: "integration_started", workstream: inQueue(draw), onto: COMMIT })],
  [3, (draw) => ({ kind: "gates_run", workstream: inQueue(draw), tree: COMMIT, reports: [], ms: 5 })],
  [4, (draw) => ({ kind: "landing_intended", workstream: inQueue(draw), from: COMMIT, to: COMMIT })],
  [5, land],
  [4, stop],
  ...FLOW,
  [3, (draw) => ({ kind: "reverted", workstream: inQueue(draw), commit: COMMIT, held: null })],
  [4, intend],
  [1, (draw) => ({ kind: "prioritize", workstream: anyWorkstream(draw), by: "user" })],
  [2, reroute],
  [1, (draw) => ({ kind: "remove", workstream: anyWorkstream(draw), by: "user", reason: "not needed" })],
  [1, edit],
  [1, ({ random }) => approveContent(random)],
  [3, go],
  [2, register],
  [2, startAnew],
  [1, reopen],
  [1, () => ({ kind: "base_followed", project: PROJECT, commit: COMMIT })],
];

const TOTAL = WEIGHTED.reduce((sum, [weight]) => sum + weight, 0);

/** A random request or result: mostly one that fits the state, sometimes an old, doubled or senseless one. */
export function makeCommand(random: Random, state: State, world: World): Command {
  if (random.chance(0.5)) return makeNextStep({ random, state, world });
  let left = random.between(1, TOTAL);
  for (const [weight, make] of WEIGHTED) {
    left -= weight;
    if (left <= 0) return make({ random, state, world });
  }
  return { kind: "tick" };
}

/** What an engine without failures would do now. */
function makeNextStep(draw: Draw): Command {
  const { random, state } = draw;
  const steps: Command[] = [];
  for (const attempt of state.attempts.values()) {
    const next = nextOfAttempt(state, attempt, random);
    if (next !== null) steps.push(next);
  }
  for (const id of state.open.keys()) if (random.chance(0.2)) steps.push(answer(draw, id));
  for (const workstream of state.mergeQueue.values()) {
    const kind = state.workstreams.get(workstream)?.integration.kind;
    if (random.chance(0.05)) steps.push(stop(draw));
    else if (kind === "queued") steps.push({ kind: "integration_started", workstream, onto: COMMIT });
    else if (kind === "running")
      steps.push({ kind: "landing_intended", workstream, from: COMMIT, to: COMMIT });
    else steps.push(finishMerge(state, workstream));
  }
  return steps.length > 0 && random.chance(0.8) ? random.pick(steps) : { kind: "schedule", slots: 4 };
}

function reroute({ random, state }: Draw): Command {
  const tasks = [...state.tasks.keys()];
  const task = tasks.length === 0 ? toTaskId("none", "T1") : random.pick(tasks);
  const to = { executor: random.pick(["claude", "codex", "command"]), model: random.pick([null, "opus"]) };
  return { kind: "reroute_task", task, to, reason: "as asked" };
}

/** What agents say, also those that have ended; sometimes of one measure only, and sometimes nothing that can be. */
function tellUsage(draw: Draw): Command {
  const { random } = draw;
  const some = (): number | null => (random.chance(0.7) ? random.between(0, 900) : null);
  const input = random.chance(0.02) ? -1 : some();
  const usage = {
    inputTokens: input,
    cachedTokens: null,
    outputTokens: some(),
    microUsd: some(),
    model: null,
  };
  return { kind: "attempt_used", ...claim(draw, ["running", "waiting"]), usage };
}

function reserveMore(draw: Draw): Command {
  const more = { tokens: draw.random.between(0, 500), microUsd: draw.random.between(0, 500) };
  return { kind: "reserve_more", ...claim(draw, ["running"]), more };
}

/** In every other world; now and then another one, which takes back what decisions gave. */
function giveBudget(random: Random, { project }: World): { readonly budget?: Budget } {
  if (project.maxParallel % 2 !== 0) return {};
  const most = random.pick([3_000, 3_000, 3_000, 0]);
  const limit = { tokens: most, microUsd: null };
  const task = { tokens: null, microUsd: 2_500 };
  return { budget: { run: limit, workstream: { tokens: 2_500, microUsd: 2_500 }, task, toolCalls: 10 } };
}

function succeed(draw: Draw): Command {
  const asked = claim(draw, ["running", "waiting"]);
  const attempt = draw.state.attempts.get(asked.attempt);
  const rest = { commit: COMMIT, files: [], added: 1, deleted: 0, workMs: 10, warnings: [] };
  const command = { kind: "attempt_succeeded", ...asked, ...rest } as const;
  return attempt === undefined ? command : { ...succeedAs(draw.state, attempt), ...asked };
}

function join(draw: Draw): Command {
  const artifacts = draw.random.chance(0.5) ? [`out-${draw.random.pick(draw.world.ids)}.txt`] : [];
  return { kind: "task_joined", ...claim(draw, ["completed"]), tip: COMMIT, handoff: null, artifacts };
}

function fail(draw: Draw): Command {
  const outcome = draw.random.pick(["failed", "failed", "cancelled", "lost", "lost"] as const);
  const rest = { outcome, reason: `it ${outcome}`, tail: ["line"], workMs: 5, salvage: null };
  return { kind: "attempt_failed", ...claim(draw, ["claimed", "running", "waiting"]), ...rest };
}

function ask(draw: Draw): Command {
  const key = draw.random.pick(["q1", "q2", "q4", "q5"]);
  const minutes = draw.random.chance(0.5) ? draw.random.between(1, 20) : null;
  const asked = question(key, { autoResolveMinutes: minutes, options: [option("a"), option("b")] });
  return { kind: "attempt_asked", ...claim(draw, ["running", "waiting"]), question: asked };
}

function land(draw: Draw): Command {
  const commit = draw.random.chance(0.9) ? COMMIT : null;
  const held = draw.random.chance(0.1) ? "local changes" : null;
  return { kind: "landed", workstream: inQueue(draw), commit, held };
}

function stop(draw: Draw): Command {
  const cause = draw.random.pick(["conflict", "conflict", "gates", "error", "approval"] as const);
  const hashes = cause === "approval" ? [draw.random.pick(["q1", "g1"])] : [];
  const rest = { cause, reason: `${cause}!`, context: "", hashes };
  return { kind: "integration_stopped", workstream: inQueue(draw), ...rest };
}

function intend(draw: Draw): Command {
  const intent = draw.random.pick(["paused", "run", "run", "run", "cancelled"] as const);
  return { kind: "set_intent", workstream: anyWorkstream(draw), intent, by: "user", reason: "because" };
}

function edit(draw: Draw): Command {
  const { random } = draw;
  const changes = random.chance(0.5)
    ? { priority: random.pick(["critical", "low"] as const) }
    : { position: random.between(1, 9) };
  return { kind: "edit", workstream: anyWorkstream(draw), changes, by: "user", reason: "" };
}

function approveContent(random: Random): Command {
  const hashes = [random.pick(["q1", "q2", "g1"])];
  return { kind: "approve_content", project: PROJECT, hashes, by: "user", reason: "seen" };
}

function go({ random, state, world }: Draw): Command {
  const known = world.ids.filter((id) => state.workstreams.has(id));
  const include = known.filter(() => random.chance(0.8));
  const rest = { approve: [], approveAll: random.chance(0.2), planningMs: 3, maxParallel: 4, by: "user" };
  return { kind: "go", project: PROJECT, include, ...rest, ...giveBudget(random, world) };
}

/** The next group that is not known yet; else one of them again, which is refused. */
function register({ random, state, world }: Draw): Command {
  const isNew = ({ registrations }: World["groups"][number]): boolean =>
    registrations.every(({ workstream }) => !state.workstreams.has(workstream.id));
  const group = world.groups.find(isNew) ?? random.pick(world.groups);
  return { kind: "register", project: PROJECT, ...group };
}

/** The spec of something that stopped is built anew, under a new name. */
function startAnew(draw: Draw): Command {
  const { random, state, world } = draw;
  const offers = [...state.open.keys()].filter((id) =>
    state.decisions.get(id)?.options.some((each) => each.id === "anew"),
  );
  const decision = offers.length > 0 ? random.pick(offers) : toDecisionId(1);
  const successor = toWorkstreamId(`${random.pick(world.ids)}-${state.workstreams.size}`);
  const registrations = [registration({ id: successor, tasks: ["T1", "T2"] })];
  const anew = { decision, successor, by: "user", reasoning: "mended" } as const;
  return { kind: "register", project: PROJECT, registrations, ranks: NO_RANKS, anew };
}

function reopen({ random, world }: Draw): Command {
  const policy = random.pick(["fifo", "dependency_first", "user_defined"] as const);
  return { kind: "open_project", project: { ...world.project, policy } };
}
