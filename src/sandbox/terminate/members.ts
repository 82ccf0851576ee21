import { MARK_NAME } from "../environment.ts";
import type { Cage } from "../limits/cage.ts";
import { type ProcessEntry, readProcess, readProcessTable, readProcessVariable } from "./process-table.ts";

/**
 * All processes that belong to one sandboxed process: its descendants, also those that left its session and lost their
 * parent. A process counts as a member when it is in the cage, when its parent is or was seen to be one, when it is in
 * the session of the first, or when it carries the mark in its environment. At level `process` without a cage one that
 * drops the mark, leaves the session and loses its parent between two looks can escape; a pid namespace has no such gap.
 */
export class Members {
  /** The first process. */
  readonly root: number;
  readonly #mark: string;
  readonly #cage: Cage | null;
  readonly #rootTicks: number;
  #keepers: readonly ProcessEntry[] = [];
  readonly #ownSession: number;
  /** Members seen, by `pid:startTicks`. */
  #known = new Set<string>();
  /** Processes seen to be strangers, by `pid:startTicks`. */
  #strangers = new Set<string>();

  constructor(root: number, mark: string, cage: Cage | null) {
    this.root = root;
    this.#mark = mark;
    this.#cage = cage;
    this.#rootTicks = readProcess(root)?.startTicks ?? 0;
    this.#ownSession = readProcess(process.pid)?.session ?? 0;
  }

  /** Names the processes of the sandbox itself, which hold it up: they get no SIGTERM, and SIGKILL first. */
  setKeepers(pids: readonly number[]): void {
    this.#keepers = pids.map(readProcess).filter((entry) => entry !== null);
  }

  isKeeper(entry: ProcessEntry): boolean {
    return this.#keepers.some((keeper) => toKey(keeper) === toKey(entry));
  }

  /** Looks again; the members that are alive, as of at most `ageMsMax` ago. */
  refresh(ageMsMax: number): ProcessEntry[] {
    const table = readProcessTable(ageMsMax);
    const caged = new Set(this.#cage?.readPids());
    const children = Map.groupBy(table, (entry) => entry.parent);
    const found = new Map<string, ProcessEntry>();
    const strangers = new Set<string>();
    for (const entry of table) {
      const key = toKey(entry);
      if (found.has(key)) continue;
      if (caged.has(entry.pid) || this.#isMember(entry, key)) collect(entry, children, found);
      else strangers.add(key);
    }
    this.#known = new Set(found.keys());
    this.#strangers = strangers;
    return [...found.values()].filter((entry) => !entry.isZombie);
  }

  /** Kills without looking: the keepers, with which a namespace falls, the first group, and all that is in the cage. */
  strike(): void {
    // A pid may belong to somebody else by now: its start time tells.
    for (const keeper of this.#keepers) {
      if (readProcess(keeper.pid)?.startTicks === keeper.startTicks) sendSignal(keeper.pid, "SIGKILL");
    }
    if (this.#isRootThere()) sendSignal(-this.root, "SIGKILL");
    for (const pid of this.#cage?.readPids() ?? []) sendSignal(pid, "SIGKILL");
  }

  /** Sends a signal to every given member, and at once to whole process groups where that cannot hit a stranger. */
  signal(entries: readonly ProcessEntry[], name: NodeJS.Signals): void {
    const groups = new Set<number>();
    for (const entry of entries) {
      // A process that is just going away has no group any more: 0 and 1 would mean something else.
      if (entry.session !== this.#ownSession && entry.group > 1) groups.add(entry.group);
    }
    if (entries.length === 0 && this.#isRootThere()) groups.add(this.root);
    // A group gets a signal as one: a process that forks meanwhile does not slip through.
    for (const group of groups) sendSignal(-group, name);
    for (const entry of entries) {
      if (!groups.has(entry.group)) sendSignal(entry.pid, name);
    }
  }

  /** Where there is no `/proc` to ask, the start time is 0 and the first process is taken to be there. */
  #isRootThere(): boolean {
    return (readProcess(this.root)?.startTicks ?? 0) === this.#rootTicks;
  }

  #isMember(entry: ProcessEntry, key: string): boolean {
    if (this.#known.has(key)) return true;
    if (entry.startTicks < this.#rootTicks || entry.pid === process.pid) return false;
    if (entry.pid === this.root) return entry.startTicks === this.#rootTicks;
    if (entry.session === this.root) return true;
    if (this.#strangers.has(key)) return false;
    return readProcessVariable(entry.pid, MARK_NAME) === this.#mark;
  }
}

/** Sends a signal to a pid, or to a group as a negative number. A process that is gone already is fine. */
export function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already, or not ours: the next look tells.
  }
}

function collect(
  first: ProcessEntry,
  children: ReadonlyMap<number, ProcessEntry[]>,
  found: Map<string, ProcessEntry>,
): void {
  const queue = [first];
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    const key = toKey(entry);
    if (found.has(key)) continue;
    found.set(key, entry);
    queue.push(...(children.get(entry.pid) ?? []));
  }
}

function toKey(entry: ProcessEntry): string {
  return `${entry.pid}:${entry.startTicks}`;
}
