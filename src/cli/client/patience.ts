/** How long a command waits for a daemon that is alive, and what it says meanwhile. */
import { OsqrError } from "../../core/errors.ts";
import type { HomePaths } from "../../store/home.ts";
import { isStopped } from "./find.ts";

/** A daemon that is there and does not answer yet; `pid` null: it has just been started. */
export interface Awaited {
  /** `busy`: it starts or stops. */
  readonly kind: "busy" | "silent";
  readonly pid: number | null;
}

export interface PatienceLimits {
  /** When the person is told what is waited for, ms: a start alone takes some seconds on a slow machine. */
  readonly tellMs: number;
  /** For one that starts: a history of millions of events takes its time. */
  readonly startMs: number;
  /** For one that has a port and does not answer. */
  readonly silentMs: number;
}

const LIMITS: PatienceLimits = { tellMs: 5_000, startMs: 600_000, silentMs: 60_000 };

/** One wait for the daemon. A process that lives is waited for; it ends only at its bound. */
export class Patience {
  readonly #home: HomePaths;
  readonly #tell: (line: string) => void;
  readonly #limits: PatienceLimits;
  readonly #started = performance.now();
  #kind: Awaited["kind"] | null = null;
  #since = 0;
  #isTold = false;

  constructor(home: HomePaths, tell: (line: string) => void, limits: PatienceLimits = LIMITS) {
    this.#home = home;
    this.#tell = tell;
    this.#limits = limits;
  }

  /** Goes on waiting, and says once what for. @throws `daemon-silent` */
  check(awaited: Awaited): void {
    const now = performance.now();
    if (awaited.kind !== this.#kind) this.#since = now;
    this.#kind = awaited.kind;
    if (!this.#isTold && now - this.#started >= this.#limits.tellMs) {
      this.#isTold = true;
      this.#tell(sayAwaited(awaited, this.#home));
    }
    const { startMs, silentMs } = this.#limits;
    const waitedMs = now - this.#since;
    if (waitedMs >= (awaited.kind === "silent" ? silentMs : startMs))
      throw explainSilence(awaited, this.#home);
  }
}

const nameOf = ({ pid }: Awaited): string => (pid === null ? "the daemon" : `the daemon (pid ${pid})`);

const sayAwaited = (awaited: Awaited, { daemonLog }: HomePaths): string =>
  awaited.kind === "silent"
    ? `waiting for ${nameOf(awaited)}: it is there and does not answer yet`
    : `waiting for ${nameOf(awaited)}, which starts or stops: a long history takes its time (its log: ${daemonLog})`;

function explainSilence(awaited: Awaited, { daemonLog }: HomePaths): OsqrError {
  const ways = awaited.pid === null ? [] : listWaysOut(awaited.pid);
  return new OsqrError("daemon-silent", `${nameOf(awaited)} does not answer`, {
    hints: [...ways, `its log: ${daemonLog}`],
  });
}

/** What somebody can do about a daemon that is there and does not answer. */
export const listWaysOut = (pid: number): readonly string[] => [
  ...(isStopped(pid) ? [`it was stopped; let it go on: kill -CONT ${pid}`] : []),
  `end it: kill -9 ${pid}; what was acknowledged is on disk, and the next command starts it again`,
];
