import { open, realpath } from "node:fs/promises";
import type { Oid } from "../core/model/ids.ts";
import type { Mount, ProcessResult, Sandbox, SandboxLimits } from "../sandbox/types.ts";
import { outputCharsMax, parseOutput, toLines } from "./parse.ts";
import { dropSummary } from "./summary.ts";
import type { GateDefinition, GateRun } from "./types.ts";

/** One gate on one tree that is checked out. */
export interface GateOrder {
  readonly gate: GateDefinition;
  /** Object name of the tree in `dir`: the run is recorded under it and reused for the same tree. */
  readonly tree: Oid;
  /** Absolute path of the checked-out tree. */
  readonly dir: string;
  readonly sandbox: Sandbox;
  /** All mounts, the tree itself included. */
  readonly mounts: readonly Mount[];
  /** The whole environment. What makes tools behave in a pipe is added below it: what stands here wins. */
  readonly env: Readonly<Record<string, string>>;
  readonly logPath: string;
  readonly network: "off" | "open";
  /** Ends the gate: its run then says `cancel`. */
  readonly signal?: AbortSignal;
  readonly limits?: Partial<Omit<SandboxLimits, "timeoutMs">>;
}

/** Limits of a gate beside its own timeout. */
const gateLimits: Omit<SandboxLimits, "timeoutMs"> = {
  graceMs: 2000,
  outputBytesMax: outputCharsMax,
  diskBytesMax: 4 * 1024 ** 3,
  processesMax: 1024,
};

const tailLinesMax = 40;
const tailCharsMax = 8 * 1024;

/** Asks tools for plain, complete output, no watching, no colours and no questions. */
const toolEnv = { CI: "true", NO_COLOR: "1", npm_config_update_notifier: "false" };
/** Makes a missing download fail at once and say so, where it would otherwise try for minutes. */
const offlineEnv = { CARGO_NET_OFFLINE: "true", GOPROXY: "off", npm_config_offline: "true", UV_OFFLINE: "1" };

/**
 * Runs a gate's command with `bash -euo pipefail -c` in the tree. It passed where the command exited with 0 and nothing
 * stopped it; what the output says is never believed against the exit code.
 *
 * @throws whatever `sandbox.start` throws: then the gate did not run at all.
 */
export async function runGate(order: GateOrder): Promise<GateRun> {
  const { gate, tree, logPath } = order;
  const subject = { name: gate.name, command: gate.command, tree, logPath };
  if (order.signal?.aborted === true) return { ...subject, ...neverRan };
  const result = await runProcess(order);
  const stopped = stoppedBy(result);
  const passed = result.exitCode === 0 && stopped === null;
  const output = await readOutput(logPath);
  const found = parseOutput(output, [order.dir, await realpath(order.dir)]);
  return {
    ...subject,
    status: passed ? "passed" : "failed",
    exitCode: result.exitCode,
    stoppedBy: stopped,
    durationMs: result.durationMs,
    failures: passed ? [] : found.failures,
    counts: found.counts,
    tail: toTail(toTold(output === "" ? result.tail : toLines(output, []), passed)),
  };
}

/** A gate that was cancelled before its start. */
const neverRan = {
  status: "failed",
  exitCode: null,
  stoppedBy: "cancel",
  durationMs: 0,
  failures: [],
  counts: null,
  tail: [],
} as const;

async function runProcess(order: GateOrder): Promise<ProcessResult> {
  const { gate, sandbox, signal } = order;
  const env = { ...toolEnv, ...(order.network === "off" ? offlineEnv : {}), ...order.env };
  const process = await sandbox.start({
    label: `gate ${gate.name}`,
    argv: ["bash", "-euo", "pipefail", "-c", gate.command],
    cwd: order.dir,
    env,
    mounts: order.mounts,
    network: order.network,
    limits: { ...gateLimits, ...order.limits, timeoutMs: gate.timeoutMs },
    logPath: order.logPath,
  });
  const cancel = (): void => {
    // A failure to end it shows as a result that never comes or as its own error, so it is not lost here.
    process.terminate("cancel").catch(() => undefined);
  };
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted === true) cancel();
  try {
    return await process.result;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

function stoppedBy(result: ProcessResult): string | null {
  if (result.timedOut) return "timeout";
  if (result.isCanceled) return "cancel";
  return result.limitHit;
}

/** The log's text; of a longer one the first and the last half of the bound. Empty where nothing was written. */
export async function readOutput(path: string): Promise<string> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (file === null) return "";
  try {
    const { size } = await file.stat();
    if (size <= outputCharsMax) return await file.readFile("utf8");
    const half = outputCharsMax / 2;
    const head = await file.read(Buffer.alloc(half), 0, half, 0);
    const tail = await file.read(Buffer.alloc(half), 0, half, size - half);
    return `${head.buffer.toString("utf8")}\n${tail.buffer.toString("utf8")}`;
  } finally {
    await file.close();
  }
}

/** What npm says after a script that failed: true of every failure, and in the way of the lines that tell. */
const lifecycleNoise =
  /^npm (?:error|ERR!)(?: (?:Lifecycle script|code |path |workspace |location |command |errno |Test failed|A complete log)|$)/;

/** Of what has failed the counts at the end would push out what is wrong. */
const toTold = (lines: readonly string[], isPassed: boolean): readonly string[] =>
  isPassed ? lines : dropSummary(lines);

/** The last lines that tell something. */
function toTail(lines: readonly string[]): readonly string[] {
  const kept = [...lines];
  while (kept.length > 0 && (kept.at(-1) === "" || lifecycleNoise.test(kept.at(-1) ?? ""))) kept.pop();
  const tail = kept.slice(-tailLinesMax);
  while (tail.length > 1 && tail.join("\n").length > tailCharsMax) tail.shift();
  return tail.map((line) => line.slice(0, tailCharsMax));
}
