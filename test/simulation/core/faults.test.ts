import { expect, it } from "vitest";
import { Random } from "../random.ts";
import { makeWorld } from "../world.ts";
import { makeCommand } from "./commands.ts";
import { PLANTED } from "./faults.ts";
import { type Core, CoreRun, REAL_CORE } from "./run.ts";

/** A fault may need a rare turn of events. */
const SEEDS_MAX = 300;
const REAL_SEEDS = 100;
const STEPS = 120;

/** The first seed under which a rule breaks, with what it says; null: none does. */
function findBreak(core: Core, seedsMax = SEEDS_MAX): { seed: number; problem: string } | null {
  for (let seed = 1; seed <= seedsMax; seed += 1) {
    const random = new Random(seed);
    const world = makeWorld(random);
    const run = new CoreRun(core);
    const project = world.project.id;
    const go = { approve: [], approveAll: false, planningMs: 0, maxParallel: 4, by: "user" };
    run.send({ kind: "open_project", project: world.project }, 1);
    for (const group of world.groups) run.send({ kind: "register", project, ...group }, 1);
    run.send({ kind: "go", project, include: world.ids, ...go }, 1);
    let now = 1_000;
    for (let step = 0; step < STEPS; step += 1) {
      now += random.between(0, 120_000);
      const [problem] = tryCommand(run, makeCommand(random, run.state, world), now);
      if (problem !== undefined) return { seed, problem };
    }
  }
  return null;
}

function tryCommand(run: CoreRun, command: Parameters<CoreRun["send"]>[0], now: number): string[] {
  try {
    return run.send(command, now);
  } catch (error) {
    return [String(error)];
  }
}

it.each(Object.entries(PLANTED))("a core that %s is caught", (_name, core) => {
  expect(findBreak(core)).not.toBeNull();
});

it("the real core is not", () => {
  expect(findBreak(REAL_CORE, REAL_SEEDS)).toBeNull();
});
