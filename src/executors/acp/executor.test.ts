import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPlace, isBubblewrapWorking, type TestPlace } from "../../sandbox/testing.ts";
import type { SandboxLevel } from "../../sandbox/types.ts";
import { createOrder, type React, run } from "../testing.ts";
import { createRig } from "./testing.ts";

const levels: readonly { level: SandboxLevel; isHere: boolean }[] = [
  { level: "bubblewrap", isHere: isBubblewrapWorking },
  { level: "process", isHere: true },
];

for (const { level, isHere } of levels) {
  const where = isHere ? "" : " (does not work on this machine)";
  describe.skipIf(!isHere)(`an agent at level ${level}${where}`, () => {
    let place: TestPlace;
    beforeEach(() => {
      place = createPlace();
    });
    afterEach(() => place.remove());

    it("is told what to do, does it, and is closed after its turn", async () => {
      const executor = createRig(level, place, {
        turns: [
          [
            { do: "say", text: "I write {prompt}.\nThen I look.", chunks: 7 },
            { do: "edit", path: "src/a.txt", content: "hello" },
            { do: "shell", command: "cat src/a.txt" },
            { do: "say", text: "It says {last}." },
          ],
        ],
      });
      const order = createOrder(place, { prompt: "a greeting" });
      const { events, lines } = await run(executor, order, closeAfterTurn);
      expect(events.at(0)).toMatchObject({ kind: "started", logPath: join(order.folder, "output.log") });
      expect(events.map((event) => event.kind).filter((kind) => kind !== "output")).toEqual([
        "started",
        "session",
        "tool",
        "tool",
        "turn",
        "ended",
      ]);
      expect(events.find((event) => event.kind === "session")).toMatchObject({
        how: "new",
        session: { executor: "scripted", agent: "scripted-agent 1.0.0" },
      });
      expect(events.find((event) => event.kind === "turn")).toEqual({ kind: "turn", stop: "end_turn" });
      expect(events.at(-1)).toMatchObject({ failure: null, result: { isCanceled: false, timedOut: false } });
      const said = [
        "I write a greeting.",
        "Then I look.",
        "→ Write src/a.txt",
        "→ cat src/a.txt",
        "It says hello.",
      ];
      expect(lines).toEqual(said);
      expect(readFileSync(join(order.folder, "output.log"), "utf8")).toContain(`${said.join("\n")}\n`);
      expect(readFileSync(join(place.tree, "src/a.txt"), "utf8")).toBe("hello");
      expect(existsSync(join(order.folder, "door"))).toBe(false);
    });
  });
}

const closeAfterTurn: React = async (session, event) => {
  if (event.kind === "turn") await session.close();
};
