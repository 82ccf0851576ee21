/** All that a command reaches of the process it runs in; tests hand in another one. */
import { fileURLToPath } from "node:url";
import { OsqrError } from "../core/errors.ts";

export interface OutStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

export interface Host {
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** A person sits at it and can answer. */
  readonly canAsk: boolean;
  /** Argv of this program up to its own arguments, to start it again. */
  readonly self: readonly [string, ...string[]];
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Minutes to add to UTC at a moment for the reader's clock. */
  readonly utcOffsetMinutes: (at: number) => number;
  /** Asks on the terminal; null where its end was reached. */
  ask(question: string): Promise<string | null>;
  /** Calls back on each SIGINT until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
}

/** The host of this process. */
export function createProcessHost(): Host {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", endWithReader);
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: readCwd(),
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
    self: [process.execPath, ...process.execArgv, process.argv[1] ?? fileURLToPath(import.meta.url)],
    now: Date.now,
    utcOffsetMinutes: (at) => -new Date(at).getTimezoneOffset(),
    ask: askTerminal,
    onInterrupt: (listener) => {
      process.on("SIGINT", listener);
      return () => process.off("SIGINT", listener);
    },
  };
}

/** `osqr log | head`: the reader has what it wanted. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit();
  throw error;
}

function readCwd(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new OsqrError("no-folder", "the folder that you are in does not exist any more", {
      hints: ["go to another one: cd"],
      cause,
    });
  }
}

async function askTerminal(question: string): Promise<string | null> {
  const { createInterface } = await import("node:readline");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Without a listener readline pauses on Ctrl-C and nobody learns of it.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return await new Promise((resolve) => {
      terminal.once("close", () => resolve(null));
      terminal.question(question, resolve);
    });
  } finally {
    terminal.close();
  }
}
