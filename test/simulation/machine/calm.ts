import type { Command } from "../../../src/core/model/command.ts";
import { PROJECT } from "../../support/core-builders.ts";
import type { Random } from "../random.ts";
import { GATE_HASH } from "./gates.ts";
import { BASE, type Disk } from "./git.ts";
import type { Machine } from "./machine.ts";
import type { Operator } from "./operator.ts";

const ROUND_MS = 5_000;
const ROUNDS_MAX = 400;

/**
 * Nothing fails any more and the operator answers everything: the work must come to its end. Resolves to false where it
 * does not.
 */
export async function comeToEnd(machine: Machine, operator: Operator, random: Random): Promise<boolean> {
  const { scheduler, self, disk } = machine;
  machine.clockOffset = 0;
  // What could not be tidied up is taken up at the next start.
  while (machine.daemon?.isUp !== true) await scheduler.sleep(self, ROUND_MS);
  mergeByHand(disk);
  await machine.restart();
  let quiet = 0;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    await scheduler.sleep(self, ROUND_MS);
    const { daemon } = machine;
    if (daemon === null || !daemon.isUp) continue;
    disk.dirty.clear();
    mergeByHand(disk);
    if (daemon.engine.state.projects.get(PROJECT)?.held != null) await operator.follow();
    const command = round < 3 ? begin(operator, round) : nextAnswer(machine, random);
    if (command !== null) {
      await operator.submit(command);
      quiet = 0;
      continue;
    }
    quiet = daemon.engine.isBusy() ? 0 : quiet + 1;
    if (quiet >= 3) return true;
  }
  return false;
}

/** What osqr says to do where the base and what has landed for it went apart and conflict. */
function mergeByHand({ repository }: Disk): void {
  const { refs } = repository;
  const [tip, landed] = [refs.get(`refs/heads/${BASE}`), refs.get(`refs/osqr/landed/${BASE}`)];
  if (tip === undefined || landed === undefined || repository.isAncestor(tip, landed)) return;
  const { tree, conflicts } = repository.merge(tip, landed);
  if (conflicts.length === 0) return;
  const edits = conflicts.map((path) => ({ path, content: repository.files(landed).get(path) ?? null }));
  const resolved = repository.editTree(tree, edits);
  refs.set(`refs/heads/${BASE}`, repository.commit(resolved, [tip, landed], "by hand", 0));
}

function begin(operator: Operator, round: number): Command {
  if (round === 0) return operator.register();
  if (round === 1) return operator.go(false);
  return { kind: "approve_content", project: PROJECT, hashes: [GATE_HASH], by: "user", reason: "seen" };
}

/** Null: nothing is left for a person to do. */
function nextAnswer({ daemon }: Machine, random: Random): Command | null {
  if (daemon === null) return null;
  const { state } = daemon.engine;
  for (const { id, intent } of state.workstreams.values()) {
    if (intent === "paused")
      return { kind: "set_intent", workstream: id, intent: "run", by: "user", reason: "go on" };
  }
  const open = [...state.open.keys()].flatMap((id) => state.decisions.get(id) ?? []);
  if (open.length === 0) return null;
  const { id, options } = random.pick(open);
  const kind = options.filter(
    (each) => each.id !== "cancel" && each.id !== "by-hand" && each.id !== "reject",
  );
  const option = random.pick(random.chance(0.95) && kind.length > 0 ? kind : options).id;
  return { kind: "resolve", decision: id, option, by: "user", reasoning: "go on" };
}
