import { execFile } from "node:child_process";

/** How long an engine may take for anything but a start. */
const ENGINE_MS_MAX = 15_000;
const OUTPUT_BYTES_MAX = 1024 * 1024;
/** What an engine's client reads for itself. Nothing else of the operator's environment gets near a container. */
const CLIENT_NAMES = new Set(["DBUS_SESSION_BUS_ADDRESS", "HOME", "LOGNAME", "PATH", "TMPDIR", "USER"]);
const CLIENT_PREFIXES = ["CONTAINER_", "CONTAINERS_", "DOCKER_", "PODMAN_", "STORAGE_", "XDG_"];

export type EngineKind = "podman" | "docker";

/** The client of a container engine. */
export interface Engine {
  readonly kind: EngineKind;
  /** Absolute. */
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A call of the client that has ended. */
export interface EngineReply {
  readonly stdout: string;
  /** Why it failed, in the engine's own words, one line; null: it did not. */
  readonly failure: string | null;
}

/** The client with what it needs of the operator's environment. */
export function toEngine(
  kind: EngineKind,
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Engine {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (CLIENT_NAMES.has(name) || CLIENT_PREFIXES.some((prefix) => name.startsWith(prefix)))
      own[name] = value;
  }
  return { kind, path, env: own };
}

/** Runs the client to its end. Never rejects. */
export function callEngine(
  engine: Engine,
  args: readonly string[],
  timeoutMs = ENGINE_MS_MAX,
): Promise<EngineReply> {
  const options = {
    env: engine.env,
    cwd: "/",
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: OUTPUT_BYTES_MAX,
  } as const;
  return new Promise((resolve) => {
    const child = execFile(engine.path, [...args], options, (error, stdout, stderr) => {
      resolve({ stdout, failure: error === null ? null : toFailure(engine, error, stderr, timeoutMs) });
    });
    child.stdin?.end();
  });
}

function toFailure(
  engine: Engine,
  error: Error & { killed?: boolean; code?: unknown },
  stderr: string,
  timeoutMs: number,
): string {
  if (error.killed === true) return `${engine.kind} did not answer within ${timeoutMs / 1000} s`;
  return toReason(stderr) ?? `${engine.path} ended with ${String(error.code)}`;
}

/** What an engine says is wrong: its last line that is no warning, at most 500 characters. Null: it says nothing. */
export function toReason(stderr: string): string | null {
  const lines = stderr.split("\n").map((line) => line.trim());
  const said = lines.filter(
    (line) => line !== "" && !/^(time=".*level=warn|WARN\[|WARNING:|See ')/.test(line),
  );
  const line = said.findLast((text) => /^(Error|docker):/.test(text)) ?? said.at(-1);
  return line === undefined ? null : line.replace(/^Error: /, "").slice(0, 500);
}
