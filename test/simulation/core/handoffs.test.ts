/** Producers and a collector, side by side over the same random history (FR-029). */
import fc from "fast-check";
import { expect, test } from "vitest";
import { decide } from "../../../src/core/decide/decide.ts";
import { evolve } from "../../../src/core/evolve/evolve.ts";
import type { Command } from "../../../src/core/model/command.ts";
import { EVENT_VERSION, type Event } from "../../../src/core/model/event.ts";
import { emptyState, type State } from "../../../src/core/model/state.ts";
import { EffectContext } from "../../../src/engine/effects/context.ts";
import { HANDOFFS_REF } from "../../../src/engine/effects/refs.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { collectHandoffs } from "../../../src/engine/handoffs/collect.ts";
import { artifactOf, readArtifacts } from "../../../src/engine/handoffs/history.ts";
import { leaveArtifact, leaveCompletion, recoverHandoffs } from "../../../src/engine/handoffs/leave.ts";
import { toEdits } from "../../../src/engine/handoffs/place.ts";
import type { ProjectPorts } from "../../../src/engine/ports.ts";
import { MemoryLog } from "../../../src/store/memory.ts";
import { PROJECT } from "../../support/core-builders.ts";
import { openGit } from "../machine/git.ts";
import { MemoryRepository } from "../machine/repository.ts";
import { Random } from "../random.ts";
import { makeWorld, type World } from "../world.ts";
import { makeCommand } from "./commands.ts";

const STEPS = 150;

/** The core, a log, a repository in memory and the effects that leave handoffs. */
class Side {
  state: State = emptyState();
  readonly history: Event[] = [];
  readonly log = new MemoryLog();
  readonly repository = new MemoryRepository();
  readonly project: ProjectPorts;
  context: EffectContext;
  now = 1_000_000;

  constructor(pattern: "producer" | "collector") {
    const disk = { repository: this.repository, workspaces: new Map(), dirty: new Set<string>() };
    const git = openGit(disk, { call: async (_what, act) => act() }, {});
    this.project = { id: PROJECT, git, handoffs: () => pattern } as unknown as ProjectPorts;
    this.context = this.#start();
  }

  /** A process that knows only what the log says. */
  #start(): EffectContext {
    const engine = {
      getState: () => this.state,
      get state() {
        return this.getState();
      },
      ports: { log: this.log },
      project: async () => this.project,
      submitResult: async (command: Command) => ({ ok: (await this.send(command)).length > 0 }),
    };
    return new EffectContext(engine as unknown as Engine);
  }

  async crash(): Promise<void> {
    this.context = this.#start();
    await recoverHandoffs(this.context, this.project);
  }

  async send(command: Command): Promise<readonly Event[]> {
    const decided = decide(this.state, command, this.now);
    if (!decided.ok || decided.events.length === 0) return [];
    let before = this.state;
    this.state = decided.state;
    this.history.push(...decided.events);
    this.log.append(
      decided.events.map(({ seq: _, at, kind, ...data }) => ({ at, kind, data, v: EVENT_VERSION })),
    );
    for (const event of decided.events) {
      before = evolve(before, event);
      this.context.outstanding.note(event, this.state);
      const artifact = artifactOf(before, event);
      if (artifact !== null) await leaveArtifact(this.context, artifact);
    }
    return decided.events;
  }

  /** A result that joins leaves its handoff first. */
  async carryOut(command: Command): Promise<void> {
    const isReal = command.kind === "task_joined" && this.state.joining.has(command.attempt);
    if (!isReal || this.state.attempts.get(command.attempt)?.fence !== command.fence) {
      await this.send(command);
      return;
    }
    const { tip } = command;
    const left = await leaveCompletion(this.context, this.project, {
      ...this.context.attempt(command.attempt),
      tip,
    });
    await this.send({ ...command, ...left });
  }

  files(): ReadonlyMap<string, string> {
    const tip = this.repository.refs.get(HANDOFFS_REF);
    return tip === undefined ? new Map() : this.repository.files(tip);
  }

  /** What became of tasks and attempts, without numbers of events and without where handoffs are committed. */
  story(): unknown[] {
    return this.history
      .filter(({ kind }) => /^(?:attempt|task|workstream|review)/.test(kind))
      .map(({ seq: _seq, at: _at, ...event }) =>
        event.kind === "task_completed" && event.handoff !== null
          ? { ...event, handoff: { ...event.handoff, commit: null } }
          : event,
      );
  }
}

/** The same commands at the same times for both; the collector works and dies when it likes. */
async function play(seed: number): Promise<{ producer: Side; collector: Side }> {
  const random = new Random(seed);
  const world: World = makeWorld(random.fork());
  const whims = random.fork();
  const producer = new Side("producer");
  const collector = new Side("collector");
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
    await both(makeCommand(random, producer.state, world));
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
