/** `daemon.json` in the home: where the daemon is. Read by clients before every request, so nothing heavy is imported here. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

export interface DaemonFile {
  readonly pid: number;
  /** Null: it starts or stops, and answers nobody. */
  readonly port: number | null;
  /** Null: written by the lock of the home, before the daemon has said more. */
  readonly version: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
}

/**
 * Replaces the file at once, so that nobody reads half of it; mode 0600. Only who has the home locked may call it: the draft has one
 * name, so that what a killed daemon left of it is taken over by the next one.
 */
export function writeDaemonFile(path: string, file: DaemonFile): void {
  const draft = `${path}.new`;
  writeFileSync(draft, `${JSON.stringify(file)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Null where there is none, or none that says anything. It may name a process that is gone. */
export function readDaemonFile(path: string): DaemonFile | null {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // Absent, or left half-written by a system that crashed: nobody is named.
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { pid, port, version, startedAt } = value as Readonly<Record<string, unknown>>;
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return null;
  return {
    pid,
    port: typeof port === "number" && port > 0 && port < 65_536 ? port : null,
    version: typeof version === "string" ? version.slice(0, 100) : null,
    startedAt: typeof startedAt === "number" ? startedAt : 0,
  };
}

/** Removes the file where it still names this process. */
export function removeOwnDaemonFile(path: string): void {
  if (readDaemonFile(path)?.pid === process.pid) rmSync(path, { force: true });
}
