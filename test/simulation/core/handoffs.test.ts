/** Producers and a collector, side by side over the same random history (FR-029). */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Command } from "../../../src/core/model/command.ts";
import { collectHandoffs } from "../../../src/engine/handoffs/collect.ts";
import { readArtifacts } from "../../../src/engine/handoffs/history.ts";
import { toEdits } from "../../../src/engine/handoffs/place.ts";
import { PROJECT } from "../../support/core-builders.ts";
import { HandoffSide } from "../../support/handoff-side.ts";
import { Random } from "../random.ts";
import { makeWorld, type World } from "../world.ts";
import { makeCommand } from "./commands.ts";

const STEPS = 150;

/** The same commands at the same times for both; the collector works and dies when it likes. */
async function play(seed: number): Promise<{ producer: HandoffSide; collector: HandoffSide }> {
  const random = new Random(seed);
  const world: World = makeWorld(random.fork());
  const whims = random.fork();
  const producer = new HandoffSide("producer");
  const collector = new HandoffSide("collector");
  const both = async (command: Command): Promise<void> => {
    for (const side of [producer, collector]) {
      side.now += 1_000;
      await side.carryOut(command);
    }
  };
  await both({ kind: "open_project", project: world.project });
  for (const group of world.groups) await both({ kind: "register", project: PROJECT, ...group });
  const rest = { approve: [], approveAll: true, planningMs: 0, maxParallel: 4, by: "user" };
  await both({ kind: "go", project: PROJECT, include: world.ids, ...rest });
  for (let step = 0; step < STEPS; step += 1) {
    const command = makeCommand(random, producer.state, world);
    // What is committed is what the effects here commit.
    if (command.kind !== "handoffs_collected" && command.kind !== "handoff_repaired") await both(command);
    if (whims.chance(0.1)) await collectHandoffs(collector.context, collector.project);
    if (whims.chance(0.03)) await collector.crash();
    if (whims.chance(0.03)) await producer.crash();
  }
  await collector.crash();
  return { producer, collector };
}

test("both patterns leave the same bytes and the same history", async () => {
  let handoffs = 0;
  let collected = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const { producer, collector } = await play(seed);
      expect([...collector.files()]).toEqual([...producer.files()]);
      expect(collector.story()).toEqual(producer.story());
      expect(collector.state.uncollected.size).toBe(0);
      for (const { id, handoff } of producer.state.tasks.values()) {
        const other = collector.state.tasks.get(id)?.handoff;
        expect(other?.path).toBe(handoff?.path);
        for (const place of [handoff, other]) if (place != null) expect(place.commit).not.toBe(null);
      }
      handoffs += producer.files().size / 2;
      collected += collector.history.filter(({ kind }) => kind === "handoffs_collected").length;
    }),
    { numRuns: 60 },
  );
  // The runs were worth looking at.
  expect(handoffs).toBeGreaterThan(100);
  expect(collected).toBeGreaterThan(30);
});

test("what the history tells of handoffs is what was left", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const { producer } = await play(seed);
      const told = new Map<string, string>();
      for (const artifact of readArtifacts(producer.log, PROJECT))
        for (const { path, content } of toEdits([artifact])) told.set(path, content ?? "");
      for (const [path, content] of producer.files()) expect([path, told.get(path)]).toEqual([path, content]);
    }),
    { numRuns: 20 },
  );
});
