import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { OsqrError } from "../core/errors.ts";
import { FIRST_INPUT_FD, INFO_FD, READY_FD } from "./descriptors.ts";
import { parseMark, toCageName } from "./environment.ts";
import { type Cage, createCage } from "./limits/cage.ts";
import { Output } from "./output/output.ts";
import { type OutputPipe, openPipe } from "./output/pipe.ts";
import { RunningProcess } from "./running.ts";
import { Members } from "./terminate/members.ts";
import { countTasks } from "./terminate/process-table.ts";
import type { SandboxedProcess, SandboxRequest } from "./types.ts";

/** How a level starts a command. */
export interface Launch {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Texts that the program reads from descriptors `FIRST_INPUT_FD` and up. */
  readonly inputs: readonly string[];
  /** Longest time between two looks at the process table: short where only looking finds descendants. */
  readonly membersPauseMs: number;
}

/**
 * Sets the kernel's limits, says on descriptor 3 that the sandbox stands, sends stderr where stdout goes or to the log's own
 * descriptor, and becomes the command. The command comes as arguments, never as text of the script.
 */
const toWrapper = (logFd: number | null): string =>
  [
    "ulimit -c 0 2>/dev/null",
    'ulimit -f "$1" 2>/dev/null',
    // dash calls it -p.
    '{ ulimit -u "$2" || ulimit -p "$2"; } 2>/dev/null',
    // When memory runs out, the kernel takes the task and not the operator's editor.
    "{ echo 500 > /proc/self/oom_score_adj; } 2>/dev/null",
    "shift 2",
    `printf ready >&${READY_FD}`,
    `exec ${READY_FD}>&- ${INFO_FD}>&- "$@" ${logFd === null ? "2>&1" : `2>&${logFd} ${logFd}>&-`}`,
  ].join("\n");

/** Puts a process into the control group whose file is the first argument, and becomes the rest. */
const CAGE_WRAPPER = 'echo 0 > "$1"; shift; exec "$@"';

/** Threads and processes that the kernel lets a sandbox have per process of its limit: a wall against fork bombs. */
const TASKS_PER_PROCESS = 8;

/**
 * The command of a request behind the wrapper that every level runs first.
 *
 * @param inputs how many texts the launch reads from descriptors: the log's comes behind them
 */
export function wrapCommand(request: SandboxRequest, inputs: number): [string, ...string[]] {
  // One block above the limit, so that a single file that hits it is also seen to be above it.
  const blocks = Math.ceil(request.limits.diskBytesMax / 512) + 1;
  // The kernel counts all of the user's tasks, on newer ones only those in the user namespace: leave room for both.
  const tasks = (countTasks() ?? 0) + toTasksMax(request);
  const wrapper = toWrapper(request.stdio === "pipes" ? FIRST_INPUT_FD + inputs : null);
  return ["/bin/sh", "-c", wrapper, "osqr", String(blocks), String(tasks), ...request.argv];
}

export function toTasksMax(request: SandboxRequest): number {
  return request.limits.processesMax * TASKS_PER_PROCESS;
}

/**
 * Starts a launch and waits until the command runs inside.
 *
 * @throws OsqrError `sandbox_start_failed` where the sandbox could not be set up; nothing is left running then.
 */
export async function startProcess(
  request: SandboxRequest,
  launch: Launch,
  mark: string,
): Promise<SandboxedProcess> {
  const pipe = await openPipe(`${request.logPath}.pipe`);
  const output = openOutput(request, pipe);
  const { homeId = "", nonce = "" } = parseMark(mark) ?? {};
  const cage = createCage(toCageName(homeId, nonce), toTasksMax(request));
  const hasPipes = request.stdio === "pipes";
  const child = spawnLaunch(launch, { logFd: pipe.writeFd, hasPipes, cage });
  closeSync(pipe.writeFd);
  const spawned = await waitSpawn(child);
  if (child.pid === undefined || spawned !== null) {
    pipe.reader.destroy();
    output.close();
    void cage?.remove();
    throw toStartError(request, launch, spawned?.message ?? "no process");
  }
  feedInputs(child, launch.inputs);
  const running = new RunningProcess({
    child,
    pid: child.pid,
    reader: pipe.reader,
    said: child.stderr,
    info: child.stdio[INFO_FD] as Readable,
    output,
    members: new Members(child.pid, mark, cage),
    cage,
    remains: null,
    membersPauseMs: launch.membersPauseMs,
    request,
  });
  if (!(await waitReady(child))) {
    const result = await running.result;
    throw toStartError(request, launch, result.tail.join("\n") || `exit ${result.exitCode ?? result.signal}`);
  }
  return running;
}

/** Opens the log; where it cannot be, the pipe is closed again. */
export function openOutput(request: SandboxRequest, pipe: OutputPipe | null): Output {
  try {
    return new Output({
      logPath: request.logPath,
      bytesMax: request.limits.outputBytesMax,
      onLine: request.onLine,
      secrets: request.secrets,
      noise: request.noise,
    });
  } catch (error) {
    pipe?.reader.destroy();
    if (pipe !== null) closeSync(pipe.writeFd);
    throw error;
  }
}

interface SpawnOptions {
  readonly logFd: number;
  readonly hasPipes: boolean;
  readonly cage: Cage | null;
}

function spawnLaunch(launch: Launch, { logFd, hasPipes, cage }: SpawnOptions): ChildProcess {
  const [program, ...rest] =
    cage === null
      ? launch.argv
      : (["/bin/sh", "-c", CAGE_WRAPPER, "osqr", cage.joinPath, ...launch.argv] as const);
  return spawn(program, rest, {
    cwd: launch.cwd,
    // Node's pipes are sockets, and bash takes a first shell on a socket for a login: it would read the system's start-up files.
    env: hasPipes ? { SHLVL: "1", ...launch.env } : launch.env,
    detached: true,
    stdio: [
      ...(hasPipes ? (["pipe", "pipe"] as const) : (["ignore", logFd] as const)),
      ...(["pipe", "pipe", "pipe"] as const),
      ...launch.inputs.map(() => "pipe" as const),
      ...(hasPipes ? [logFd] : []),
    ],
  });
}

/** Null when the program was started, else why not. */
export function waitSpawn(child: ChildProcess): Promise<Error | null> {
  return new Promise((resolve) => {
    child.once("spawn", () => resolve(null));
    child.once("error", resolve);
  });
}

/** True when the wrapper has reported from inside, false when that end was closed without a word. */
function waitReady(child: ChildProcess): Promise<boolean> {
  const ready = child.stdio[READY_FD] as Readable;
  return new Promise((resolve) => {
    ready.once("data", () => resolve(true));
    ready.once("close", () => resolve(false));
    ready.once("error", () => resolve(false));
  });
}

function feedInputs(child: ChildProcess, inputs: readonly string[]): void {
  for (const [index, text] of inputs.entries()) {
    const stream = child.stdio[FIRST_INPUT_FD + index] as Writable;
    stream.on("error", () => stream.destroy()); // It died before reading: its exit tells more.
    stream.end(text);
  }
}

function toStartError(request: SandboxRequest, launch: Launch, reason: string): OsqrError {
  return new OsqrError(
    "sandbox_start_failed",
    `${request.label}: the sandbox could not start ${request.argv[0]} in ${request.cwd}: ${reason}`,
    { hints: [`program: ${launch.argv[0]}`, "osqr doctor shows what the sandbox needs"] },
  );
}
