/** What people do about the flow of work: they sign, declare, take out, change workflows and texts, and lose handoffs. */
import { OsqrError } from "../../../src/core/errors.ts";
import { planRollback } from "../../../src/core/migration/rollback.ts";
import type { Command } from "../../../src/core/model/command.ts";
import type { BlockerId, DecisionId, WorkstreamId } from "../../../src/core/model/ids.ts";
import type { State } from "../../../src/core/model/state.ts";
import { HANDOFFS_REF } from "../../../src/engine/effects/refs.ts";
import { readChange } from "../../../src/engine/effects/spec-check.ts";
import { PROJECT } from "../../support/core-builders.ts";
import { planMigration } from "../core/flow-commands.ts";
import type { Random } from "../random.ts";
import { editSpec, hashText, readSpec } from "../specs.ts";
import { PEOPLE, takeText } from "../workflows.ts";
import type { World } from "../world.ts";
import { BASE } from "./git.ts";
import type { Machine } from "./machine.ts";

/** What the machine's people need. */
export interface Team {
  readonly machine: Machine;
  readonly random: Random;
  readonly world: World;
  submit(command: Command): Promise<boolean>;
  /** Commits to the base as anybody does. */
  commit(path: string, content: string): void;
}

type Act = (team: Team, state: State) => Promise<void>;

const ACTS: readonly (readonly [number, Act])[] = [
  [4, revert],
  [3, declare],
  [4, resolveBlocker],
  [1, handOver],
  [3, migrate],
  [1, rollBack],
  [2, changeSpec],
  [2, noticeChanges],
  [1, loseHandoff],
  [1, repair],
  [1, recordWorkflows],
];

const TOTAL = ACTS.reduce((sum, [weight]) => sum + weight, 0);

/** One of them, by chance. */
export async function actOnFlow(team: Team): Promise<void> {
  const state = team.machine.daemon?.engine.state;
  if (state === undefined) return;
  let left = team.random.between(1, TOTAL);
  for (const [weight, act] of ACTS) {
    left -= weight;
    if (left <= 0) {
      await act(team, state);
      return;
    }
  }
}

/** An answer with a name; a rejection may name where the work goes. */
export function answerAs(random: Random, state: State, id: DecisionId): Command | null {
  const decision = state.decisions.get(id);
  if (decision === undefined || decision.options.length === 0) return null;
  const option = random.pick(decision.options).id;
  const isReturn = decision.subject.kind === "review" && option.startsWith("reject");
  const to = isReturn && random.chance(0.2) ? { to: random.pick(["tasks", "T1", "analyze"]) } : {};
  const signer = random.chance(0.9) ? "dana" : random.pick(PEOPLE);
  return { kind: "resolve", decision: id, option, by: "user", signer, ...to, reasoning: "so be it" };
}

async function revert({ machine, random, submit }: Team, state: State): Promise<void> {
  const landed = [...state.workstreams.values()].filter(({ integration }) => integration.kind === "landed");
  if (landed.length === 0) return;
  const { id: workstream } = random.pick(landed);
  const to = random.pick([null, null, "tasks", "T1", "analyze"]);
  if (await submit({ kind: "revert", workstream, to, by: "dana", reason: "it broke" }))
    machine.counters.count("reverted after it landed");
}

async function declare({ machine, random, world, submit }: Team, state: State): Promise<void> {
  const workstream = random.pick(world.ids);
  const tasks = state.workstreams.get(workstream)?.tasks ?? [];
  const task = tasks.length > 0 && random.chance(0.5) ? random.pick(tasks) : null;
  const why = { type: "external", owner: "kim", reason: "no access", by: "dana" } as const;
  if (await submit({ kind: "declare_blocker", workstream, task, ...why }))
    machine.counters.count("blocker declared");
}

const listOpen = (state: State): BlockerId[] =>
  [...state.blockers.values()].filter(({ resolvedAt }) => resolvedAt === null).map(({ id }) => id);

async function resolveBlocker({ random, submit }: Team, state: State): Promise<void> {
  const open = listOpen(state);
  if (open.length > 0) await submit(resolving(random.pick(open)));
}

const resolving = (blocker: BlockerId): Command => ({
  kind: "resolve_blocker",
  blocker,
  by: "kim",
  resolution: "out of the way",
});

async function handOver({ random, world, submit }: Team): Promise<void> {
  const workstream = random.pick(world.ids);
  const to = random.pick(PEOPLE);
  await submit({ kind: "transfer_ownership", workstream, task: null, to, by: "dana", reason: "away" });
}

/** To another workflow, with the text that it follows or the one that the base holds now. */
async function migrate(team: Team, state: State): Promise<void> {
  const { random, world } = team;
  const command = planChange(team, state, {
    workstream: random.pick(world.ids),
    isText: random.chance(0.4),
    isFlow: random.chance(0.8),
  });
  if (command !== null && (await team.submit(command))) team.machine.counters.count("migrated");
}

interface Wanted {
  readonly workstream: WorkstreamId;
  readonly isText: boolean;
  readonly isFlow: boolean;
}

