/** Starts the daemon in the background and waits until it answers. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readSync, renameSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { OsqrError } from "../../core/errors.ts";
import type { HomePaths } from "../../store/home.ts";
import type { Host } from "../host.ts";
import { cleanText } from "../text/plain.ts";
import { type FoundDaemon, findDaemon } from "./find.ts";
import type { Awaited, Patience } from "./patience.ts";

const POLL_MS = 40;
/** The log is put aside at a start when it is larger. */
const LOG_BYTES_MAX = 5_000_000;
const LAST_WORDS_BYTES_MAX = 8_192;
const LAST_LINES_MAX = 10;

export type ReadyDaemon = Extract<FoundDaemon, { kind: "ready" }>;

interface Starting {
  readonly child: ChildProcess;
  /** Size of the log before it started. */
  readonly logStart: number;
}

/**
 * The daemon, started if nobody has yet. Where two commands start it at once, one daemon loses the race for the home and both
 * commands use the other.
 *
 * @throws what kept the daemon from starting, by its code; `daemon-silent` where it does not answer in the end
 */
export async function startBackgroundDaemon(
  host: Host,
  home: HomePaths,
  patience: Patience,
): Promise<ReadyDaemon> {
  let starting: Starting | null = null;
  for (;;) {
    const found = await findDaemon(home);
    if (found.kind === "ready") return found;
    if (starting !== null && hasEnded(starting.child)) {
      const error = explainEnd(home, starting);
      if (error.code !== "home-locked") throw error;
      starting = null;
    } else if (starting === null && found.kind === "absent") {
      starting = spawnDaemon(host, home);
    }
    patience.check(toAwaited(found, starting));
    await sleep(POLL_MS);
  }
}

/** The daemon of a home where one runs, is about to, or is on its way out; null: none. @throws `daemon-silent` */
export async function awaitRunningDaemon(home: HomePaths, patience: Patience): Promise<ReadyDaemon | null> {
  for (;;) {
    const found = await findDaemon(home);
    if (found.kind === "ready") return found;
    if (found.kind === "absent") return null;
    patience.check(found);
    await sleep(POLL_MS);
  }
}

/** Our own child is alive: it is on its way, whatever its file says yet. */
function toAwaited(found: FoundDaemon, starting: Starting | null): Awaited {
  if (found.kind === "silent" || found.kind === "busy") return found;
  return { kind: "busy", pid: starting?.child.pid ?? null };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function spawnDaemon(host: Host, home: HomePaths): Starting {
  const logStart = rotateLog(home.daemonLog);
  const log = openSync(home.daemonLog, "a", 0o600);
  try {
    const [program, ...rest] = host.self;
    const child = spawn(program, [...rest, "serve", "--background", "--json"], {
      cwd: home.root,
      env: host.env as NodeJS.ProcessEnv,
      detached: true,
      stdio: ["ignore", log, log],
    });
    // Without a listener a program that is not there would end this process; `exitCode` tells it too.
    child.on("error", () => undefined);
    child.unref();
    return { child, logStart };
  } finally {
    closeSync(log);
  }
}

/** Size of the log that the new daemon starts with. */
function rotateLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= LOG_BYTES_MAX) return size;
  renameSync(path, `${path}.1`);
  return 0;
}

/** The error that the daemon wrote as its last line of JSON, or what it said else. */
function explainEnd(home: HomePaths, { child, logStart }: Starting): OsqrError {
  const lines = readLastLines(home.daemonLog, logStart);
  for (const line of lines.toReversed()) {
    const error = parseErrorLine(line);
    if (error !== null) return error;
  }
  const how = child.signalCode ?? `exit ${child.exitCode}`;
  return new OsqrError("daemon-failed", `the daemon did not start (${how})`, {
    hints: [...lines.map((line) => `it said: ${line}`), `its log: ${home.daemonLog}`],
  });
}

function parseErrorLine(line: string): OsqrError | null {
  if (!line.startsWith('{"error":')) return null;
  try {
    const { error } = JSON.parse(line) as { error: { code: string; message: string; hints: string[] } };
    return new OsqrError(error.code, error.message, { hints: error.hints });
  } catch {
    // Cut in the middle: shown as it is.
    return null;
  }
}

function readLastLines(path: string, from: number): string[] {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const start = Math.max(from, size - LAST_WORDS_BYTES_MAX);
  if (size <= start) return [];
  const buffer = Buffer.alloc(size - start);
  const log = openSync(path, "r");
  try {
    readSync(log, buffer, 0, buffer.length, start);
  } finally {
    closeSync(log);
  }
  return cleanText(buffer.toString("utf8")).split("\n").filter(Boolean).slice(-LAST_LINES_MAX);
}
