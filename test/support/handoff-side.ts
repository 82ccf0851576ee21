import { decide } from "../../src/core/decide/decide.ts";
import { evolve } from "../../src/core/evolve/evolve.ts";
import type { Command } from "../../src/core/model/command.ts";
import { EVENT_VERSION, type Event } from "../../src/core/model/event.ts";
import { emptyState, type State } from "../../src/core/model/state.ts";
import { EffectContext } from "../../src/engine/effects/context.ts";
import { HANDOFFS_REF } from "../../src/engine/effects/refs.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { artifactOf } from "../../src/engine/handoffs/history.ts";
import { leaveArtifact, leaveCompletion, recoverHandoffs } from "../../src/engine/handoffs/leave.ts";
import type { ProjectPorts } from "../../src/engine/ports.ts";
import type { GitPort } from "../../src/git/types.ts";
import { MemoryLog } from "../../src/store/memory.ts";
import { openGit } from "../simulation/machine/git.ts";
import { MemoryRepository } from "../simulation/machine/repository.ts";
import { PROJECT } from "./core-builders.ts";

/** The core, a log, a repository in memory and the effects that leave handoffs. */
export class HandoffSide {
  state: State = emptyState();
  readonly history: Event[] = [];
  readonly log = new MemoryLog();
  readonly repository = new MemoryRepository();
  readonly project: ProjectPorts;
  context: EffectContext;
  now = 1_000_000;

  /** @param change replaces calls of git, to break them */
  constructor(pattern: "producer" | "collector", change: (git: GitPort) => Partial<GitPort> = () => ({})) {
    const disk = { repository: this.repository, workspaces: new Map(), dirty: new Set<string>() };
    const git = openGit(disk, { call: async (_what, act) => act() }, {});
    const changed = { ...git, ...change(git) };
    this.project = { id: PROJECT, git: changed, handoffs: () => pattern } as unknown as ProjectPorts;
    this.context = this.#start();
  }

  /** A process that knows only what the log says. */
  #start(): EffectContext {
    const engine = {
      getState: () => this.state,
      get state() {
        return this.getState();
      },
      ports: { log: this.log, clock: { soon: queueMicrotask } },
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
