/** Somebody whose work ends when he does: a daemon that crashes, or the machine itself. */
export interface Owner {
  alive: boolean;
}

interface Entry {
  readonly at: number;
  readonly seq: number;
  readonly owner: Owner;
  readonly run: () => void;
}

/** 2025-06-01 in ms since the epoch: where virtual time begins. */
export const START = 1_748_736_000_000;

/**
 * Virtual time. Everything that waits is an entry; `step` takes the earliest one, sets the clock to it, and lets all that
 * follows from it settle. So the order of things depends on the delays alone, and they on the seed.
 */
export class Scheduler {
  now = START;
  steps = 0;
  #seq = 0;
  readonly #heap: Entry[] = [];

  /** Calls back after a time. What belongs to somebody dead is dropped. Returns the way to stop it. */
  after(owner: Owner, ms: number, run: () => void): () => void {
    let stopped = false;
    this.#seq += 1;
    this.#push({
      at: this.now + Math.max(0, ms),
      seq: this.#seq,
      owner,
      run: () => {
        if (!stopped) run();
      },
    });
    return () => {
      stopped = true;
    };
  }

  /** Never resolves for somebody who dies meanwhile: that is what a crash at an await point is. */
  sleep(owner: Owner, ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(owner, ms, resolve);
    });
  }

  /** False: nothing is left to happen. */
  async step(): Promise<boolean> {
    let entry = this.#pop();
    while (entry !== undefined && !entry.owner.alive) entry = this.#pop();
    if (entry === undefined) return false;
    this.now = entry.at;
    this.steps += 1;
    entry.run();
    // All that has become possible by it happens before the next step.
    await new Promise((resolve) => setImmediate(resolve));
    return true;
  }

  #isBefore(a: Entry, b: Entry): boolean {
    return a.at < b.at || (a.at === b.at && a.seq < b.seq);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up] as Entry;
      if (!this.#isBefore(entry, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const smaller =
        right < heap.length && this.#isBefore(heap[right] as Entry, heap[left] as Entry) ? right : left;
      if (!this.#isBefore(heap[smaller] as Entry, last)) break;
      heap[at] = heap[smaller] as Entry;
      at = smaller;
    }
    heap[at] = last;
    return first;
  }
}
