import type { TaskId, WorkstreamId } from "../model/ids.ts";
import type { State } from "../model/state.ts";

/** What cannot go on before something else: a walk along the index of waiters. */
export class BehindSearch {
  readonly #state: State;
  readonly #found = new Set<TaskId>();
  readonly #workstreams = new Set<WorkstreamId>();

  constructor(state: State) {
    this.#state = state;
  }

  /** All that was added, and everything behind it. */
  run(): ReadonlySet<TaskId> {
    for (const id of this.#found) {
      const task = this.#state.tasks.get(id);
      if (task === undefined) continue;
      this.addWaiters(`task:${id}\n`);
      if (task.phase !== null) this.addWaiters(`phase:${task.workstream}/${task.phase}\n`);
      this.addBehind(task.workstream);
    }
    return this.#found;
  }

  /** A task that is not done. */
  addTask(id: TaskId): void {
    if (this.#state.tasks.get(id)?.state.kind !== "completed") this.#found.add(id);
  }

  /** Tasks that wait for requirements with this beginning. */
  addWaiters(prefix: string): void {
    for (const [key, task] of this.#state.waiters.entriesFrom(prefix)) {
      if (!key.startsWith(prefix)) break;
      this.#found.add(task);
    }
  }

  /** What waits for the workstream as a whole. */
  addBehind(id: WorkstreamId): void {
    if (this.#workstreams.has(id)) return;
    this.#workstreams.add(id);
    for (const prefix of [`done:${id}\n`, `landed:${id}\n`, `integrated:${id}\n`, `artifact:${id}:`])
      this.addWaiters(prefix);
    for (const [key, above] of this.#state.stacked.entriesFrom(`${id}\n`)) {
      if (!key.startsWith(`${id}\n`)) break;
      this.#addOpen(above);
    }
    const workstream = this.#state.workstreams.get(id);
    if (workstream === undefined || !this.#state.holding.has(id)) return;
    for (const { workstream: other } of workstream.overlaps) {
      if (this.#state.workstreams.get(other)?.started === false) this.#addOpen(other);
    }
  }

  #addOpen(id: WorkstreamId): void {
    for (const task of this.#state.workstreams.get(id)?.tasks ?? []) this.addTask(task);
  }
}
