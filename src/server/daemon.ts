/** The daemon's life: one per home, started by a command that needs it, gone when nobody does. */
import { OsqrError } from "../core/errors.ts";
import type { Service } from "../engine/service.ts";
import { type HomePaths, openHome } from "../store/home.ts";
import { readOrCreateToken } from "../store/token.ts";
import { removeOwnDaemonFile, writeDaemonFile } from "./daemon-file.ts";
import { type Schedule, watchIdle } from "./idle.ts";
import { type RunningServer, startServer } from "./start.ts";

/** @default of `$OSQR_IDLE_MINUTES` */
export const IDLE_MINUTES_DEFAULT = 30;
/** A bug in a loop must not fill the disk. */
const BUG_LINES_MAX = 200;

export interface DaemonOptions {
  /** Folder of the home; made where it is absent. */
  readonly home: string;
  /** 0: any free port. */
  readonly port: number;
  readonly version: string;
  /** Stops by itself after this long without work and without clients, ms; null: never. */
  readonly idleMs: number | null;
  /** Takes the home's lock and starts the engine. @throws `home-locked` where another daemon has it */
  readonly createService: (home: HomePaths) => Promise<Service>;
  /** Told the port as soon as it is known. */
  readonly onListening?: (port: number) => void;
  /** Lines for the daemon's log. */
  readonly log: (line: string) => void;
  readonly now?: () => number;
  readonly schedule?: Schedule;
}

export interface Daemon {
  readonly port: number;
  /** Resolves when it has stopped, with the reason. */
  readonly stopped: Promise<string>;
  /** Idempotent. */
  stop(reason: string): void;
}

/**
 * Starts the daemon and resolves when it answers.
 *
 * @throws `home-locked`, `home-unsafe`, `token-unsafe`, `port-taken` and whatever the engine's start throws
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { log, version } = options;
  const now = options.now ?? Date.now;
  const home = openHome(options.home);
  const token = readOrCreateToken(home);
  const service = await options.createService(home);
  const startedAt = now();
  const stopping = Promise.withResolvers<string>();
  const stop = (reason: string) => stopping.resolve(reason);
  let touch: () => void = () => undefined;
  let server: RunningServer;
  try {
    server = await startServer({
      service,
      token,
      version,
      port: options.port,
      onRequest: () => touch(),
      onShutdown: () => stop("asked to"),
      onBug: createBugLog(log),
    });
  } catch (error) {
    await service.close();
    removeOwnDaemonFile(home.daemon);
    throw error;
  }
  const { port } = server;
  options.onListening?.(port);
  writeDaemonFile(home.daemon, { pid: process.pid, port, version, startedAt });
  const watch = watchActivity(options, { service, server, now, onIdle: () => stop("idle") });
  touch = watch.touch;
  const stopped = stopping.promise.then(async (reason) => {
    watch.stop();
    // Clients that look now see a daemon that answers nobody, and wait for its end.
    writeDaemonFile(home.daemon, { pid: process.pid, port: null, version, startedAt });
    await server.close();
    await service.close();
    removeOwnDaemonFile(home.daemon);
    return reason;
  });
  return { port, stopped, stop };
}

function watchActivity(
  { idleMs, schedule }: DaemonOptions,
  parts: { service: Service; server: RunningServer; now: () => number; onIdle: () => void },
): { touch: () => void; stop: () => void } {
  if (idleMs === null) return { touch: () => undefined, stop: () => undefined };
  const { service, server, now, onIdle } = parts;
  const watch = watchIdle({
    idleMs,
    now,
    isBusy: () => !service.isIdle() || server.streamClients() > 0,
    onIdle,
    ...(schedule === undefined ? {} : { schedule }),
  });
  const unsubscribe = service.subscribe(() => watch.touch());
  return {
    touch: watch.touch,
    stop: () => {
      unsubscribe();
      watch.stop();
    },
  };
}

function createBugLog(log: (line: string) => void): (error: unknown) => void {
  let lines = 0;
  return (error) => {
    lines += 1;
    if (lines > BUG_LINES_MAX) return;
    log(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  };
}

export interface RunDaemonOptions extends Omit<DaemonOptions, "log"> {
  /** In a terminal, ended by Ctrl-C; else its output goes to the log file. */
  readonly foreground: boolean;
  readonly write: (line: string) => void;
  /** Told when it answers. */
  readonly onReady?: (port: number) => void;
}

/** Runs the daemon until it is asked to stop, is idle, or gets SIGTERM, SIGINT or SIGHUP. Resolves to the exit code. */
export async function runDaemon(options: RunDaemonOptions): Promise<number> {
  const { foreground, write, now = Date.now } = options;
  const log = foreground ? write : (line: string) => write(`${new Date(now()).toISOString()} ${line}`);
  const daemon = await startDaemon({ ...options, log });
  const onSignal = (signal: NodeJS.Signals) => daemon.stop(signal);
  const signals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGHUP"];
  for (const signal of signals) process.on(signal, onSignal);
  options.onReady?.(daemon.port);
  if (!foreground) log(`serving on 127.0.0.1:${daemon.port}, pid ${process.pid}, version ${options.version}`);
  const reason = await daemon.stopped;
  for (const signal of signals) process.off(signal, onSignal);
  log(`stopped: ${reason}`);
  return 0;
}

/**
 * Minutes from `$OSQR_IDLE_MINUTES`, as ms.
 *
 * @throws `bad-config` where it is no number above 0
 */
export function readIdleMs(value: string | undefined): number {
  if (value === undefined || value === "") return IDLE_MINUTES_DEFAULT * 60_000;
  const minutes = Number(value);
  if (Number.isFinite(minutes) && minutes > 0 && minutes <= 1e6) return minutes * 60_000;
  throw new OsqrError("bad-config", `OSQR_IDLE_MINUTES: expected minutes above 0, found "${value}"`);
}

/**
 * The port from `$OSQR_PORT`.
 *
 * @throws `bad-config` where it is no port
 */
export function readPort(value: string | undefined): number {
  if (value === undefined || value === "") return PORT_DEFAULT;
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new OsqrError("bad-config", `OSQR_PORT: expected a port from 0 to 65535, found "${value}"`);
}

/** @default of `$OSQR_PORT` */
export const PORT_DEFAULT = 8765;
