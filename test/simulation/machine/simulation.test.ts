import { expect, it } from "vitest";
import { COUNTERS, Counters } from "./chaos.ts";
import { simulate } from "./simulate.ts";

/** More with `npm run simulate -- --seeds N --seed S`. */
const SEEDS = 260;
/** These are played twice. */
const REPLAYED = 15;
/** Time for a machine that has much else to do. */
const SLOWLY = { timeout: 400_000 };

it(
  "holds all rules on a machine where everything fails, loses nothing, and comes to its end",
  SLOWLY,
  async () => {
    const counters = new Counters();
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const outcome = await simulate(seed);
      expect(outcome.problems, `npm run simulate -- --seed ${seed}`).toEqual([]);
      counters.add(outcome.counters);
      if (seed <= REPLAYED) {
        const again = await simulate(seed);
        expect({ hash: again.hash, steps: again.steps }).toEqual({
          hash: outcome.hash,
          steps: outcome.steps,
        });
      }
    }
    const missed = COUNTERS.filter((counter) => counters.get(counter) === 0);
    expect(missed, "what the generator does not reach").toEqual([]);
  },
);
