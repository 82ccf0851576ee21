/** Random commands of accountable flow. */
import { OsqrError } from "../../../src/core/errors.ts";
import { planRollback } from "../../../src/core/migration/rollback.ts";
import type { Command } from "../../../src/core/model/command.ts";
import type { TaskMapping } from "../../../src/core/model/flow.ts";
import {
  type BlockerId,
  type DecisionId,
  type TaskId,
  toBlockerId,
  toDecisionId,
  toMigrationId,
  toTaskId,
  type WorkstreamId,
} from "../../../src/core/model/ids.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { WorkflowDefinition } from "../../../src/core/model/workflow.ts";
import { mapTasks } from "../../../src/core/plan/mapping.ts";
import { PROJECT } from "../../support/core-builders.ts";
import type { Random } from "../random.ts";
import { editSpec, hashText, pathOf, readSpec, writeSpec } from "../specs.ts";
import { expand, type Own, PEOPLE, takeText } from "../workflows.ts";
import { anyWorkstream, COMMIT, claim, type Draw, type Maker } from "./draw.ts";
import { checkOf } from "./next.ts";

/** How often each is drawn beside the others. */
export const FLOW: readonly (readonly [number, Maker])[] = [
  [9, resolve],
  [6, revert],
  [6, checkCriteria],
  [4, declare],
  [4, settleBlocker],
  [1, handOver],
  [6, migrate],
  [3, changeSpec],
  [2, missHandoff],
  [3, collect],
  [2, repair],
  [1, recordWorkflow],
];

function revert(draw: Draw): Command {
  const { random, state } = draw;
  const landed = [...state.workstreams.values()].filter(({ integration }) => integration.kind === "landed");
  const workstream = landed.length > 0 && random.chance(0.9) ? random.pick(landed).id : anyWorkstream(draw);
  const to = random.chance(0.5)
    ? null
    : random.pick(["tasks", "tasks", "T1", "analyze", "report", "nowhere"]);
  return { kind: "revert", workstream, to, by: "dana", reason: random.chance(0.97) ? "it broke" : " " };
}

/** Mostly met; sometimes of the wrong side, of criteria that nobody has, or not approved. */
function checkCriteria(draw: Draw): Command {
  const { random, state } = draw;
  const asked = claim(draw, ["claimed", "running"]);
  const attempt = state.attempts.get(asked.attempt);
  const expected = attempt?.state.kind === "claimed" ? "entry" : "exit";
  const side = random.chance(0.9) ? expected : random.pick(["entry", "exit"] as const);
  const all = state.tasks.get(attempt?.task ?? ("" as never))?.[side] ?? [];
  const criteria = random.chance(0.9) ? all.filter(({ check }) => check.kind !== "tick") : all.slice(1);
  const command = checkOf(asked, side, criteria, () => random.chance(0.8));
  if (!random.chance(0.1) || command.kind !== "criteria_checked") return command;
  return { ...command, results: [], unapproved: { hashes: [random.pick(["q1", "c1"])], context: "make" } };
}

function resolve(draw: Draw): Command {
  const { random, state } = draw;
  const open = [...state.open.keys()];
  const all = [...state.decisions.keys()];
  const from = open.length > 0 && random.chance(0.9) ? open : all;
  return answer(draw, from.length > 0 ? random.pick(from) : toDecisionId(1));
}

/** Any answer: mostly with a name, sometimes of somebody who may not sign, and back to anywhere. */
export function answer({ random, state }: Draw, id: DecisionId): Command {
  const options = state.decisions.get(id)?.options ?? [];
  const chosen = options.length > 0 && random.chance(0.98) ? random.pick(options).id : "nonsense";
  const by = random.pick(["user", "user", "osqr"] as const);
  const signer = random.chance(0.9) ? { signer: random.pick([...PEOPLE, "dana", "dana"]) } : {};
  const to = chosen.startsWith("reject") && random.chance(0.3) ? { to: random.pick(PLACES) } : {};
  const reasoning = random.chance(0.95) ? "why not" : "";
  return { kind: "resolve", decision: id, option: chosen, by, ...signer, ...to, reasoning };
}

