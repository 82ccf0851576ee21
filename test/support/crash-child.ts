import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { DaemonOrder } from "./crash-daemon.ts";
import type { CrashRepo } from "./crash-repo.ts";

const PROGRAM = join(import.meta.dirname, "crash-daemon.ts");
/** Compiled code of the daemon: most of a start is reading it. */
export const COMPILED = join(import.meta.dirname, "../../node_modules/.cache/node");
export const FLAGS = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];
/** A daemon that does not end by then hangs. */
const LIFE_MS_MAX = 60_000;

export interface Acknowledged {
  readonly seq: number;
  readonly hash: string;
  readonly kind: string;
}

/** How a daemon ended. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A daemon as its parent sees it. */
export class CrashChild {
  readonly process: ChildProcess;
  /** What it said of its events before it ended, also while it was being killed. */
  readonly events: Acknowledged[] = [];
  /** Other lines of stdout: `open`, `rest <status>`, `closed`. */
  readonly lines: string[] = [];
  /** The daemon's own log. */
  readonly complaints: string[] = [];
  /** Resolves when the process is gone and all that it printed was read. */
  readonly ended: Promise<End>;
  readonly #watchers = new Set<() => void>();

  constructor(repo: CrashRepo, order: Partial<DaemonOrder> = {}) {
    const rest = { crash: null, fullWhile: null, answers: true, revert: null };
    const whole: DaemonOrder = { root: repo.root, ...rest, ...order };
    const child = spawn(process.execPath, [...FLAGS, PROGRAM, JSON.stringify(whole)], {
      env: { ...repo.env, NODE_COMPILE_CACHE: COMPILED },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    createInterface({ input: child.stdout }).on("line", (line) => this.#take(line));
    createInterface({ input: child.stderr }).on("line", (line) => {
      this.complaints.push(line);
      this.#tell();
    });
    const timer = setTimeout(() => {
      this.complaints.push(`ended by the test: it ran for ${LIFE_MS_MAX} ms`);
      child.kill("SIGKILL");
    }, LIFE_MS_MAX);
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        clearTimeout(timer);
        resolve({ code, signal });
        this.#tell();
      });
    });
  }

  #take(line: string): void {
    const [word, seq, hash = "", kind = ""] = line.split(" ");
    if (word === "event") this.events.push({ seq: Number(seq), hash, kind });
    else this.lines.push(line);
    this.#tell();
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Resolves when that is so; rejects when the daemon ends before. */
  async until(what: string, isSo: (child: CrashChild) => boolean): Promise<void> {
    const found = new Promise<void>((resolve) => {
      const watcher = (): void => {
        if (!isSo(this)) return;
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
      watcher();
    });
    await Promise.race([found, this.ended]);
    if (!isSo(this)) throw new Error(`the daemon ended before ${what}\n${this.describe()}`);
  }

  untilEvent(kind: string): Promise<void> {
    return this.until(kind, ({ events }) => events.some((event) => event.kind === kind));
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** For the message of a failed test. */
  describe(): string {
    const kinds = this.events.map(({ seq, kind }) => `${seq} ${kind}`).slice(-15);
    return [...kinds, ...this.lines, ...this.complaints.slice(-20)].join("\n");
  }
}
