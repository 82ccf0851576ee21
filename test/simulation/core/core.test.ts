import fc from "fast-check";
import { expect, it } from "vitest";
import { toCanonicalJson } from "../../../src/core/canonical.ts";
import type { State } from "../../../src/core/model/state.ts";
import { dumpState, loadState } from "../../../src/core/snapshot.ts";
import { Random } from "../random.ts";
import { makeWorld, type World } from "../world.ts";
import { makeCommand } from "./commands.ts";
import { drain } from "./drain.ts";
import { CoreRun, replayEvents } from "./run.ts";

/** More with OSQR_RUNS=2000. */
const RUNS = Number(process.env.OSQR_RUNS ?? 250);

const dump = (state: State): string => toCanonicalJson(JSON.parse(dumpState(state)));

function begin(world: World): CoreRun {
  const run = new CoreRun();
  run.send({ kind: "open_project", project: world.project }, 1);
  const [first] = world.groups;
  if (first !== undefined) run.send({ kind: "register", project: world.project.id, ...first }, 1);
  return run;
}

it("holds all rules under any sequence of commands, replays to the same state, and comes to an end", () => {
  const sequences = fc.array(fc.nat(), { minLength: 1, maxLength: 200, size: "max" });
  fc.assert(
    fc.property(fc.nat(), sequences, (seed, steps) => {
      const world = makeWorld(new Random(seed));
      const run = begin(world);
      let now = 1_000;
      for (const step of steps) {
        const random = new Random(step);
        // The clock goes on, stands still, and sometimes goes backwards.
        now += random.chance(0.05) ? -60_000 : random.between(0, 120_000);
        const command = makeCommand(random, run.state, world);
        const problems = run.send(command, now);
        expect(problems, `after ${JSON.stringify(command)}`).toEqual([]);
      }
      const live = dump(run.state);
      expect(dump(replayEvents(run.history))).toBe(live);
      expect(dump(loadState(dumpState(run.state)))).toBe(live);
      expect(drain(run, new Random(seed), now)).toEqual([]);
    }),
    { numRuns: RUNS, seed: 7, interruptAfterTimeLimit: 45_000 },
  );
});
