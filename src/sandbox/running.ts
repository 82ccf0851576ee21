import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Remains } from "./container/remains.ts";
import type { Cage } from "./limits/cage.ts";
import { Deadline } from "./limits/deadline.ts";
import { type LimitName, type LimitWatch, watchLimits } from "./limits/watch.ts";
import type { Output } from "./output/output.ts";
import { forceEnd } from "./terminate/force.ts";
import { endGently, type GentleEnd } from "./terminate/gentle.ts";
import type { Members } from "./terminate/members.ts";
import type { ProcessPipes, ProcessResult, SandboxedProcess, SandboxRequest } from "./types.ts";

/** How long output is waited for once no process is left that could write it. */
const DRAIN_MS = 2_000;

/** Why osqr ends a process that would go on. */
type Cause =
  | { readonly kind: "timeout" }
  | { readonly kind: "terminated"; readonly reason: string }
  | { readonly kind: "limit"; readonly limit: LimitName };

interface Parts {
  readonly child: ChildProcess;
  readonly pid: number;
  /** The log's pipe; null: its output comes by `said` alone. */
  readonly reader: Readable | null;
  /** What the sandbox itself has to say; of a container also the command's stderr. Null: nothing comes. */
  readonly said: Readable | null;
  /** Where the pid of the first process inside comes; null: it is known. */
  readonly info: Readable | null;
  readonly output: Output;
  readonly members: Members;
  readonly cage: Cage | null;
  /** What a container leaves beside processes; null: there is none. */
  readonly remains: Remains | null;
  readonly membersPauseMs: number;
  readonly request: SandboxRequest;
}

/**
 * A process from its start to its one result: running → ending (SIGTERM, then SIGKILL after the grace) → ended. The
 * first cause to end it counts. When the main process is gone, its descendants are killed before the result is given.
 */
export class RunningProcess implements SandboxedProcess {
  readonly pid: number;
  readonly pipes: ProcessPipes | null;
  readonly result: Promise<ProcessResult>;
  readonly #parts: Parts;
  readonly #startedAt = performance.now();
  readonly #watch: LimitWatch;
  readonly #deadline: Deadline;
  readonly #drained: Promise<unknown>;
  readonly #resolve: (result: ProcessResult) => void;
  #cause: Cause | null = null;
  #gentle: GentleEnd | null = null;
  #exit: { readonly code: number | null; readonly signal: string | null } = { code: null, signal: null };
  #isFinishing = false;

