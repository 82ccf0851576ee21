import { type Decided, decide, nextDeadline } from "../core/decide/decide.ts";
import { OsqrError } from "../core/errors.ts";
import { evolve } from "../core/evolve/evolve.ts";
import { type MemoryUse, measureLoad } from "../core/memory-need.ts";
import type { Command } from "../core/model/command.ts";
import { EVENT_VERSION, type Event } from "../core/model/event.ts";
import type { AttemptId, ProjectId } from "../core/model/ids.ts";
import { emptyState, type State } from "../core/model/state.ts";
import type { Task } from "../core/model/work.ts";
import { dumpState, loadState, STATE_VERSION } from "../core/snapshot.ts";
import type { AppendInput, StoredEvent } from "../store/types.ts";
import { Effects } from "./effects/effects.ts";
import type { HandoffRepair, RepairRequest } from "./handoffs/repair.ts";
import type { HandoffFault } from "./handoffs/stands-on.ts";
import type { EnginePorts, ProjectPorts } from "./ports.ts";
import { fromStored } from "./stored-event.ts";

/** The answer to whatever comes after the end. */
const CLOSED = { code: "closed", message: "osqr is stopping", hints: ["try again: it starts by itself"] };

/** Commands decided in one group commit at the most. */
const BATCH_MAX = 512;
/** A snapshot is written every so many events, and at the end. */
const SNAPSHOT_EVERY = 5_000;
/** After a start that had to read so many, once the first questions are answered. */
const SNAPSHOT_AFTER_MS = 3_000;
const RETRY_MS_MAX = 10_000;
/** The longest that a timer takes. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** A timer that fired in vain fires again after this at the earliest. */
const TICK_PAUSE_MS = 100;

interface Waiting {
  readonly command: Command;
  /** Results of effects outlive a failed write; what a person asked is refused instead. */
  readonly fromEffect: boolean;
  resolve(decided: Decided): void;
  reject(error: unknown): void;
}

/**
 * The loop around the core: take commands, decide, append (durable), evolve, publish, start the effects that the events
 * call for. Effects come back only as commands. Everything that a batch decided becomes durable in one transaction
 * before anybody hears of it.
 */
export class Engine {
  readonly ports: EnginePorts;
  #state: State;
  #stopSnapshot: (() => void) | null = null;
  readonly #effects: Effects;
  readonly #projects = new Map<ProjectId, Promise<ProjectPorts>>();
  readonly #listeners = new Set<(event: StoredEvent) => void>();
  #inbox: Waiting[] = [];
  #pumping = false;
  #closed = false;
  #draining = false;
  #stopTimer: (() => void) | null = null;
  #snapshotSeq: number;
  #retryMs = 250;

  constructor(ports: EnginePorts) {
    this.ports = ports;
    const { state, snapshotSeq } = replay(ports);
    this.#state = state;
    this.#snapshotSeq = snapshotSeq;
    this.#effects = new Effects(this);
  }

  get state(): State {
    return this.#state;
  }

