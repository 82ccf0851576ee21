/** No sequence of starts, words and ends exceeds a limit: exactly with a meter, and by a stated bound without one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PROJECT, type TaskInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { decide } from "../decide/decide.ts";
import type { Amount, Budget, Measure } from "../model/budget.ts";
import type { AttemptId } from "../model/ids.ts";
import { toRunId, toWorkstreamId } from "../model/ids.ts";
import type { Attempt } from "../model/work.ts";
import { add, NO_LIMIT, ZERO } from "./amounts.ts";
import { checkBudget } from "./check.ts";
import { chargedOf } from "./ledger.ts";
import { admitRequest, type Meter, openMeter, raiseMeter, settleRequest } from "./meter.ts";

const MEASURES: readonly Measure[] = ["tokens", "microUsd"];
/** More with OSQR_RUNS=2000. */
const RUNS = Number(process.env.OSQR_RUNS ?? 60);
const options = (seed: number) => ({ numRuns: RUNS, seed, interruptAfterTimeLimit: 40_000 });
/** The most that one call of a model uses, in either measure. */
const CALL_MAX = 60;

interface Case {
  readonly limits: { readonly run: Amount; readonly workstream: Amount; readonly task: Amount };
  /** Estimates of the tasks, one list for each workstream. */
  readonly estimates: readonly (readonly Amount[])[];
  readonly steps: readonly { readonly kind: number; readonly pick: number; readonly amount: Amount }[];
}

const amount = (max: number) =>
  fc.record({ tokens: fc.integer({ min: 0, max }), microUsd: fc.integer({ min: 0, max }) });

const cases: fc.Arbitrary<Case> = fc.record({
  limits: fc.record({ run: amount(1_500), workstream: amount(1_000), task: amount(600) }),
  estimates: fc.array(
    fc.array(
      amount(300).map((each) => add(each, { tokens: 1, microUsd: 1 })),
      { minLength: 1, maxLength: 4 },
    ),
    { minLength: 1, maxLength: 4 },
  ),
  steps: fc.array(
    fc.record({ kind: fc.integer({ min: 0, max: 9 }), pick: fc.nat(), amount: amount(CALL_MAX) }),
    { minLength: 5, maxLength: 80, size: "max" },
  ),
});

function toTask({ tokens, microUsd }: Amount, index: number): TaskInput {
  const cost = { tokens: { low: 1, high: tokens }, microUsd: { low: 1, high: microUsd } };
  return { key: `T${index}`, executor: "agent", script: null, cost: { ...cost, source: "default" } };
}

/** A run with these limits; `isWave`: all its tasks may start at once. */
function begin({ limits, estimates }: Case, isWave: boolean): CoreDriver {
  const core = new CoreDriver({ maxParallel: 64 });
  const inputs = estimates.map((tasks, index) => ({
    id: `w${index}`,
    tasks: tasks.map(toTask),
    ordered: !isWave,
  }));
  core.register(inputs);
  const rest = { approve: [], approveAll: false, planningMs: 0, maxParallel: 64, by: "user" };
  const include = inputs.map(({ id }) => toWorkstreamId(id));
  const budget: Budget = { ...limits, toolCalls: 10 };
  core.send({ kind: "go", project: PROJECT, include, ...rest, budget });
  return core;
}

/** The scopes that have more than their limit, with how much. */
function listExcess(core: CoreDriver, { limits }: Case, of: "charged" | "used"): Map<string, Amount> {
  const found = new Map<string, Amount>();
  const look = (id: string, limit: Amount): void => {
    const ledger = core.state.ledgers.get(id);
    if (ledger === undefined) return;
    const total = of === "charged" ? chargedOf(ledger) : ledger.used;
    const over = { tokens: total.tokens - limit.tokens, microUsd: total.microUsd - limit.microUsd };
    if (over.tokens > 0 || over.microUsd > 0) found.set(id, over);
  };
  look(toRunId(1), limits.run);
  for (const id of core.state.workstreams.keys()) look(id, limits.workstream);
  for (const id of core.state.tasks.keys()) look(id, limits.task);
  return found;
}

const running = (core: CoreDriver): readonly Attempt[] =>
  [...core.state.attempts.values()].filter(({ state }) => state.kind === "running");

