/** Many attempts send many requests at once, through the real purse and desk: no limit is exceeded, and the ledger is what was served. */
import { setImmediate as soon } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { PROJECT, type TaskInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { NO_LIMIT } from "../../core/budget/amounts.ts";
import { chargedOf, EMPTY_LEDGER } from "../../core/budget/ledger.ts";
import { decide } from "../../core/decide/decide.ts";
import { type Amount, type Budget, MEASURES } from "../../core/model/budget.ts";
import type { Command } from "../../core/model/command.ts";
import { toRunId, toWorkstreamId } from "../../core/model/ids.ts";
import type { Attempt } from "../../core/model/work.ts";
import { type Prices, RequestDesk } from "../../executors/metering/request-desk.ts";
import type { CallOutcome } from "../../sandbox/network/meter/carry.ts";
import type { MeteredCall } from "../../sandbox/network/meter/meter.ts";
import type { EffectContext } from "./context.ts";
import { AttemptPurse } from "./purse.ts";

/** More with OSQR_RUNS=2000. */
const RUNS = Number(process.env.OSQR_RUNS ?? 40);
const [IN, OUT] = [3, 15];
const PRICES: Prices = {
  priceOf: ({ inputTokens, outputTokens }) =>
    inputTokens === null || outputTokens === null ? null : IN * inputTokens + OUT * outputTokens,
  mostOf: (inputTokens, outputTokens) => IN * inputTokens + OUT * outputTokens,
};
const OUTCOMES: readonly CallOutcome[] = ["done", "done", "done", "cut", "failed"];

const cases = fc.record({
  tokens: fc.integer({ min: 15_000, max: 80_000 }),
  microUsd: fc.integer({ min: 150_000, max: 900_000 }),
  tasks: fc.integer({ min: 1, max: 12 }),
  steps: fc.array(
    fc.record({
      kind: fc.integer({ min: 0, max: 9 }),
      pick: fc.nat(),
      input: fc.integer({ min: 1, max: 2_000 }),
      output: fc.option(fc.integer({ min: 1, max: 3_000 }), { freq: 6 }),
      share: fc.integer({ min: 0, max: 1_000 }).map((n) => n / 1_000),
    }),
    { minLength: 20, maxLength: 120, size: "max" },
  ),
});

interface OpenRequest {
  readonly call: MeteredCall;
  readonly outputMost: number;
  readonly desk: RequestDesk;
}

class World {
  readonly core = new CoreDriver({ maxParallel: 64 });
  readonly served = { tokens: 0, microUsd: 0 };
  readonly open: OpenRequest[] = [];
  refused = 0;
  shortened = 0;
  readonly #desks = new Map<string, RequestDesk>();
  readonly #asking = new Map<string, number>();
  #calls = 0;

  constructor(limit: Amount, tasks: number) {
    const cost = { tokens: { low: 1, high: 4_000 }, microUsd: { low: 1, high: 40_000 } };
    const all = Array.from({ length: tasks }, (_, index): TaskInput => {
      return { key: `T${index}`, executor: "agent", script: null, cost: { ...cost, source: "default" } };
    });
    this.core.register([{ id: "w", tasks: all, ordered: false }]);
    const rest = { approve: [], approveAll: false, planningMs: 0, maxParallel: 64, by: "user" };
    const budget: Budget = { run: limit, workstream: NO_LIMIT, task: NO_LIMIT, toolCalls: 10 };
    this.core.send({ kind: "go", project: PROJECT, include: [toWorkstreamId("w")], ...rest, budget });
    this.schedule();
  }

  schedule(): void {
    this.core.send({ kind: "schedule", slots: 64 });
    for (const { id: attempt, fence, state } of this.core.state.attempts.values())
      if (state.kind === "claimed")
        this.core.send({ kind: "attempt_started", attempt, fence, sandbox: "process" });
  }

  running(): readonly Attempt[] {
    return [...this.core.state.attempts.values()].filter(({ state }) => state.kind === "running");
  }

  ask(attempt: Attempt, inputTokensMax: number, outputTokensMax: number | null): Promise<void> {
    this.#calls += 1;
    const call = { id: this.#calls, model: "m", inputTokensMax, outputTokensMax };
    const desk = this.#deskOf(attempt);
    this.#asking.set(attempt.id, (this.#asking.get(attempt.id) ?? 0) + 1);
    return desk.admit(call).then((admission) => {
      this.#asking.set(attempt.id, (this.#asking.get(attempt.id) ?? 0) - 1);
      if (typeof admission === "string") {
        this.refused += 1;
        return;
      }
      if (admission !== null) this.shortened += 1;
      this.open.push({ call, desk, outputMost: admission ?? outputTokensMax ?? 128_000 });
    });
  }

  /** What comes back costs a share of the most, and is served whatever becomes of the reply. */
  finish({ call, desk, outputMost }: OpenRequest, outcome: CallOutcome, share: number): void {
    const inputTokens = Math.floor(call.inputTokensMax * share);
    const outputTokens = Math.floor(outputMost * share);
    const usage = { inputTokens, cachedTokens: 0, outputTokens, microUsd: null, model: "m" };
    if (outcome !== "failed") {
      this.served.tokens += inputTokens + outputTokens;
      this.served.microUsd += IN * inputTokens + OUT * outputTokens;
    }
    const told = outcome === "cut" ? { ...usage, outputTokens: null } : usage;
    desk.end(call, { usage: told, cacheWriteTokens: 0, isFinal: outcome === "done", outcome });
  }

  end({ id: attempt, fence }: Attempt): void {
    const rest = { reason: "over", tail: [], workMs: 1, salvage: null };
    this.core.send({ kind: "attempt_failed", attempt, fence, outcome: "cancelled", ...rest });
  }

  /** Executors tell the end of an attempt when all its requests are over. */
  isQuiet({ id }: Attempt): boolean {
    const desk = this.#desks.get(id);
    return (this.#asking.get(id) ?? 0) === 0 && this.open.every((each) => each.desk !== desk);
  }

  #deskOf(attempt: Attempt): RequestDesk {
    const known = this.#desks.get(attempt.id);
    if (known !== undefined) return known;
    const { core } = this;
    const task = core.state.tasks.get(attempt.task)!;
    const engine = {
      // Commands are decided later, one after the other, as the engine does.
      submitResult: async (command: Command) => {
        await soon();
        const decided = decide(core.state, command, core.now);
        if (decided.ok) core.send(command);
        return decided;
      },
    };
    const context = {
      engine,
      get state() {
        return core.state;
      },
    } as unknown as EffectContext;
    const launch = {
      task: task.id,
      attempt: attempt.id,
      fence: attempt.fence,
      executor: "agent",
      reason: "",
      ...(attempt.spending === undefined ? {} : { reserved: attempt.spending.reserved }),
    };
    const desk = new RequestDesk({
      purse: new AttemptPurse({ context, launch, task }, () => undefined),
      prices: PRICES,
      model: null,
      emit: ({ usage, source, assumed }) =>
        core.send({
          kind: "attempt_used",
          attempt: attempt.id,
          fence: attempt.fence,
          usage,
          ...(source === undefined ? {} : { source }),
          ...(assumed === undefined ? {} : { assumed }),
        }),
    });
    this.#desks.set(attempt.id, desk);
    return desk;
  }
}

it("many starts and requests at once never go beyond the limit of a run, and the ledger is what was served", async () => {
  const seen = { admitted: 0, refused: 0, shortened: 0, together: 0, cut: 0, failed: 0 };
  await fc.assert(
    fc.asyncProperty(cases, async ({ tokens, microUsd, tasks, steps }) => {
      const limit = { tokens, microUsd };
      const world = new World(limit, tasks);
      const asked: Promise<void>[] = [];
      let cut = 0;
      for (const { kind, pick, input, output, share } of steps) {
        const all = world.running();
        const attempt = all[pick % Math.max(1, all.length)];
        const [request] = world.open.length === 0 ? [] : world.open.splice(pick % world.open.length, 1);
        if (kind < 4 && attempt !== undefined) {
          if (request !== undefined) world.open.push(request);
          asked.push(world.ask(attempt, input, output));
        } else if (kind < 9 && request !== undefined) {
          const outcome = OUTCOMES[Math.round(share * 1_000) % OUTCOMES.length] ?? "done";
          cut += outcome === "cut" ? 1 : 0;
          seen.failed += outcome === "failed" ? 1 : 0;
          world.finish(request, outcome, share);
        } else {
          if (request !== undefined) world.open.push(request);
          if (attempt !== undefined && world.isQuiet(attempt)) world.end(attempt);
          world.schedule();
        }
        seen.together = Math.max(seen.together, world.open.length);
        // Sometimes all that was asked is answered first, sometimes it overlaps.
        for (let turns = pick % 4; turns > 0; turns -= 1) await soon();
        check(world, limit, cut);
      }
      let isOver = false;
      const over = Promise.all(asked).then(() => {
        isOver = true;
      });
      while (!isOver || world.open.length > 0) {
        for (const request of world.open.splice(0)) world.finish(request, "done", 1);
        await soon();
        check(world, limit, cut);
      }
      await over;
      check(world, limit, cut);
      seen.cut += cut;
      seen.refused += world.refused;
      seen.admitted += asked.length - world.refused;
      seen.shortened += world.shortened;
    }),
    { numRuns: RUNS, seed: 13, interruptAfterTimeLimit: 40_000 },
  );
  // All of it happened, so the property says something.
  expect(Math.min(seen.admitted, seen.refused)).toBeGreaterThan(50);
  expect(Math.min(seen.shortened, seen.together, seen.cut, seen.failed)).toBeGreaterThan(3);
});

function check(world: World, limit: Amount, cut: number): void {
  const ledger = world.core.state.ledgers.get(toRunId(1)) ?? EMPTY_LEDGER;
  const charged = chargedOf(ledger);
  for (const measure of MEASURES) {
    expect(world.served[measure], measure).toBeLessThanOrEqual(limit[measure]);
    expect(charged[measure], measure).toBeLessThanOrEqual(limit[measure]);
    expect(ledger.used[measure] + ledger.assumed[measure]).toBeGreaterThanOrEqual(world.served[measure]);
    if (cut === 0) expect(ledger.used[measure]).toBe(world.served[measure]);
  }
}
