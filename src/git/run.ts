import { type ChildProcess, spawn } from "node:child_process";
import { GitError, type GitErrorCode } from "./errors.ts";

/** One call of git. */
interface GitCall {
  readonly args: readonly string[];
  /** @default "/" */
  readonly cwd?: string;
  /** Added to the environment of the {@link Git}. */
  readonly env?: Readonly<Record<string, string>>;
  /** Given on stdin, which is closed after it. */
  readonly stdin?: string | Uint8Array;
  /** Exit codes that are answers. @default [0] */
  readonly okCodes?: readonly number[];
  /** @default 64 MiB */
  readonly stdoutBytesMax?: number;
  /** @default 60,000 */
  readonly timeoutMs?: number;
}

/** What git answered. `stderr` is its end, at most 64 KiB. */
interface GitAnswer {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Calls git in one environment. @throws GitError `git-failed`, `git-timeout`, `output-too-large`, `objects-missing` … */
export type Git = (call: GitCall) => Promise<GitAnswer>;

const stderrBytesMax = 64 * 1024;
/** On SIGTERM git removes its lock files; SIGKILL follows for what does not listen. */
const graceMs = 5_000;

/** Binds a git program to an environment and to options that stand before every command. */
export function createGit(
  binary: string,
  environment: Readonly<Record<string, string>>,
  options: readonly string[],
): Git {
  return (call) =>
    runGit(binary, { ...call, args: [...options, ...call.args], env: { ...environment, ...call.env } }, call);
}

async function runGit(binary: string, call: GitCall, shown: GitCall): Promise<GitAnswer> {
  const argv = ["git", ...shown.args];
  const timeoutMs = call.timeoutMs ?? 60_000;
  const ended = await spawnGit(binary, call, timeoutMs);
  if (ended.kind === "not-started") {
    throw new GitError("git-failed", `${binary} could not be started: ${ended.error.message}`, {
      cause: ended.error,
      argv,
    });
  }
  if (ended.kind === "timeout") {
    throw new GitError("git-timeout", `"${toLine(argv)}" took longer than ${timeoutMs} ms`, { argv });
  }
  if (ended.kind === "too-large") {
    throw new GitError("output-too-large", `"${toLine(argv)}" printed more than ${ended.bytesMax} bytes`, {
      argv,
    });
  }
  if (!(call.okCodes ?? [0]).includes(ended.code)) throw toError(argv, ended.code, ended.stderr);
  return ended;
}

type Ended =
  | { readonly kind: "not-started"; readonly error: Error }
  | { readonly kind: "timeout" }
  | { readonly kind: "too-large"; readonly bytesMax: number }
  | ({ readonly kind: "ended" } & GitAnswer);

function spawnGit(binary: string, call: GitCall, timeoutMs: number): Promise<Ended> {
  return new Promise((resolve) => {
    // Its own process group: Ctrl-C in the daemon's terminal must not interrupt a checkout half way.
    const child = spawn(binary, [...call.args], {
      cwd: call.cwd ?? "/",
      env: { ...call.env },
      stdio: "pipe",
      detached: true,
    });
    const bytesMax = call.stdoutBytesMax ?? 64 * 1024 * 1024;
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stderr = "";
    let early: Ended | null = null;
    const endEarly = (reason: Ended) => {
      if (early !== null) return;
      early = reason;
      terminate(child);
    };
    const timer = setTimeout(() => endEarly({ kind: "timeout" }), timeoutMs);
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) endEarly({ kind: "too-large", bytesMax });
      else chunks.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-stderrBytesMax);
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ kind: "not-started", error });
    });
    // What git left running in the background may hold the pipes; git itself has said all.
    child.on("exit", () => {
      const drain = setTimeout(() => [child.stdout, child.stderr].map((stream) => stream.destroy()), 2_000);
      child.on("close", () => clearTimeout(drain));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const stdout = Buffer.concat(chunks);
      resolve(early ?? { kind: "ended", code: code ?? 128, stdout, stderr: stderr || (signal ?? "") });
    });
    // git may end without having read all of it; its exit code says what went wrong.
    child.stdin.on("error", () => undefined);
    child.stdin.end(call.stdin);
  });
}

function terminate(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  const send = (signal: NodeJS.Signals) => {
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone already.
    }
  };
  send("SIGTERM");
  const timer = setTimeout(() => send("SIGKILL"), graceMs);
  child.on("close", () => clearTimeout(timer));
}

/** What git says of objects that are not there or damaged; it has many words for it. */
const missingObject = new RegExp(
  [
    "unable to read (tree|sha1|object|[0-9a-f]{8})",
    "could not read [0-9a-f]{8}",
    "cannot read object",
    "nonexistent object",
    "(bad|invalid) (tree )?(object|file)",
    "not a (valid|tree) (object|commit)",
    "not a tree object",
    "needed a single revision",
    "missing (blob|tree|commit|object)",
    "\\(stored in \\S+\\) is corrupt",
    "object (file )?\\S+ is (corrupt|empty|missing)",
    "unable to unpack",
    "failed to (read|unpack tree) object",
  ].join("|"),
  "i",
);

/** The error for what git said on stderr. */
export function toError(argv: readonly string[], code: number, stderr: string): GitError {
  const said = firstLine(stderr);
  const kind = classify(stderr);
  const hints: Partial<Record<GitErrorCode, readonly string[]>> = {
    "objects-missing": [
      "git fsck --full lists what is missing or damaged",
      "in a partial clone (--filter) fetch the rest: git fetch --refetch --no-filter",
    ],
    "disk-full": ["make room on the disk, then try again"],
  };
  return new GitError(kind, `"${toLine(argv)}" failed (exit ${code}): ${said || "git said nothing"}`, {
    argv,
    stderr,
    hints: hints[kind] ?? [],
  });
}

function classify(stderr: string): GitErrorCode {
  if (/no space left on device|disk quota exceeded/i.test(stderr)) return "disk-full";
  if (/dubious ownership/.test(stderr)) return "unsafe-ownership";
  if (/not a git repository/i.test(stderr)) return "not-a-repository";
  if (/refusing to merge unrelated histories/.test(stderr)) return "unrelated-histories";
  // Other lines are lists of file names, which may say anything.
  const complaints = stderr.split("\n").filter((line) => /^(error|fatal):/.test(line));
  return complaints.some((line) => missingObject.test(line)) ? "objects-missing" : "git-failed";
}

/** The first line that git complained with, without its prefix. */
export function firstLine(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const line = lines.find((each) => /^(fatal|error):/.test(each)) ?? lines[0] ?? "";
  return line.replace(/^(fatal|error): /, "").trim();
}

function toLine(argv: readonly string[]): string {
  const line = argv.join(" ");
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** What a command printed, without the last line end. */
export async function readLine(git: Git, call: GitCall): Promise<string> {
  const { stdout } = await git(call);
  return stdout.toString().replace(/\n$/, "");
}

/** Fields of a `-z` output. */
export function splitNul(bytes: Buffer, encoding: "utf8" | "latin1" = "utf8"): string[] {
  const fields = bytes.toString(encoding).split("\0");
  if (fields.at(-1) === "") fields.pop();
  return fields;
}
