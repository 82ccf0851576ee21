import type { ChildProcess } from "node:child_process";
import { closeSync } from "node:fs";
import { OsqrError } from "../../core/errors.ts";
import { openPipe } from "../output/pipe.ts";
import { RunningProcess } from "../running.ts";
import { openOutput, waitSpawn } from "../start.ts";
import { Members, sendSignal } from "../terminate/members.ts";
import { readProcess } from "../terminate/process-table.ts";
import type { SandboxedProcess, SandboxRequest } from "../types.ts";
import { callEngine, toReason } from "./engine.ts";
import type { ContainerLaunch } from "./launch.ts";
import { removeContainer, spawnClient, toRemains } from "./remains.ts";
import { type Heard, waitWord } from "./word.ts";

/** How long an engine may take until a container runs: cold disks are slow. */
const START_MS_MAX = 60_000;
/** The pid namespace holds every descendant; looking only counts them. */
const MEMBERS_PAUSE_MS = 400;

/**
 * Starts a container and waits until its first process has said its word; only then, with that process known, does it get its command.
 *
 * @throws OsqrError `sandbox_start_failed`; nothing is left running then.
 */
export async function startContainer(
  request: SandboxRequest,
  launch: ContainerLaunch,
): Promise<SandboxedProcess> {
  const { engine, name } = launch;
  // Where stdout is a protocol, all that goes to the log comes on stderr.
  const pipe = request.stdio === "pipes" ? null : await openPipe(`${request.logPath}.pipe`);
  const output = openOutput(request, pipe);
  const child = spawnClient(engine, launch.args, pipe?.writeFd ?? "pipe");
  child.stdin?.on("error", () => child.stdin?.destroy()); // It has ended: its exit tells more.
  if (pipe !== null) closeSync(pipe.writeFd);
  const giveUp = (): void => {
    pipe?.reader.destroy();
    output.close();
  };
  const spawned = await waitSpawn(child);
  if (spawned !== null || child.stderr === null) {
    giveUp();
    throw toStartError(request, launch, spawned?.message ?? "no process");
  }
  const remains = toRemains(engine, name, child);
  const startMs = launch.startMs ?? START_MS_MAX;
  const heard = await waitWord(child.stderr, launch.word, startMs);
  const pid = heard.kind === "word" ? await findFirst(launch) : null;
  if (heard.kind !== "word" || typeof pid !== "number") {
    giveUp();
    await abandon(launch, child);
    throw toStartError(request, launch, typeof pid === "string" ? pid : describe(heard, launch, startMs));
  }
  const running = new RunningProcess({
    child,
    pid,
    reader: pipe?.reader ?? null,
    said: heard.rest,
    info: null,
    output,
    members: toMembers(pid, launch.mark),
    cage: null,
    remains,
    membersPauseMs: MEMBERS_PAUSE_MS,
    request,
  });
  child.stdin?.write(launch.header);
  if (pipe !== null) child.stdin?.end();
  return running;
}

function toMembers(pid: number, mark: string): Members {
  const members = new Members(pid, mark, null);
  members.setKeepers([pid]);
  return members;
}

/** The machine's pid of the first process; a text says why it is not known. */
async function findFirst({ engine, name }: ContainerLaunch): Promise<number | string> {
  const { stdout, failure } = await callEngine(engine, [
    ...["container", "inspect", "--format", "{{.State.Pid}}", name],
  ]);
  if (failure !== null) return failure;
  const pid = Number(stdout.trim());
  if (!Number.isSafeInteger(pid) || pid <= 1) return `${engine.kind} tells no process of it`;
  const isHere = readProcess(pid) !== null;
  return isHere
    ? pid
    : `process ${pid} is not on this machine: the engine runs on another or in a virtual one`;
}

/** Ends what a start that failed may have left. */
async function abandon({ engine, name }: ContainerLaunch, child: ChildProcess): Promise<void> {
  const isOver = child.exitCode !== null || child.signalCode !== null;
  // While the client is at it, what it makes could come after its removal.
  if (!isOver && child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
  child.stdin?.destroy();
  child.stdout?.destroy();
  child.stderr?.destroy();
  await removeContainer(engine, name);
}

function describe(heard: Heard, { engine }: ContainerLaunch, startMs: number): string {
  if (heard.kind === "late") return `${engine.kind} did not start the container within ${startMs / 1000} s`;
  return heard.kind === "end" ? (toReason(heard.text) ?? `${engine.kind} ended without a word`) : "";
}

function toStartError(request: SandboxRequest, { engine }: ContainerLaunch, reason: string): OsqrError {
  return new OsqrError(
    "sandbox_start_failed",
    `${request.label}: the sandbox could not start ${request.argv[0]} in ${request.cwd}: ${reason}`,
    { hints: [`program: ${engine.path}`, "osqr doctor shows what the sandbox needs"] },
  );
}
