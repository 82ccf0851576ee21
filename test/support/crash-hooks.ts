import { existsSync } from "node:fs";
import type { ProjectPorts } from "../../src/engine/ports.ts";
import type { SqliteLog } from "../../src/store/sqlite.ts";
import type { EventLog } from "../../src/store/types.ts";

/** Where a daemon ends itself with SIGKILL, seen from its ports. */
export interface CrashPoint {
  /** `git.land`, `log.append`, `executor.start`, `project.prepare` …; `*`: any. */
  readonly call: string;
  readonly when: "before" | "after";
  /** What the arguments, as JSON, must hold; absent: anything. */
  readonly matching?: string;
  /** @default 1: the first such call */
  readonly nth?: number;
  /** It happens only while this file is not there, and makes it: once in the life of a home. */
  readonly marker: string;
}

/** Counts the calls of the ports and dies at the one that is asked for, as in a power cut: nothing runs after it. */
export class CrashHook {
  readonly #point: CrashPoint | null;
  readonly #mark: (path: string) => void;
  #seen = 0;

  constructor(point: CrashPoint | null, mark: (path: string) => void) {
    this.#point = point;
    this.#mark = mark;
  }

  /** The same port; each call passes here. */
  wrap<T extends object>(name: string, port: T): T {
    const point = this.#point;
    if (point === null || existsSync(point.marker)) return port;
    return new Proxy(port, {
      get: (target, key) => {
        const member = readMember(target, key);
        const isMeant = point.call === "*" || point.call === `${name}.${String(key)}`;
        if (typeof member !== "function" || !isMeant) return member;
        return (...args: unknown[]) => this.#pass(point, args, () => member(...args));
      },
    });
  }

  #pass(point: CrashPoint, args: readonly unknown[], act: () => unknown): unknown {
    const isMeant = point.matching === undefined || write(args).includes(point.matching);
    if (!isMeant || ++this.#seen !== (point.nth ?? 1)) return act();
    if (point.when === "before") this.#die(point);
    const result = act();
    return result instanceof Promise ? result.then(() => this.#die(point)) : this.#die(point);
  }

  #die({ marker }: CrashPoint): void {
    this.#mark(marker);
    process.kill(process.pid, "SIGKILL");
  }
}

/** A method keeps its own `this`: a class with private members needs it. */
function readMember(owner: object, key: string | symbol): unknown {
  const member: unknown = Reflect.get(owner, key);
  return typeof member === "function" ? member.bind(owner) : member;
}

function write(args: readonly unknown[]): string {
  return JSON.stringify(args, (_key, value: unknown) => (value instanceof AbortSignal ? undefined : value));
}

export function wrapProject(hook: CrashHook, ports: ProjectPorts): ProjectPorts {
  const git = hook.wrap("git", ports.git);
  return hook.wrap("project", {
    ...ports,
    git,
    // Agents are found later than the project is opened.
    get executors() {
      return new Map([...ports.executors].map(([name, each]) => [name, hook.wrap("executor", each)]));
    },
  });
}

/** The same log; `act` stands in for its `append`. */
export function replaceAppend(log: EventLog, append: EventLog["append"]): EventLog {
  return new Proxy(log, {
    get: (target, key) => (key === "append" ? append : readMember(target, key)),
  });
}

/**
 * The log on a disk that is full while the file `flag` is there: SQLite itself refuses to grow, so all that follows is
 * what a full disk brings about.
 */
export function fillWhile(flag: string, log: SqliteLog): EventLog {
  // biome-ignore lint/complexity/useLiteralKeys: the database is nobody's business but this test's.
  const database = log["database"];
  return replaceAppend(log, (events) => {
    const pages = Number(database.prepare("PRAGMA page_count").get()?.page_count ?? 1);
    database.exec(`PRAGMA max_page_count = ${existsSync(flag) ? pages : 2 ** 30}`);
    return log.append(events);
  });
}