  /** Takes up what an earlier process left. Call once, before the first command. */
  async recover(): Promise<void> {
    // Else a process that is killed before much happens leaves the long way to the next one too. First it answers.
    if (this.#isSnapshotDue())
      this.#stopSnapshot = this.ports.clock.after(SNAPSHOT_AFTER_MS, () => this.#saveSnapshot());
    await this.#effects.recover();
    await this.submit({ kind: "tick" });
    // Nothing may have happened that would have set it.
    this.#armTimer();
  }

  project(id: ProjectId): Promise<ProjectPorts> {
    const known = this.#projects.get(id);
    if (known !== undefined) return known;
    const root = this.#state.projects.get(id)?.root;
    if (root === undefined) return Promise.reject(new OsqrError("unknown-project", `no project ${id}`));
    return this.#adopt(id, this.ports.openProject(id, root));
  }

  /** Hands in the ports of a project that was opened by the caller already. */
  adoptProject(ports: ProjectPorts): void {
    if (!this.#projects.has(ports.id)) void this.#adopt(ports.id, Promise.resolve(ports));
  }

  /** No effect gets at a project before what earlier processes left in it is put in order. */
  #adopt(id: ProjectId, opening: Promise<ProjectPorts>): Promise<ProjectPorts> {
    const adopted = opening.then(async (ports) => {
      await this.#effects.tidy(ports);
      return ports;
    });
    this.#projects.set(id, adopted);
    // A folder that is gone now may be back later.
    adopted.catch(() => this.#projects.delete(id));
    return adopted;
  }

  /** A person's request. @throws OsqrError with the refusal's code, or `log-write-failed` */
  async submit(command: Command): Promise<readonly Event[]> {
    const decided = await this.#enqueue(command, false);
    if (!decided.ok) {
      const { code, message, hints } = decided.refusal;
      throw new OsqrError(code, message, { hints });
    }
    return decided.events;
  }

  /** An effect's result. A refusal is an answer here: the world has moved on. */
  submitResult(command: Command): Promise<Decided> {
    return this.#enqueue(command, true);
  }

  #enqueue(command: Command, fromEffect: boolean): Promise<Decided> {
    if (this.#closed) return Promise.resolve({ ok: false, refusal: CLOSED });
    return new Promise((resolve, reject) => {
      this.#inbox.push({ command, fromEffect, resolve, reject });
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#pumping || this.#closed) return;
    this.#pumping = true;
    this.ports.clock.soon(() => this.#pump());
  }

  #pump(): void {
    this.#pumping = false;
    if (this.#closed) return;
    const batch = this.#inbox.splice(0, BATCH_MAX);
    const now = this.ports.clock.now();
    const events: Event[] = [];
    const outcomes: Decided[] = [];
    let state = this.#state;
    const take = (command: Command): void => {
      const decided = decide(state, command, now);
      outcomes.push(decided);
      if (!decided.ok) return;
      state = decided.state;
      events.push(...decided.events);
    };
    for (const { command } of batch) take(command);
    // What has just become ready says how much memory one more needs.
    for (const command of this.#scheduling(state)) take(command);
    const stored = this.#append(batch, events);
    if (stored === null) return;
    const before = this.#state;
    this.#state = state;
    batch.forEach((waiting, index) => {
      waiting.resolve(outcomes[index] as Decided);
    });
    this.#publish(before, events, stored);
    if (this.#inbox.length > 0) this.#wake();
  }

  /** Every batch ends with a look at what may start; not while the engine winds up. */
  #scheduling(state: State): Command[] {
    return this.#draining ? [] : [{ kind: "schedule", slots: this.#countSlots(state) }];
  }

  #countSlots(state: State): number {
    return Math.max(1, this.ports.slots(measureLoad(state, this.memory())));
  }

  /** What running attempts have of the machine's memory, as the last look said. */
  memory(): ReadonlyMap<AttemptId, MemoryUse> {
    return this.#effects.memory();
  }

  /** Null: nothing was written. People are told; results of effects are kept and tried again. */
  #append(batch: readonly Waiting[], events: readonly Event[]): readonly StoredEvent[] | null {
    if (events.length === 0) return [];
    try {
      const stored = this.ports.log.append(events.map(toInput));
      this.#retryMs = 250;
      return stored;
    } catch (error) {
      this.ports.report(`the log cannot be written: ${String(error)}`);
      for (const waiting of batch) if (!waiting.fromEffect) waiting.reject(error);
      this.#inbox = [...batch.filter(({ fromEffect }) => fromEffect), ...this.#inbox];
      this.#retryMs = Math.min(RETRY_MS_MAX, this.#retryMs * 2);
      this.ports.clock.after(this.#retryMs, () => this.#wake());
      return null;
    }
  }

  #publish(before: State, events: readonly Event[], stored: readonly StoredEvent[]): void {
    events.forEach((event, index) => {
      this.#effects.react(event, () => events.slice(0, index + 1).reduce(evolve, before));
      const line = stored[index];
      if (line !== undefined) for (const listener of this.#listeners) listener(line);
    });
    if (this.#isSnapshotDue() && this.#stopSnapshot === null) this.#saveSnapshot();
    if (events.length > 0) this.#armTimer();
  }

  #isSnapshotDue(): boolean {
    return this.#state.seq - this.#snapshotSeq >= SNAPSHOT_EVERY;
  }

  #saveSnapshot(): void {
    this.#stopSnapshot?.();
    this.#stopSnapshot = null;
    const { seq } = this.#state;
    if (seq === this.#snapshotSeq) return;
    this.#snapshotSeq = seq;
    try {
      this.ports.log.saveSnapshot({ seq, version: STATE_VERSION, state: dumpState(this.#state) });
    } catch (error) {
      // Only the next start takes longer.
      this.ports.report(`no snapshot could be written: ${String(error)}`);
    }
  }

  /** One timer, for the next decision that resolves by itself. It may fire early: the clock was set back, or it is far away. */
  #armTimer(waitMsMin = 0): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    const next = nextDeadline(this.#state);
    if (next === null) return;
    const wait = Math.max(waitMsMin, Math.min(next - this.ports.clock.now(), TIMER_MS_MAX));
    this.#stopTimer = this.ports.clock.after(wait, () => {
      void this.submitResult({ kind: "tick" }).then(() => this.#armTimer(TICK_PAUSE_MS));
    });
  }

  /** A timer is set for a decision: the daemon must not stop. */
  hasPendingTimer(): boolean {
    return nextDeadline(this.#state) !== null;
  }

  /** Attempts, joins, gates or landings are under way. */
  isBusy(): boolean {
    return this.#effects.isBusy() || this.#inbox.length > 0;
  }

  subscribe(listener: (event: StoredEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks again whether a base that could not follow can now. */
  follow(id: ProjectId): Promise<void> {
    return this.#effects.follow(id);
  }

  /** Makes handoffs that are missing or cannot be read again. */
  async repairHandoffs(id: ProjectId, request: RepairRequest): Promise<readonly HandoffRepair[]> {
    return this.#effects.repairHandoffs(await this.project(id), request);
  }

  /** The first of the tasks' handoffs that cannot be read; null: all can. */
  async findHandoffFault(id: ProjectId, tasks: readonly Task[]): Promise<HandoffFault | null> {
    return this.#effects.findHandoffFault(await this.project(id), tasks);
  }

  /** Ends what runs (its work is salvaged and taken up at the next start), writes a snapshot, closes the log. */
  async close(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    await this.#effects.shutdown();
    this.#closed = true;
    this.#stopTimer?.();
    try {
      this.#saveSnapshot();
    } finally {
      this.ports.log.close();
    }
  }
}

function toInput({ seq: _seq, at, kind, ...data }: Event): AppendInput {
  return { at, kind, data: data as Record<string, unknown>, v: EVENT_VERSION };
}

/** State from the newest good snapshot and the events after it; `snapshotSeq` 0: there is no snapshot. */
function replay({ log }: EnginePorts): { readonly state: State; readonly snapshotSeq: number } {
  const snapshot = log.loadSnapshot(STATE_VERSION);
  let state = snapshot === null ? emptyState() : loadState(snapshot.state);
  for (const stored of log.read({ after: state.seq })) state = evolve(state, fromStored(stored));
  return { state, snapshotSeq: snapshot?.seq ?? 0 };
}
