/** What every executor that runs a process for an attempt does alike: its folder, door and ports, and the sandbox around it. */
import type { TaskId } from "../core/model/ids.ts";
import { type Door, openDoor } from "../sandbox/door.ts";
import type { Toolchains } from "../sandbox/toolchains.ts";
import type { Mount, Sandbox, SandboxedProcess, SandboxLimits, SandboxRequest } from "../sandbox/types.ts";
import { type AttemptFolder, prepareAttemptFolder } from "./attempt-folder.ts";
import type { EventQueue } from "./event-queue.ts";
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
}

/** What stands around the process of an attempt. */
export interface AttemptPlace {
  readonly files: AttemptFolder;
  readonly door: Door;
  readonly ports: PortReservation;
  readonly waits: Waits;
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

/** Writes the attempt's files and opens its door: questions and progress become events. */
export async function openPlace(
  options: AttemptProcessOptions,
  order: AttemptOrder,
  events: EventQueue,
): Promise<AttemptPlace> {
  const files = await prepareAttemptFolder({
    folder: order.folder,
    script: order.script ?? "",
    briefing: order.briefing,
    node: options.node,
  });
  const ports = await reservePorts(PORTS_COUNT);
  const waits = new Waits();
  const door = await openDoor({
    folder: order.folder,
    onAsk: (ask, question) => {
      waits.open(ask);
      events.push({ kind: "asked", ask, question });
    },
    onProgress: (text) => events.push({ kind: "progress", text }),
  });
  return {
    files,
    door,
    ports,
    waits,
    async release() {
      ports.release();
      await door.close();
    },
  };
}

/** What one executor runs in the place. */
export interface AttemptProgram {
  readonly argv: readonly [string, ...string[]];
  /** Beside those that every attempt has. */
  readonly mounts: readonly Mount[];
  /** Beside those that every attempt has; none of them can replace osqr's. */
  readonly env: Readonly<Record<string, string>>;
}

export function toAttemptRequest(
  options: AttemptProcessOptions,
  order: AttemptOrder,
  place: AttemptPlace,
  program: AttemptProgram,
): SandboxRequest {
  const { files, door } = place;
  const { workspace } = order;
  const read = (path: string): Mount => ({ source: path, target: path, mode: "read" });
  const write = (path: string): Mount => ({ source: path, target: path, mode: "write" });
  return {
    label: order.attempt,
    argv: program.argv,
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
    ],
    network: order.network,
    limits: { ...options.limits, timeoutMs: order.timeoutMs },
    logPath: files.log,
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