function startAll(core: CoreDriver): void {
  for (const attempt of core.state.attempts.values())
    if (attempt.state.kind === "claimed")
      core.send({ kind: "attempt_started", attempt: attempt.id, fence: attempt.fence, sandbox: "process" });
}

function tell(core: CoreDriver, { id, fence }: Attempt, { tokens, microUsd }: Amount): void {
  const usage = { inputTokens: tokens, cachedTokens: null, outputTokens: 0, microUsd, model: null };
  core.send({ kind: "attempt_used", attempt: id, fence, usage });
}

function end(core: CoreDriver, { id, fence }: Attempt, outcome: "failed" | "cancelled" | "lost"): void {
  const rest = { reason: "over", tail: [], workMs: 1, salvage: null };
  core.send({ kind: "attempt_failed", attempt: id, fence, outcome, ...rest });
}

const pickOf = <T>(all: readonly T[], pick: number): T | undefined => all[pick % Math.max(1, all.length)];

/** Says what was started; what it had before the start does not count against it. */
function schedule(core: CoreDriver): number {
  const events = core.send({ kind: "schedule", slots: 64 });
  const started = events.flatMap((event) => (event.kind === "attempts_claimed" ? event.launches : []));
  startAll(core);
  return started.length;
}

describe("whatever starts, is told and ends", () => {
  it("a wave of starts never reserves beyond a limit of what it starts", () => {
    fc.assert(
      fc.property(cases, (input) => {
        const core = begin(input, true);
        schedule(core);
        // Nothing was used yet: all that is charged is this wave.
        expect([...listExcess(core, input, "charged")]).toEqual([]);
      }),
      options(3),
    );
  });

  it("no attempt starts that would bring used and reserved beyond a limit", () => {
    fc.assert(
      fc.property(cases, fc.boolean(), (input, isWave) => {
        const core = begin(input, isWave);
        for (const { kind, pick, amount: used } of input.steps) {
          const attempt = pickOf(running(core), pick);
          if (kind < 4 || attempt === undefined) {
            // The driver checks after each command that no started attempt stands in a scope beyond its limit.
            const before = listExcess(core, input, "charged");
            schedule(core);
            expect([...listExcess(core, input, "charged")]).toEqual([...before]);
          } else if (kind < 7) tell(core, attempt, used);
          else end(core, attempt, kind === 7 ? "failed" : kind === 8 ? "cancelled" : "lost");
        }
      }),
      options(3),
    );
  });

  it("without a meter a limit is exceeded by one call of each attempt that was under way at the most", () => {
    let exceeded = 0;
    fc.assert(
      fc.property(cases, fc.boolean(), (input, isWave) => {
        const core = begin(input, isWave);
        /** Attempts under way since all that is charged was within the limit last, by scope: those may have a part in the excess. */
        const open = new Map<string, Set<AttemptId>>();
        for (const { kind, pick, amount: used } of input.steps) {
          const attempt = pickOf(running(core), pick);
          if (kind < 3 || attempt === undefined) schedule(core);
          else if (kind < 9) {
            tell(core, attempt, used);
            if (checkBudget(core.state, attempt.id).verdict === "stop") end(core, attempt, "cancelled");
          } else end(core, attempt, "cancelled");
          exceeded += checkOvershoot(core, input, open);
        }
      }),
      options(5),
    );
    // It does happen, so the bound says something.
    expect(exceeded).toBeGreaterThan(20);
  });
});

/** What was used beyond a limit is within what those that had a part in it could use in one call each. */
function checkOvershoot(core: CoreDriver, input: Case, open: Map<string, Set<AttemptId>>): number {
  const charged = listExcess(core, input, "charged");
  for (const scope of [...open.keys()]) if (!charged.has(scope)) open.delete(scope);
  for (const { id, task, workstream } of running(core)) {
    for (const scope of [task, workstream, toRunId(1)])
      open.set(scope, (open.get(scope) ?? new Set()).add(id));
  }
  const used = listExcess(core, input, "used");
  for (const [scope, over] of used) {
    const most = (open.get(scope)?.size ?? 0) * CALL_MAX;
    for (const measure of MEASURES) expect(over[measure], `${scope} ${measure}`).toBeLessThanOrEqual(most);
  }
  return used.size;
}