/** Steps and tasks that work is sent back to. */
const PLACES = ["tasks", "T1", "T2", "analyze", "polish", "nowhere"] as const;

const anyTask = ({ random, state }: Draw): TaskId => {
  const all = [...state.tasks.keys()];
  return all.length === 0 || random.chance(0.02) ? toTaskId("w0", "T9") : random.pick(all);
};

const TYPES = ["external", "technical", "resource", "requirement", "people"] as const;

function declare(draw: Draw): Command {
  const { random, state } = draw;
  const task = random.chance(0.5) ? anyTask(draw) : null;
  const own = task === null ? undefined : state.tasks.get(task)?.workstream;
  const workstream = own ?? anyWorkstream(draw);
  const [owner, reason] = [random.chance(0.95) ? "kim" : " ", random.chance(0.95) ? "no access" : ""];
  return { kind: "declare_blocker", workstream, task, type: random.pick(TYPES), owner, reason, by: "dana" };
}

/** Mostly one that is open. */
function anyBlocker({ random, state }: Draw): BlockerId {
  const all = [...state.blockers.values()];
  const open = all.filter(({ resolvedAt }) => resolvedAt === null);
  const from = open.length > 0 && random.chance(0.95) ? open : all;
  return from.length === 0 ? toBlockerId(1) : random.pick(from).id;
}

function settleBlocker(draw: Draw): Command {
  const blocker = anyBlocker(draw);
  if (draw.random.chance(0.7)) return { kind: "resolve_blocker", blocker, by: "kim", resolution: "done" };
  return { kind: "transfer_blocker", blocker, to: draw.random.pick(PEOPLE), by: "kim", reason: "away" };
}

function handOver(draw: Draw): Command {
  const task = draw.random.chance(0.5) ? anyTask(draw) : null;
  const own = task === null ? undefined : draw.state.tasks.get(task)?.workstream;
  const to = draw.random.pick(PEOPLE);
  return {
    kind: "transfer_ownership",
    workstream: own ?? anyWorkstream(draw),
    task,
    to,
    by: "dana",
    reason: "away",
  };
}

function missHandoff(draw: Draw): Command {
  const rest = { source: anyTask(draw), message: "it is no JSON" };
  return { kind: "handoff_missing", ...claim(draw, ["claimed"]), ...rest };
}

function collect(draw: Draw): Command {
  const { random, state } = draw;
  const open = [...state.uncollected.keys()].filter(() => random.chance(0.8));
  const paths = open.map((id) =>
    random.chance(0.95) ? (state.tasks.get(id)?.handoff?.path ?? "") : "old.md",
  );
  const tasks = random.chance(0.95) ? open : [...open, anyTask(draw)];
  return { kind: "handoffs_collected", project: PROJECT, commit: COMMIT, tasks, paths };
}

function repair(draw: Draw): Command {
  const handoff = { commit: draw.random.chance(0.9) ? COMMIT : null, path: "made-again.md" };
  const blocked = [...draw.state.tasks.values()].flatMap(({ state }) =>
    state.kind === "blocked" ? state.by.flatMap((by) => (by.kind === "handoff" ? [by.source] : [])) : [],
  );
  const task = blocked.length > 0 && draw.random.chance(0.9) ? draw.random.pick(blocked) : anyTask(draw);
  return { kind: "handoff_repaired", task, handoff, by: "dana" };
}

function recordWorkflow({ random, world }: Draw): Command {
  const found = random.pick(world.definitions);
  const workflow = random.chance(0.9) ? found : { ...found, hash: "0".repeat(64) };
  return { kind: "record_workflow", project: PROJECT, workflow, commit: null };
}

/** The newer text of its spec that a workstream is asked about, and the tasks that it makes. */
interface Change {
  readonly own: Own;
  readonly text: string;
}

/** Few texts for each spec, so that one comes again. */
function changeText(own: Own, random: Random): Change {
  const before = writeSpec(own.id, own.tasks);
  const text = editSpec(random, before, String(random.between(1, 2)));
  const spec = readSpec(pathOf(own.id), text);
  return { own: spec === null ? own : takeText(own, spec), text };
}

