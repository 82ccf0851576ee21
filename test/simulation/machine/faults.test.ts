import { expect, it } from "vitest";
import type { Faults } from "./machine.ts";
import { simulate } from "./simulate.ts";

const SEEDS_MAX = 200;
/** Time for a machine that has much else to do. */
const SLOWLY = { timeout: 400_000 };

const PLANTED: Readonly<Record<string, Faults>> = {
  "a log that loses what it acknowledged": { losesWrites: true },
  "a base that is set without a look": { movesBlindly: true },
  "a landing that is done twice": { landsTwice: true },
  "processes that nobody ends": { leavesProcesses: true },
  "work that is not salvaged": { losesWork: true },
  "handoffs that are not committed": { losesHandoffs: true },
  "a result that is not the one that is taken again": { takesOther: true },
  "answers that an agent is never told": { losesAnswers: true },
  "what an agent used, counted twice": { countsTwice: true },
  "a revert that leaves the work in the base": { revertsNothing: true },
};

it.each(Object.entries(PLANTED))("%s is caught", SLOWLY, async (_name, faults) => {
  let caught: string | undefined;
  for (let seed = 1; seed <= SEEDS_MAX && caught === undefined; seed += 1) {
    caught = (await simulate(seed, { faults })).problems[0];
  }
  expect(caught).toMatch(/\S/);
});