describe("with a meter", () => {
  interface Metered {
    meter: Meter;
    readonly open: Amount[];
  }

  /** A proxy: raises the reservation through the core where a request needs more, and refuses what has no room. */
  function ask(core: CoreDriver, metered: Metered, attempt: Attempt, most: Amount): boolean {
    let admission = admitRequest(metered.meter, most);
    if (!admission.ok) {
      const more = admission.missing;
      const { id, fence } = attempt;
      const command = { kind: "reserve_more", attempt: id, fence, more } as const;
      if (!decide(core.state, command, core.now).ok) return false;
      core.send(command);
      admission = admitRequest(raiseMeter(metered.meter, more), most);
    }
    if (!admission.ok) throw new Error("what was reserved is not enough");
    metered.meter = admission.meter;
    metered.open.push(most);
    return true;
  }

  it("no limit is ever exceeded, to the request, whatever the interleaving", () => {
    let admitted = 0;
    let refused = 0;
    fc.assert(
      fc.property(cases, fc.boolean(), (input, isWave) => {
        const core = begin(input, isWave);
        const meters = new Map<AttemptId, Metered>();
        const meterOf = ({ id, spending }: Attempt): Metered => {
          const known = meters.get(id) ?? { meter: openMeter(spending?.reserved ?? ZERO), open: [] };
          meters.set(id, known);
          return known;
        };
        for (const { kind, pick, amount: most } of input.steps) {
          const attempt = pickOf(running(core), pick);
          if (kind < 2 || attempt === undefined) schedule(core);
          else if (kind < 6) {
            if (ask(core, meterOf(attempt), attempt, most)) admitted += 1;
            else refused += 1;
          } else {
            const metered = meterOf(attempt);
            finishRequests(core, attempt, metered, { all: kind === 9, pick });
            if (kind === 9) end(core, attempt, "cancelled");
          }
          expect([...listExcess(core, input, "used")]).toEqual([]);
          expect([...listExcess(core, input, "charged")]).toEqual([]);
        }
      }),
      options(7),
    );
    // Both happened, so the property says something.
    expect(Math.min(admitted, refused)).toBeGreaterThan(20);
  });

  /** One request, or all of them, is over: it cost some of the most that it could, and that is told. */
  function finishRequests(
    core: CoreDriver,
    attempt: Attempt,
    metered: Metered,
    { all, pick }: { readonly all: boolean; readonly pick: number },
  ): void {
    const done = metered.open.splice(0, all ? metered.open.length : 1);
    for (const most of done) {
      const share = (pick % 5) / 4;
      const used = { tokens: Math.floor(most.tokens * share), microUsd: Math.floor(most.microUsd * share) };
      metered.meter = settleRequest(metered.meter, most, used);
      tell(core, attempt, used);
    }
  }

  it("a request that nobody priced costs the most that it could", () => {
    const first = admitRequest(openMeter({ tokens: 10, microUsd: 10 }), { tokens: 6, microUsd: 1 });
    if (!first.ok) throw new Error("it fits");
    expect(admitRequest(first.meter, { tokens: 5, microUsd: 1 })).toEqual({
      ok: false,
      missing: { tokens: 1, microUsd: 0 },
    });
    const settled = settleRequest(first.meter, { tokens: 6, microUsd: 1 }, null);
    expect(settled).toMatchObject({ used: { tokens: 6, microUsd: 1 }, open: ZERO });
  });
});

it("a run without limits starts everything", () => {
  const core = new CoreDriver({ maxParallel: 64 });
  core.register([{ id: "w", tasks: [toTask({ tokens: 1e9, microUsd: 1e9 }, 0)] }]);
  const rest = { approve: [], approveAll: false, planningMs: 0, maxParallel: 64, by: "user" };
  const none = { run: NO_LIMIT, workstream: NO_LIMIT, task: NO_LIMIT, toolCalls: 10 };
  core.send({ kind: "go", project: PROJECT, include: [toWorkstreamId("w")], ...rest, budget: none });
  expect(schedule(core)).toBe(1);
});
