/** What every executor that runs a process for an attempt does alike: its folder, door and ports, and the sandbox around it. */
import type { TaskId } from "../core/model/ids.ts";
import { type Door, openDoor } from "../sandbox/door.ts";
import type { NetworkDecision } from "../sandbox/network/dial.ts";
import { openLocalPorts } from "../sandbox/network/local-ports.ts";
import { openProxy } from "../sandbox/network/proxy.ts";
import { type RelayRoute, toProxyVariables, toRouteMounts, wrapWithRelay } from "../sandbox/network/relay.ts";
import type { Toolchains } from "../sandbox/toolchains.ts";
import type {
  Mount,
  Sandbox,
  SandboxedProcess,
  SandboxLevel,
  SandboxLimits,
  SandboxRequest,
} from "../sandbox/types.ts";
import { createDoorToken, type McpServerDefinition, openAgentDoor } from "./agent-door/open.ts";
import { type AttemptFolder, prepareAttemptFolder } from "./attempt-folder.ts";
import type { EventQueue } from "./event-queue.ts";
import { maskDesk } from "./mask-desk.ts";
import { type PortReservation, reservePorts } from "./ports.ts";
import type { AttemptOrder } from "./types.ts";

/** Ports that each attempt gets: `$OSQR_PORT_1` to `$OSQR_PORT_3`. */
const PORTS_COUNT = 3;

export interface AttemptProcessOptions {
  readonly sandbox: Sandbox;
  /** The operator's programs, as `resolveToolchains` found them. */
  readonly toolchains: Toolchains;
  /** Node binary that runs `osqr-ask`: the daemon's own, `process.execPath`. */
  readonly node: string;
  /** The time limit is each order's own. */
  readonly limits: Omit<SandboxLimits, "timeoutMs">;
  /** Longest time that an agent's call which asks waits for the answer. @default 240_000 */
  readonly askWaitMs?: number;
  /** Values of the operator that are masked in all that attempts tell, beside keys that are known by their looks. @default none */
  readonly secrets?: () => readonly string[];
}

/** What stands around the process of an attempt. */
export interface AttemptPlace {
  readonly files: AttemptFolder;
  readonly door: Pick<Door, "path" | "answer" | "park">;
  /** The server of osqr's tools that an agent starts; null: the attempt has none. */
  readonly toolServer: McpServerDefinition | null;
  readonly ports: PortReservation;
  readonly waits: Waits;
  /** Ways from inside to sockets of the daemon: the proxy where the order allows hosts. */
  readonly routes: readonly RelayRoute[];
  /** Gives the ports back and closes the door. */
  release(): Promise<void>;
}

/** What a process waits for: its time stands still while there is something. */
export class Waits {
  readonly #names = new Set<string>();
  #process: SandboxedProcess | null = null;

  follow(process: SandboxedProcess): void {
    this.#process = process;
    this.#tell();
  }

  open(name: string): void {
    this.#names.add(name);
    this.#tell();
  }

  close(name: string): void {
    this.#names.delete(name);
    this.#tell();
  }

  #tell(): void {
    this.#process?.setWaiting(this.#names.size > 0);
  }
}

/** Writes the attempt's files, opens its door and its proxy: questions, progress and what it reaches for become events. */
export async function openPlace(
  options: AttemptProcessOptions,
  order: AttemptOrder,
  events: EventQueue,
): Promise<AttemptPlace> {
  const files = await prepareAttemptFolder({
    folder: order.folder,
    homeFolder: order.homeFolder,
    script: order.script ?? "",
    briefing: order.briefing,
    node: options.node,
  });
  const ports = await reservePorts(PORTS_COUNT);
  const waits = new Waits();
  const { door, toolServer } = await openDoorOf(order, files, {
    events,
    waits,
    askWaitMs: options.askWaitMs,
  });
  const network = await openNetwork(order, { level: options.sandbox.level, events });
  return {
    files,
    door,
    toolServer,
    ports,
    waits,
    routes: network?.routes ?? [],
    async release() {
      ports.release();
      await Promise.all([door.close(), network?.close()]);
    },
  };
}

interface AttemptNetwork {
  readonly routes: readonly RelayRoute[];
  close(): Promise<void>;
}

interface NetworkParts {
  readonly level: SandboxLevel;
  readonly events: EventQueue;
}

/** Null where the network is off or open as a whole. */
async function openNetwork(
  { network, folder }: AttemptOrder,
  { level, events }: NetworkParts,
): Promise<AttemptNetwork | null> {
  if (typeof network === "string") return null;
  const options = {
    folder,
    allow: network.allow,
    onDecision: (decision: NetworkDecision) => events.push({ kind: "network", decision }),
  };
  const proxy = await openProxy(options);
  events.closeWith(() => {
    const hosts = proxy.refused();
    return hosts.length === 0 ? null : { kind: "refused", hosts };
  });
  // At level `process` the machine's loopback is the attempt's.
  const local = level === "process" ? null : await openLocalPorts(options);
  const route = { socketPath: proxy.socketPath, port: 0, env: toProxyVariables() };
  return {
    routes: [route, ...(local?.routes ?? [])],
    async close() {
      await Promise.all([proxy.close(), local?.close()]);
    },
  };
}