function changeSpec(draw: Draw): Command {
  const { random, world } = draw;
  const workstream = anyWorkstream(draw);
  const own = world.own.get(workstream);
  const text = own === undefined ? "" : changeText(own, random).text;
  const isBack = own !== undefined && random.chance(0.2);
  const hash = hashText(isBack ? writeSpec(own.id, own.tasks) : text);
  const summary = random.chance(0.9) ? ["1 task", "~ T1"] : [];
  return { kind: "spec_changed", workstream, hash, commit: COMMIT, summary };
}

/** To another workflow, to another text, or back. */
function migrate(draw: Draw): Command {
  const { random, state, world } = draw;
  if (random.chance(0.3)) return rollBack(draw);
  const workstream = anyWorkstream(draw);
  const own = world.own.get(workstream);
  const isText = random.chance(0.3);
  const change = own !== undefined && isText ? changeText(own, random) : null;
  const made = planMigration(state, change?.own ?? own ?? emptyOwn(workstream), {
    definition: random.pick(world.definitions),
    text: change?.text ?? null,
  });
  const asked = [...state.open.keys()].find((id) => {
    const subject = state.decisions.get(id)?.subject;
    return subject?.kind === "scope" && subject.workstream === workstream;
  });
  const answers = asked === undefined || !isText ? {} : { answers: { decision: asked, reasoning: "newer" } };
  return { ...made, ...answers, mapping: shakeMapping(random, made.mapping) };
}

const emptyOwn = (id: WorkstreamId): Own => ({ id, tasks: [], before: [], candidates: [], questions: [] });

/** The command of a migration as the planner makes it: equal keys and titles go on. */
export function planMigration(
  state: State,
  own: Own,
  { definition, text }: { readonly definition: WorkflowDefinition; readonly text: string | null },
): Extract<Command, { kind: "migrate" }> {
  const { id, questions } = own;
  const workstream = state.workstreams.get(id);
  const old = (workstream?.tasks ?? []).flatMap((task) => state.tasks.get(task) ?? []);
  const { tasks, steps, phases } = expand(own, definition);
  const next = tasks.map(({ key, title, step = "tasks" }) => ({ key, title, step }));
  const { name, version } = definition;
  const known = workstream?.spec ?? { path: pathOf(id), hash: "", commit: COMMIT, format: "markdown" };
  return {
    kind: "migrate",
    workstream: id,
    workflow: { name, version },
    spec: text === null ? known : { ...known, hash: hashText(text) },
    title: workstream?.title ?? id,
    declared: { touches: [], gates: null },
    tasks,
    steps,
    phases,
    mapping: mapTasks(old, next, []).mapping,
    questions,
    ranks: null,
    by: "dana",
    reason: "the team works otherwise now",
    rollsBack: null,
  };
}

/** Mostly as it is, else with something dropped, redone, or senseless. */
function shakeMapping(random: Random, mapping: readonly TaskMapping[]): readonly TaskMapping[] {
  return mapping.flatMap((each): TaskMapping[] => {
    if (random.chance(0.9)) return [each];
    if (random.chance(0.5)) return [{ from: each.from, to: null }];
    if (random.chance(0.6)) return [{ ...each, redo: true }];
    return random.chance(0.5) ? [] : [{ from: each.from, to: "T1" }];
  });
}

function rollBack(draw: Draw): Command {
  const { random, state } = draw;
  const all = [...state.migrations.keys()];
  const id = all.length === 0 || random.chance(0.02) ? toMigrationId(99) : random.pick(all);
  try {
    return { ...planRollback(state, id), by: "dana", reason: "it was better before" };
  } catch (error) {
    if (!(error instanceof OsqrError)) throw error;
    return {
      ...planMigration(state, emptyOwn(anyWorkstream(draw)), {
        definition: draw.world.definitions[0] as WorkflowDefinition,
        text: null,
      }),
      rollsBack: id,
    };
  }
}
