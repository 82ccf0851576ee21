import { toContainerConfig } from "../../core/config.ts";
import { OsqrError } from "../../core/errors.ts";
import { slotsFor } from "../../core/slots.ts";
import { sweepHome } from "../../git/trash.ts";
import { readOperatorConfig } from "../../store/config-file.ts";
import { openHome, resolveConfigPath, resolveHome } from "../../store/home.ts";
import { lockHome } from "../../store/home-lock.ts";
import { openEventLog } from "../../store/open.ts";
import type { SqliteLog } from "../../store/sqlite.ts";
import type { EventLog } from "../../store/types.ts";
import { Engine } from "../engine.ts";
import type { Clock, ProjectPorts } from "../ports.ts";
import { readFreeMemory, systemClock } from "./machine.ts";
import { Projects } from "./projects.ts";
import { pruneCaches } from "./prune.ts";
import { LocalService } from "./service.ts";
import { findTools, type LocalTools } from "./tools.ts";

export interface LocalServiceOptions {
  /** The environment: home, config, PATH. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** One line for the daemon's log. @default stderr */
  readonly report?: (line: string) => void;
  /** Attempts over all projects at once. @default 64, bounded by free memory */
  readonly maxParallel?: number;
  /** Memory that attempts may still take, bytes. @default what the system has free */
  readonly freeBytes?: () => number;
  /** Limits of every attempt; what is absent has its default. Its time is each task's own. */
  readonly limits?: Partial<LocalTools["limits"]>;
  /** Longest time that an agent's call which asks waits for the answer, ms. @default 240_000 */
  readonly askWaitMs?: number;
  /** @default the system's */
  readonly clock?: Clock;
  /** Between the engine and its ports: to watch them, or to break them in a test. @default nothing */
  readonly wrap?: PortWrappers;
}

interface PortWrappers {
  log(log: SqliteLog): EventLog;
  project(ports: ProjectPorts): ProjectPorts;
}

/** Attempts over all projects; each project has its own bound. */
const SLOTS_MAX = 64;

/** A running service and what the daemon needs beside it. */
export interface OpenedService {
  readonly service: LocalService;
  readonly home: string;
  /** Tells others (and `status`) the port of the API. */
  announce(port: number): void;
}

/**
 * Opens the home, replays its log, takes up what an earlier process left, and gives back the service.
 *
 * @throws `home-locked` with the pid of the daemon that has the home, `log-cut`, `log-damaged`, `sqlite-too-old`
 */
export async function openLocalService(options: LocalServiceOptions = {}): Promise<OpenedService> {
  const env = options.env ?? process.env;
  const report = options.report ?? ((line: string) => process.stderr.write(`${line}\n`));
  const home = openHome(resolveHome(env));
  const clock = options.clock ?? systemClock;
  const lock = lockHome(home, clock.now());
  let log: ReturnType<typeof openEventLog> | null = null;
  try {
    const configPath = resolveConfigPath(env);
    const { sandbox } = readOperatorConfig(configPath);
    log = openEventLog(lock);
    for (const warning of log.warnings) report(warning);
    await sweepHome({ home: home.root, workFolder: home.workspaces });
    await pruneCaches(home);
    const tools = await findTools({
      home,
      env,
      config: { level: sandbox?.level ?? null, container: toContainerConfig(sandbox?.container) },
      report,
      limits: options.limits ?? {},
      askWaitMs: options.askWaitMs,
      clock,
    });
    const projects = new Projects(tools, configPath, options.wrap?.project);
    const { maxParallel: slots = SLOTS_MAX, freeBytes = readFreeMemory } = options;
    const engine = new Engine({
      clock,
      log: options.wrap?.log(log) ?? log,
      slots: (load) => slotsFor({ ...load, freeBytes: freeBytes(), max: slots }),
      reap: () => tools.sandbox.reap(),
      report,
      async openProject(id, root) {
        const project = await projects.load(root);
        if (project.id === id) return project.ports;
        throw new OsqrError(
          "project-moved",
          `${root} is another repository now: expected ${id}, found ${project.id}`,
        );
      },
    });
    let port = 0;
    const release = (): void => lock.release();
    const service = new LocalService({ engine, projects, tools, port: () => port, release });
    await engine.recover();
    const announce = (value: number): void => {
      port = value;
      lock.announce(value);
    };
    return { service, home: home.root, announce };
  } catch (error) {
    log?.close();
    lock.release();
    throw error;
  }
}