interface DoorParts {
  readonly events: EventQueue;
  readonly waits: Waits;
  readonly askWaitMs: number | undefined;
}

/** A run block asks by events; an agent asks at its desk, by tools or with `osqr-ask`. */
async function openDoorOf(
  order: AttemptOrder,
  files: AttemptFolder,
  { events, waits, askWaitMs }: DoorParts,
): Promise<Pick<AttemptPlace, "toolServer"> & { door: Pick<Door, "path" | "answer" | "park" | "close"> }> {
  const { desk, folder } = order;
  if (desk === null) {
    const door = await openDoor({
      folder,
      onAsk: (ask, question) => {
        waits.open(ask);
        events.push({ kind: "asked", ask, question });
      },
      onProgress: (text) => events.push({ kind: "progress", text }),
    });
    return { door, toolServer: null };
  }
  const masked = maskDesk(desk, events.mask);
  const door = await openAgentDoor({
    folder,
    program: files.ask.mcp,
    token: createDoorToken(),
    ...(askWaitMs === undefined ? {} : { askWaitMs }),
    handlers: {
      ...masked,
      onAsk: (ask, question) => {
        waits.open(ask);
        return masked.onAsk(ask, question);
      },
    },
  });
  return { door, toolServer: door.mcpServer };
}

/** What one executor runs in the place. */
export interface AttemptProgram {
  readonly argv: readonly [string, ...string[]];
  /** Beside those that every attempt has. */
  readonly mounts: readonly Mount[];
  /** Beside those that every attempt has; none of them can replace osqr's. */
  readonly env: Readonly<Record<string, string>>;
  /** Ways to the daemon's sockets beside those of the place. */
  readonly routes?: readonly RelayRoute[];
  /** Values of its login that are masked in its log and its output. @default keys that are known by their looks only */
  readonly secrets?: readonly string[];
}

/** What a sandbox runs for the attempt. With an allow-list the sandbox's network is off: the relay is the one way out. */
export function toAttemptRequest(
  options: AttemptProcessOptions,
  order: AttemptOrder,
  place: AttemptPlace,
  program: AttemptProgram,
): SandboxRequest {
  const { files, door } = place;
  const { workspace, network } = order;
  const routes = [...place.routes, ...(program.routes ?? [])];
  const read = (path: string): Mount => ({ source: path, target: path, mode: "read" });
  const write = (path: string): Mount => ({ source: path, target: path, mode: "write" });
  return {
    label: order.attempt,
    argv: wrapWithRelay(files.ask, routes, program.argv),
    cwd: workspace.tree,
    env: toEnvironment(options, order, place, program.env),
    mounts: [
      ...options.toolchains.mounts,
      ...[workspace.gitDir, ...workspace.objectStores].map(read),
      ...[files.script, files.briefing].map(read),
      ...files.ask.mounts,
      ...[workspace.tree, files.home, door.path].map(write),
      ...order.mounts,
      ...program.mounts,
      ...toRouteMounts(routes),
    ],
    network: typeof network === "string" ? network : "off",
    limits: { ...options.limits, timeoutMs: order.timeoutMs },
    logPath: files.log,
    secrets: [...(program.secrets ?? []), ...(options.secrets?.() ?? [])],
  };
}

/** The order's own variables come first: none of them can replace osqr's. Its PATH goes before the toolchains'. */
function toEnvironment(
  options: AttemptProcessOptions,
  order: AttemptOrder,
  { files, door, ports }: AttemptPlace,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  const { PATH: ownPath, ...own } = order.env;
  const path = [files.ask.folder, ownPath ?? "", options.toolchains.path].filter((part) => part !== "");
  return {
    ...options.toolchains.env,
    ...own,
    ...more,
    HOME: files.home,
    PATH: path.join(":"),
    LANG: "C.UTF-8",
    TMPDIR: files.temporary,
    CI: "true",
    OSQR_BRIEFING: files.briefing,
    OSQR_DOOR: door.path,
    ...Object.fromEntries(ports.ports.map((port, index) => [`OSQR_PORT_${index + 1}`, String(port)])),
    ...toTaskVariables(order),
  };
}

/** What every command that runs for a task can read: whose it is, and what was answered. */
export function toTaskVariables({
  task,
  attempt,
  answers,
}: Pick<AttemptOrder, "task" | "attempt" | "answers">): Record<string, string> {
  return {
    OSQR_TASK: toShortName(task),
    OSQR_ATTEMPT: attempt,
    OSQR_WORKSTREAM: toWorkstream(task),
    ...Object.fromEntries(Object.entries(answers).map(([key, option]) => [toAnswerName(key), option])),
  };
}

/** The variable that holds the answer to a question. */
export function toAnswerName(key: string): string {
  return `OSQR_ANSWER_${key.toUpperCase().replace(/[^A-Z0-9_]/g, "_")}`;
}
/** Names for people: without the project, which stands before the first slash. */
function toShortName(task: TaskId): string {
  return task.slice(task.indexOf("/") + 1);
}

/** A task's id is `<project>/<workstream>#<task key>`; keys hold no `#`. */
function toWorkstream(task: TaskId): string {
  const name = toShortName(task);
  return name.slice(0, name.lastIndexOf("#"));
}