/** Null: there is no such workstream, or no text. */
function planChange({ machine, random, world }: Team, state: State, wanted: Wanted): Command | null {
  const { workstream: id, isText, isFlow } = wanted;
  const workstream = state.workstreams.get(id);
  const own = world.own.get(id);
  if (workstream === undefined || own === undefined || workstream.spec.path === null) return null;
  const { repository } = machine.disk;
  const tip = repository.refs.get(`refs/heads/${BASE}`) ?? "";
  const commit = isText ? tip : workstream.spec.commit;
  const text = repository.files(commit).get(workstream.spec.path);
  const spec = text === undefined ? null : readSpec(workstream.spec.path, text);
  if (text === undefined || spec === null) return null;
  const now = world.definitions.find(
    ({ name, version }) => name === workstream.workflow.name && version === workstream.workflow.version,
  );
  const definition = isFlow || now === undefined ? random.pick(world.definitions) : now;
  const made = planMigration(state, takeText(own, spec), { definition, text: null });
  return { ...made, spec: { ...workstream.spec, hash: hashText(text), commit } };
}

async function rollBack({ machine, random, submit }: Team, state: State): Promise<void> {
  const all = [...state.migrations.keys()];
  if (all.length === 0) return;
  try {
    const draft = planRollback(state, random.pick(all));
    if (await submit({ ...draft, by: "dana", reason: "it was better before" }))
      machine.counters.count("rolled back");
  } catch (error) {
    // Its workstream was removed.
    if (!(error instanceof OsqrError)) throw error;
  }
}

/** Somebody edits a spec in the base, whoever works on it. */
async function changeSpec({ machine, random, world, commit }: Team): Promise<void> {
  const { repository } = machine.disk;
  const path = `docs/${random.pick(world.ids)}.md`;
  const text = repository.files(repository.refs.get(`refs/heads/${BASE}`) ?? "").get(path);
  if (text !== undefined) commit(path, editSpec(random, text, String(random.between(1, 99))));
}

/** What `osqr plan` and the daemon's look at the base tell of specs that have changed. */
async function noticeChanges({ machine, world, submit }: Team, state: State): Promise<void> {
  const { daemon, disk } = machine;
  if (daemon === null) return;
  const tip = disk.repository.refs.get(`refs/heads/${BASE}`) ?? "";
  for (const id of world.ids) {
    const workstream = state.workstreams.get(id);
    if (workstream === undefined) continue;
    const change = await readChange(
      {
        git: machine.eyes,
        readSpec: (path, text) => readSpec(path, text),
        isSpecPath: (path) => path.endsWith(".md"),
      },
      workstream,
      tip,
    );
    if (change !== null) await submit({ kind: "spec_changed", workstream: id, commit: tip, ...change });
  }
}

/** A file of the handoffs is gone, or it is not what it was. */
async function loseHandoff({ machine, random }: Team): Promise<void> {
  const { repository } = machine.disk;
  const tip = repository.refs.get(HANDOFFS_REF);
  if (tip === undefined) return;
  const paths = [...repository.files(tip).keys()].filter((path) => path.endsWith(".json"));
  if (paths.length === 0) return;
  const edit = { path: random.pick(paths), content: random.pick([null, "{"]) };
  const tree = repository.editTree(tip, [edit]);
  repository.refs.set(HANDOFFS_REF, repository.commit(tree, [tip], "somebody", 0));
  machine.counters.count("handoff lost");
}

async function repair({ machine }: Team): Promise<void> {
  await repairHandoffs(machine);
}

/** What `osqr handoff repair` does. */
export async function repairHandoffs({ daemon }: Machine): Promise<void> {
  if (daemon === null || !daemon.isUp) return;
  const request = { isWanted: () => true, by: "dana" };
  try {
    await Promise.race([daemon.engine.repairHandoffs(PROJECT, request), daemon.death.promise]);
  } catch (error) {
    // A disk that fails is not the handoffs' fault.
    if (!(error instanceof Error)) throw error;
  }
}

async function recordWorkflows({ random, world, submit }: Team): Promise<void> {
  const workflow = random.pick(world.definitions);
  await submit({ kind: "record_workflow", project: PROJECT, workflow, commit: null });
}

/** What is left for people to do where nothing moves: blockers, and texts that changed. Null: nothing. */
export function nextDuty(team: Team, state: State): Command | null {
  const [blocker] = listOpen(state);
  if (blocker !== undefined) return resolving(blocker);
  for (const id of state.open.keys()) {
    const subject = state.decisions.get(id)?.subject;
    if (subject?.kind !== "scope" || !team.random.chance(0.5)) continue;
    const wanted = { workstream: subject.workstream, isText: true, isFlow: false };
    const command = planChange(team, state, wanted);
    if (command?.kind === "migrate" && command.spec.hash === subject.hash)
      return { ...command, answers: { decision: id, reasoning: "the new text counts" } };
  }
  return null;
}

/** True where a task or a merge waits for a handoff to be made again. */
export const hasMissingHandoff = (state: State): boolean =>
  [...state.open.keys()].some((id) =>
    state.decisions.get(id)?.question.includes("is not merged: the handoff of"),
  ) ||
  [...state.tasks.values()].some(
    ({ state: now }) => now.kind === "blocked" && now.by.some(({ kind }) => kind === "handoff"),
  );
