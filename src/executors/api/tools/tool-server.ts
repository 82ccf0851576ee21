import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { z } from "zod";
import type { ProcessResult, Sandbox, SandboxedProcess, SandboxRequest } from "../../../sandbox/types.ts";
import { TOOL_PROGRAM } from "./tool-program.ts";

/** Bytes of one reply: the program bounds its texts far below. */
const REPLY_BYTES_MAX = 1024 * 1024;
/** How long a reply may take beyond the time that the request itself may take. */
const REPLY_MS = 30_000;
/** How long the program may take to exit by itself. */
const EXIT_MS = 10_000;
/** Heap of the program, MB: what it holds is bounded far below. */
const HEAP_MB = 256;

/** One thing that the program can do; see `tool-program.ts`. */
export type ToolRequest =
  | { readonly op: "check"; readonly path: string }
  | { readonly op: "read"; readonly path: string; readonly offset: number; readonly limit: number }
  | { readonly op: "write"; readonly path: string; readonly content: string }
  | {
      readonly op: "edit";
      readonly path: string;
      readonly oldText: string;
      readonly newText: string;
      readonly all: boolean;
    }
  | { readonly op: "list"; readonly path: string; readonly pattern: string }
  | {
      readonly op: "search";
      readonly path: string;
      readonly pattern: string;
      readonly glob: string | null;
      readonly ignoreCase: boolean;
    }
  | { readonly op: "run"; readonly command: string; readonly timeoutMs: number }
  | { readonly op: "exit"; readonly code: number };

const reply = z.object({ id: z.number(), ok: z.boolean(), text: z.string() });

export interface ServerReply {
  /** False: it was not done, and `text` says why. */
  readonly ok: boolean;
  readonly text: string;
}

/** The program is gone, and with it the attempt: its process result tells how. */
export class ToolsEndedError extends Error {
  override readonly name = "ToolsEndedError";

  constructor(reason: string) {
    super(`the tools of the attempt do not work any more: ${reason}`);
  }
}

/** The program that does an agent's file and shell work, in its sandbox. */
export interface ToolServer {
  readonly process: SandboxedProcess;
  /** Why it was ended: it did not keep to its protocol. Null: it does. */
  readonly broken: string | null;
  /** @throws ToolsEndedError where the program is no longer there, or does not reply */
  call(request: ToolRequest): Promise<ServerReply>;
  /** Lets it exit with a code; ends it where it does not. */
  finish(code: number): Promise<ProcessResult>;
  terminate(reason: "cancel" | "pause" | "shutdown"): Promise<void>;
}

export interface ToolServerOptions {
  readonly sandbox: Sandbox;
  /** Node binary that runs the program. */
  readonly node: string;
  /** Folder outside of the tree where the program goes. */
  readonly folder: string;
  /** All but what runs and how it speaks. Its `cwd` is the work tree. */
  readonly request: Omit<SandboxRequest, "argv" | "stdio">;
}

/** @throws whatever `sandbox.start` throws */
export async function startToolServer(options: ToolServerOptions): Promise<ToolServer> {
  const { sandbox, node, folder, request } = options;
  const program = join(folder, "tools.mjs");
  await writeFile(program, TOOL_PROGRAM, { mode: 0o644 });
  const read = (path: string) => ({ source: path, target: path, mode: "read" }) as const;
  const running = await sandbox.start({
    ...request,
    argv: [node, `--max-old-space-size=${HEAP_MB}`, program, request.cwd],
    mounts: [...request.mounts, read(program), read(node)],
    stdio: "pipes",
  });
  return new RunningTools(running);
}

interface Waiting {
  resolve(reply: ServerReply): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

class RunningTools implements ToolServer {
  readonly process: SandboxedProcess;
  readonly #waiting = new Map<number, Waiting>();
  broken: string | null = null;
  #lastId = 0;
  #isOver = false;

  constructor(running: SandboxedProcess) {
    this.process = running;
    if (running.pipes !== null) this.#read(running.pipes.stdout);
    void running.result.then(() => this.#end("they have ended"));
  }

  call(request: ToolRequest): Promise<ServerReply> {
    if (this.#isOver) return Promise.reject(new ToolsEndedError("they have ended"));
    this.#lastId += 1;
    const id = this.#lastId;
    const limitMs = (request.op === "run" ? request.timeoutMs : 0) + REPLY_MS;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#break(`no reply came within ${limitMs / 1000} s`), limitMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.process.pipes?.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    });
  }

  async finish(code: number): Promise<ProcessResult> {
    if (!this.#isOver) {
      const timer = setTimeout(() => void this.process.terminate("shutdown"), EXIT_MS);
      void this.process.result.finally(() => clearTimeout(timer));
      await this.call({ op: "exit", code }).catch(() => null); // Gone already: its result tells.
      this.process.pipes?.stdin.end();
    }
    return this.process.result;
  }

  terminate(reason: "cancel" | "pause" | "shutdown"): Promise<void> {
    this.#end("they were ended");
    return this.process.terminate(reason);
  }

  /** Takes whole lines only, and none that is longer than any honest one. */
  #read(stdout: Readable): void {
    let chunks: Buffer[] = [];
    let bytes = 0;
    stdout.on("error", () => stdout.destroy()); // It has ended: its result tells how.
    stdout.on("data", (chunk: Buffer) => {
      let rest = chunk;
      for (let at = rest.indexOf(10); at !== -1; at = rest.indexOf(10)) {
        this.#take(Buffer.concat([...chunks, rest.subarray(0, at)]).toString("utf8"));
        chunks = [];
        bytes = 0;
        rest = rest.subarray(at + 1);
      }
      chunks.push(rest);
      bytes += rest.length;
      if (bytes <= REPLY_BYTES_MAX) return;
      chunks = [];
      this.#break(`a reply is above ${REPLY_BYTES_MAX} bytes`);
    });
  }

  #take(line: string): void {
    const parsed = reply.safeParse(parseJson(line));
    const waiting = parsed.success ? this.#waiting.get(parsed.data.id) : undefined;
    if (!parsed.success || waiting === undefined) {
      this.#break("they said something that is no reply");
      return;
    }
    clearTimeout(waiting.timer);
    this.#waiting.delete(parsed.data.id);
    waiting.resolve({ ok: parsed.data.ok, text: parsed.data.text });
  }

  /** What does not keep to the protocol cannot be trusted to do anything. */
  #break(reason: string): void {
    if (this.#isOver) return;
    this.broken = reason;
    this.process.log(`osqr: the tools are ended: ${reason}`);
    this.#end(reason);
    void this.process.terminate("shutdown");
  }

  #end(reason: string): void {
    this.#isOver = true;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new ToolsEndedError(reason));
    }
    this.#waiting.clear();
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
