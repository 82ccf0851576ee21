/** How an agent is stopped, and what is left of it: nothing. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Step } from "../../../test/fixtures/agents/script.ts";
import { findProcesses, waitUntil } from "../../sandbox/testing.ts";
import { createOrder, run } from "../testing.ts";
import type { ExecutorEvent, ExecutorSession } from "../types.ts";
import { Stagger } from "./stagger.ts";
import { closeAfterTurn, createRig, describeLevels, findEvents, findFailure } from "./testing.ts";

/** Pause and cancel must take effect within that time. */
const STOP_MS_MAX = 2_000;

function createNap(): string {
  return `sleep 1000.${process.pid}${Math.floor(performance.now() * 1_000)}`;
}

describeLevels("an agent that is stopped", (level, get) => {
  for (const isStubborn of [false, true]) {
    for (const reason of ["cancel", "pause"] as const) {
      const how = isStubborn ? "ignores everything" : "listens";
      it(`is gone within two seconds with all that it started, also where it ${how} (${reason})`, async () => {
        const nap = createNap();
        const steps: Step[] = [
          { do: "grandchild", command: nap },
          { do: "say", text: "busy\n" },
          { do: "stall" },
        ];
        const executor = createRig(level, get(), { isStubborn, turns: [steps] });
        const order = createOrder(get(), { prompt: "x" });
        let tookMs = Number.NaN;
        const { events } = await run(executor, order, async (session, event) => {
          if (event.kind !== "output" || event.line !== "busy") return;
          await waitUntil("its grandchild", () => findProcesses(nap, { isExact: true }).length === 1);
          const startedAt = performance.now();
          await session.cancel(reason);
          tookMs = performance.now() - startedAt;
        });
        expect(tookMs).toBeLessThan(STOP_MS_MAX);
        expect(findProcesses(nap, { isExact: true })).toEqual([]);
        expect(findEvents(events, "turn")).toEqual([]);
        expect(events.at(-1)).toMatchObject({ kind: "ended", failure: null, result: { isCanceled: true } });
        expect(existsSync(join(order.folder, "door"))).toBe(false);
      });
    }
  }

  it("is told that what it asked for is cancelled, and can be taken up again", async () => {
    const script = {
      turns: [
        [{ do: "permission", kind: "execute", command: "touch ran" } as const],
        [{ do: "say", text: "{prompts}" } as const],
      ],
    };
    const order = createOrder(get(), { prompt: "one" });
    const { events } = await run(createRig(level, get(), script), order, async (session, event) => {
      if (event.kind === "permission") await session.cancel("pause");
    });
    expect(existsSync(join(get().tree, "ran"))).toBe(false);
    const known = findEvents(events, "session")[0]?.session ?? null;
    const next = createOrder(get(), { prompt: "continue", session: known });
    const { lines } = await run(createRig(level, get(), script), next, closeAfterTurn);
    expect(lines).toEqual(["one | continue"]);
  });

  it("waits for its turn to start, and costs nothing when it is cancelled before", async () => {
    const stagger = new Stagger();
    const leave = await stagger.enter(new AbortController().signal);
    const session = await createRig(level, get(), {}, { stagger }).start(createOrder(get(), { prompt: "x" }));
    await session.cancel("cancel");
    expect(await readAll(session)).toMatchObject([
      { kind: "ended", failure: null, result: { isCanceled: true, exitCode: null } },
    ]);
    leave?.();
    const { events } = await run(
      createRig(level, get(), {}, { stagger }),
      createOrder(get(), { prompt: "x" }),
      closeAfterTurn,
    );
    expect(findFailure(events)).toBeNull();
  });

  it("can be ended at any moment of its start", async () => {
    for (const moment of ["at once", "started"]) {
      const executor = createRig(level, get(), { initialize: "never" });
      const session = await executor.start(createOrder(get(), { prompt: "x" }));
      if (moment === "at once") await session.close();
      const events: ExecutorEvent[] = [];
      for await (const event of session.events) {
        events.push(event);
        if (event.kind === "started" && moment === "started") void session.cancel("shutdown");
      }
      expect(events.at(-1)).toMatchObject({ kind: "ended", failure: null, result: { isCanceled: true } });
      // Whatever is asked of it afterwards does no harm.
      await session.cancel("cancel");
      await session.close();
      await session.agent?.prompt("more");
      await session.agent?.permit("permit-1", true, "");
      await session.answer("ask-1", "x");
    }
  });

  it("is ended after its time, and by limits", async () => {
    const timed = await run(
      createRig(level, get(), { turns: [[{ do: "stall" }]] }),
      createOrder(get(), { prompt: "x", timeoutMs: 4_000 }),
    );
    expect(findFailure(timed.events)).toMatchObject({
      kind: "timeout",
      message: "scripted: it worked longer than 4 s",
    });
  });
});

async function readAll(session: ExecutorSession): Promise<ExecutorEvent[]> {
  const events: ExecutorEvent[] = [];
  for await (const event of session.events) events.push(event);
  return events;
}
