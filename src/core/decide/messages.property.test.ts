/** Whatever comes between: every message is told in order, and once in a conversation that reads it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { evolve } from "../evolve/evolve.ts";
import { listPending } from "../messages/pending.ts";
import type { Event } from "../model/event.ts";
import { toWorkstreamId } from "../model/ids.ts";
import { emptyState } from "../model/state.ts";
import { dumpState, loadState } from "../snapshot.ts";

/** How often each comes. */
const WEIGHTS = {
  ...{ produce: 3, fail: 1, start: 5, speak: 5, turn: 4, take: 4 },
  ...{ lose: 3, cancel: 1, succeed: 1, snapshot: 1 },
} as const;
type Step = keyof typeof WEIGHTS;

const steps = fc.array(
  fc.oneof(
    ...(Object.entries(WEIGHTS) as [Step, number][]).map(([step, weight]) => ({
      weight,
      arbitrary: fc.constant(step),
    })),
  ),
  { minLength: 20, maxLength: 60, size: "max" },
);

const PRODUCERS = ["a#T1", "a#T2", "a#T3", "a#T4", "a#T5"];
const READER = "b#T";
const SESSION = { id: "s", executor: "claude", agent: "an agent 1" };

function begin(): CoreDriver {
  const core = new CoreDriver({ maxParallel: 20 });
  const news = [toWorkstreamId("a")];
  const agent = { executor: "claude", script: null } as const;
  core.begin([
    { id: "b", tasks: [{ key: "T", ...agent, knowledge: news, news }] },
    { id: "a", tasks: PRODUCERS.map((id) => ({ key: id.slice(2), parallel: true, critical: false })) },
  ]);
  core.schedule(20);
  core.start(...PRODUCERS);
  return core;
}

const isOpen = (core: CoreDriver, kinds: readonly string[]): boolean =>
  core.task(READER).attempts.length > 0 && kinds.includes(core.attempt(READER).state.kind);

/** Takes a step where it can be taken; another one changes nothing. */
function take(core: CoreDriver, step: Step): void {
  const claim = core.claim(READER);
  const isRunning = isOpen(core, ["running"]);
  const hasSession = isRunning && core.attempt(READER).session !== null;
  const next = PRODUCERS.find((id) => core.task(id).state.kind === "running");
  if (step === "produce" && next !== undefined) {
    core.succeed(next);
    core.join(next);
  }
  if (step === "fail" && next !== undefined) core.end(next, "failed");
  if (step === "start" && isOpen(core, ["claimed"])) core.start(READER);
  if (step === "speak" && isRunning)
    core.send({ kind: "session_opened", ...claim, session: SESSION, how: "new" });
  if (step === "turn" && hasSession)
    core.send({ kind: "turn_ended", ...claim, stop: "end_turn", checkpoint: null });
  if (step === "take" && hasSession) core.send({ kind: "take_messages", ...claim });
  if ((step === "lose" || step === "cancel") && isOpen(core, ["claimed", "running"])) {
    core.end(READER, step === "lose" ? "lost" : "cancelled");
    core.schedule(20);
  }
  if (step === "succeed" && hasSession) succeed(core);
  if (step === "snapshot") core.state = loadState(dumpState(core.state));
}

function succeed(core: CoreDriver): void {
  const pending = listPending(core.state, core.task(READER), core.attempt(READER));
  if (pending.length === 0) {
    core.succeed(READER);
    core.join(READER);
    return;
  }
  const result = { commit: "c".repeat(40), files: [], added: 0, deleted: 0, workMs: 0, warnings: [] };
  const refusal = core.refused({ kind: "attempt_succeeded", ...core.claim(READER), ...result });
  expect(refusal.code).toBe("messages-untold");
}

/** What the history says of the reader's messages, read without the state. */
function judge(history: readonly Event[]): void {
  let sent = 0;
  const turns = new Map<string, number>();
  /** Number -> where it was told last. */
  const told = new Map<number, { attempt: string; turn: number }>();
  const isRead = (number: number): boolean => {
    const at = told.get(number);
    return at !== undefined && (turns.get(at.attempt) ?? 0) >= at.turn;
  };
  for (const event of history) {
    if (event.kind === "turn_ended") turns.set(event.attempt, event.turn);
    if (event.kind === "message_sent") expect(event.message.number).toBe(++sent);
    if (event.kind === "messages_delivered") {
      const { numbers, attempt, turn } = event;
      expect(numbers.length).toBeGreaterThan(0);
      expect([...numbers].sort((a, b) => a - b)).toEqual(numbers);
      for (const number of numbers) {
        expect(number).toBeLessThanOrEqual(sent);
        expect(isRead(number)).toBe(false);
        expect(told.get(number)?.attempt).not.toBe(attempt);
        told.set(number, { attempt, turn });
      }
      // All that came before is told by then.
      for (let number = 1; number < (numbers[0] ?? 1); number += 1) expect(told.has(number)).toBe(true);
    }
    if (event.kind === "attempt_completed" && told.size + sent > 0) {
      for (const [number, { attempt }] of told)
        expect(isRead(number) || attempt === event.attempt || !isReader(history, event.attempt)).toBe(true);
      if (isReader(history, event.attempt)) expect(told.size).toBe(sent);
    }
  }
}

const isReader = (history: readonly Event[], attempt: string): boolean =>
  history.some(
    (event) =>
      event.kind === "attempts_claimed" &&
      event.launches.some((launch) => launch.attempt === attempt && String(launch.task) === READER),
  );

test("messages are told in order, and once in a conversation that reads them", () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const core = begin();
      for (const step of taken) take(core, step);
      judge(core.history);
      expect(dumpState(core.history.reduce(evolve, emptyState()))).toBe(dumpState(core.state));
    }),
    { numRuns: 300, seed: 7 },
  );
});