  constructor(parts: Parts) {
    const { child, request, reader, output, said, info } = parts;
    this.#parts = parts;
    this.pid = parts.pid;
    this.pipes = toPipes(child);
    const { promise, resolve } = Promise.withResolvers<ProcessResult>();
    this.result = promise;
    this.#resolve = resolve;
    for (const stream of [reader, said]) stream?.on("data", (chunk: Buffer) => output.follow(chunk));
    // Of a sandbox whose command has a way of its own to the log nobody waits for what it says itself.
    this.#drained = Promise.all([reader, parts.remains === null ? null : said].map(waitDrained));
    info?.on("data", (chunk: Buffer) => this.#readInfo(chunk.toString("utf8")));
    child.once("exit", (code, signal) => {
      this.#exit = { code, signal };
      void this.#finish([]);
    });
    this.#deadline = new Deadline(request.limits.timeoutMs, () => this.#end({ kind: "timeout" }));
    this.#watch = watchLimits({
      members: parts.members,
      processesMax: request.limits.processesMax,
      membersPauseMs: parts.membersPauseMs,
      folders: request.mounts.filter((mount) => mount.mode === "write").map((mount) => mount.source),
      diskBytesMax: request.limits.diskBytesMax,
      onExceeded: (limit) => this.#end({ kind: "limit", limit }),
    });
  }

  get memoryPeakBytes(): number | null {
    return this.#parts.cage?.readMemoryPeakBytes() ?? this.#watch.memoryPeakBytes;
  }

  log(line: string): void {
    if (!this.#isFinishing) this.#parts.output.write(Buffer.from(`${line}\n`));
  }

  setWaiting(isWaiting: boolean): void {
    if (isWaiting) this.#deadline.hold();
    else this.#deadline.release();
  }

  async terminate(reason: "cancel" | "pause" | "shutdown"): Promise<void> {
    this.#end({ kind: "terminated", reason });
    await this.result;
  }

  #end(cause: Cause): void {
    if (this.#cause !== null || this.#isFinishing) return;
    this.#cause = cause;
    if (cause.kind === "limit") {
      void this.#force();
      return;
    }
    this.#gentle = endGently(this.#parts.members, {
      graceMs: this.#parts.request.limits.graceMs,
      onExpired: () => void this.#force(),
    });
  }

  async #force(): Promise<void> {
    const { members, remains } = this.#parts;
    const survivors = await forceEnd(members);
    await remains?.endClient();
    // A process that SIGKILL does not end would keep its owner waiting for ever.
    if (survivors.length > 0) void this.#finish(survivors);
  }

  async #finish(stuck: readonly number[]): Promise<void> {
    if (this.#isFinishing) return;
    this.#isFinishing = true;
    this.#deadline.stop();
    this.#watch.stop();
    this.#gentle?.stop();
    const durationMs = Math.round(performance.now() - this.#startedAt - this.#deadline.heldMs);
    const { members, cage, reader, output, child, said, info, remains } = this.#parts;
    const { memoryPeakBytes } = this;
    const survivors = stuck.length > 0 ? stuck : await forceEnd(members);
    const trouble = (await remains?.clear()) ?? null;
    await Promise.race([this.#drained, delay(DRAIN_MS, undefined, { ref: false })]);
    reader?.destroy();
    // What came on stdout before the end may still be read.
    for (const stream of [child.stdin, child.stderr, said, info]) stream?.destroy();
    const limitHit = await this.#toLimitHit();
    this.#note(limitHit, survivors);
    if (trouble !== null) output.note(`the container could not be removed: ${trouble}`);
    void cage?.remove();
    const { truncated, tail } = output.close();
    this.#resolve({
      exitCode: this.#exit.code,
      signal: this.#exit.signal,
      timedOut: this.#cause?.kind === "timeout",
      isCanceled: this.#cause?.kind === "terminated",
      limitHit,
      outputTruncated: truncated,
      durationMs,
      memoryPeakBytes,
      tail,
    });
  }

  /** A single file that grew into the kernel's limit fails its writer faster than the watch can see it. */
  async #toLimitHit(): Promise<LimitName | null> {
    if (this.#cause !== null) return this.#cause.kind === "limit" ? this.#cause.limit : null;
    if (this.#exit.code === 0) return null;
    return (await this.#watch.isDiskExceeded()) ? "disk" : null;
  }

  #note(limitHit: LimitName | null, survivors: readonly number[]): void {
    const { output, request } = this.#parts;
    const { limits } = request;
    if (this.#cause?.kind === "timeout")
      output.note(`ended: it ran longer than ${limits.timeoutMs / 1000} s`);
    if (this.#cause?.kind === "terminated") output.note(`ended: ${this.#cause.reason}`);
    if (limitHit === "disk")
      output.note(`ended: its files are larger than ${toMegabytes(limits.diskBytesMax)} MB`);
    if (limitHit === "processes") output.note(`ended: it had more than ${limits.processesMax} processes`);
    if (survivors.length > 0) output.note(`could not end the processes ${survivors.join(", ")}`);
  }

  #readInfo(text: string): void {
    const match = /"child-pid":\s*(\d+)/.exec(text);
    if (match !== null) this.#parts.members.setKeepers([this.pid, Number(match[1])]);
  }
}

/** Resolves when no more can come. */
function waitDrained(stream: Readable | null): Promise<void> {
  if (stream === null) return Promise.resolve();
  return new Promise((resolve) => {
    for (const name of ["end", "close", "error"]) stream.once(name, () => resolve());
  });
}

function toPipes({ stdin, stdout }: ChildProcess): ProcessPipes | null {
  if (stdin === null || stdout === null) return null;
  stdin.on("error", () => stdin.destroy()); // It has ended: its result tells how.
  return { stdin, stdout };
}

function toMegabytes(bytes: number): string {
  return (bytes / 1_000_000).toLocaleString("en-US", { maximumFractionDigits: 1 });
}
