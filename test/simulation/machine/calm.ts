import type { Command } from "../../../src/core/model/command.ts";
import { isEnded } from "../../../src/core/status.ts";
import { PROJECT } from "../../support/core-builders.ts";
import type { Random } from "../random.ts";
import { GATE_HASH } from "./gates.ts";
import { BASE, type Disk } from "./git.ts";
import type { Machine } from "./machine.ts";
import type { Operator } from "./operator.ts";
import { hasMissingHandoff, nextDuty, repairHandoffs } from "./people.ts";

const ROUND_MS = 5_000;
const ROUNDS_MAX = 1_000;
/** Answers after which work comes back, or ends. A new text is taken by a plan. */
const UNKIND = /^(?:cancel|stop|by-hand|reject.*|migrate|anew|merge-.*|close-.*)$/;
/** How long after its time a default may be taken, ms. */
const LATE_MS_MAX = 60_000;

/**
 * Nothing fails any more and the operator answers everything: the work must come to its end. Resolves to false where it
 * does not.
 */
export async function comeToEnd(machine: Machine, operator: Operator, random: Random): Promise<boolean> {
  const { scheduler, self, disk } = machine;
  // The clock is right again, and not behind what it said before.
  machine.clockOffset = Math.max(0, (machine.log.events.at(-1)?.at ?? 0) - scheduler.now);
  // What could not be tidied up is taken up at the next start.
  while (machine.daemon?.isUp !== true) await scheduler.sleep(self, ROUND_MS);
  mergeByHand(disk);
  await machine.restart();
  let quiet = 0;
  let isAwaited = false;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    await scheduler.sleep(self, ROUND_MS);
    const { daemon } = machine;
    if (daemon === null || !daemon.isUp) continue;
    disk.dirty.clear();
    mergeByHand(disk);
    if (daemon.engine.state.projects.get(PROJECT)?.held != null) await operator.follow();
    machine.broken ??= findLate(machine);
    if (round >= 3 && hasMissingHandoff(daemon.engine.state)) await repairHandoffs(machine);
    const command = round < 3 ? begin(operator, round) : nextAnswer(machine, operator, random);
    if (command !== null) {
      await operator.submit(command);
      quiet = 0;
      continue;
    }
    if (daemon.engine.hasPendingTimer() && !isAwaited && !daemon.engine.isBusy()) {
      // Only time is missing: a daemon that starts now must know of it too.
      isAwaited = true;
      machine.counters.count("only a deadline is waited for, over a restart");
      await machine.restart();
      continue;
    }
    if (quiet === 1) await repairHandoffs(machine);
    quiet = daemon.engine.isBusy() || daemon.engine.hasPendingTimer() ? 0 : quiet + 1;
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

/** A default that should have been taken long ago. Null: none. */
function findLate({ daemon, scheduler, clockOffset }: Machine): string | null {
  const state = daemon?.engine.state;
  for (const id of state?.open.keys() ?? []) {
    const at = state?.decisions.get(id)?.autoResolveAt ?? null;
    if (at !== null && scheduler.now + clockOffset > at + LATE_MS_MAX)
      return `${id} is open, its default was to be taken at ${at}`;
  }
  return null;
}

/** Null: nothing is left for a person to do. */
function nextAnswer({ daemon }: Machine, { team }: Operator, random: Random): Command | null {
  if (daemon === null) return null;
  const { state } = daemon.engine;
  for (const workstream of state.workstreams.values()) {
    const { id, intent } = workstream;
    if (intent === "paused" && !isEnded(workstream))
      return { kind: "set_intent", workstream: id, intent: "run", by: "user", reason: "go on" };
  }
  const duty = nextDuty(team, state);
  if (duty !== null) return duty;
  // What resolves by itself is left to do so.
  const open = [...state.open.keys()]
    .flatMap((id) => state.decisions.get(id) ?? [])
    .filter(({ autoResolveAt }) => autoResolveAt === null);
  if (open.length === 0) return null;
  const { id, options } = random.pick(open);
  const kind = options.filter((each) => !UNKIND.test(each.id));
  const option = random.pick(random.chance(0.95) && kind.length > 0 ? kind : options).id;
  return { kind: "resolve", decision: id, option, by: "user", signer: "dana", reasoning: "go on" };
}
