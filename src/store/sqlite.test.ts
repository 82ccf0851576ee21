import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as readline from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import * as v8 from "node:v8";
import * as vm from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OsqrError } from "../core/errors.ts";
import { type HomePaths, openHome } from "./home.ts";
import { findHolder, lockHome, readHolder } from "./home-lock.ts";
import { loadSqlite } from "./node-sqlite.ts";
import { openEventLog, openEventLogReadOnly, verifyEventLog } from "./open.ts";
import type { AppendInput } from "./types.ts";

const WRITER = fileURLToPath(new URL("../../test/fixtures/store/log-writer.ts", import.meta.url));

const notes = (count: number): AppendInput[] =>
  Array.from({ length: count }, (_, n) => ({ v: 1, at: n, kind: "noted", data: { n } }));

let home: HomePaths;
beforeEach(() => {
  home = openHome(fs.mkdtempSync(path.join(os.tmpdir(), "osqr-store-")));
});
afterEach(() => {
  fs.rmSync(home.root, { recursive: true });
});

/** Opens, does, closes. */
function withLog<T>(
  run: (log: ReturnType<typeof openEventLog>) => T,
  options: { acceptCut?: boolean } = {},
): T {
  const lock = lockHome(home, 0);
  try {
    const log = openEventLog(lock, options);
    try {
      return run(log);
    } finally {
      log.close();
    }
  } finally {
    lock.release();
  }
}

/** Runs the writer until it has acknowledged some groups, then does something with it. Resolves to all it printed. */
async function runWriter(groups: number, size: number, act: (pid: number) => void) {
  const child = spawn(process.execPath, [WRITER, home.root, String(size)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: { opened?: number; acknowledged?: number; error?: string }[] = [];
  for await (const line of readline.createInterface({ input: child.stdout })) {
    lines.push(JSON.parse(line));
    if (lines.length === groups + 1) act(child.pid!);
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return { pid: child.pid!, lines };
}

const kill = (pid: number) => process.kill(pid, "SIGKILL");
const acknowledgedIn = (lines: { acknowledged?: number }[]) => lines.at(-1)?.acknowledged ?? 0;

function catchError(run: () => unknown): OsqrError {
  try {
    run();
  } catch (error) {
    if (error instanceof OsqrError) return error;
    throw error;
  }
  throw new Error("expected an error, found none");
}

describe("a writer killed with SIGKILL", () => {
  it("loses nothing that it acknowledged, 10 times on one home", async () => {
    let before = 0;
    for (let round = 0; round < 10; round++) {
      const { lines } = await runWriter(5 + round * 7, 1 + (round % 4), kill);
      expect(lines[0]?.opened).toBe(before);
      const found = withLog((log) => {
        expect(log.verify()).toMatchObject({ ok: true, firstBad: null });
        return log.lastSeq;
      });
      expect(found).toBeGreaterThanOrEqual(acknowledgedIn(lines));
      before = found;
    }
  });

  it("frees the home, although daemon.json still names it", async () => {
    const { pid } = await runWriter(1, 1, kill);
    expect(readHolder(home)?.pid).toBe(pid);
    expect(findHolder(home)).toBeNull();
    lockHome(home, 0).release();
    expect(readHolder(home)).toBeNull();
  });
});

describe("the lock of a home", () => {
  it("refuses a second writer and names the first one's pid and port", () => {
    const lock = lockHome(home, Date.UTC(2030, 0, 2));
    lock.announce(8765);
    const error = catchError(() => lockHome(home, 0));
    expect(error.code).toBe("home-locked");
    expect(
      error.message.replace(home.root, "<home>").replace(String(process.pid), "<pid>"),
    ).toMatchInlineSnapshot(
      `"another osqr uses <home>: pid <pid>, port 8765, since 2030-01-02T00:00:00.000Z"`,
    );
    expect(error.hints).toMatchInlineSnapshot(`
      [
        "use the CLI, which asks the one that runs; or stop it: osqr stop",
        "or give the library a home of its own: env: {...process.env, OSQR_HOME: "/path/to/folder"}",
      ]
    `);
    expect(findHolder(home)).toEqual({ pid: process.pid, startedAt: Date.UTC(2030, 0, 2), port: 8765 });
    // The refused attempt must not have cost the first writer its lock.
    expect(catchError(() => lockHome(home, 0)).code).toBe("home-locked");
    lock.release();
    lockHome(home, 0).release();
  });

  it("outlives its object, which nobody may refer to any more", () => {
    lockHome(home, 0);
    v8.setFlagsFromString("--expose-gc");
    (vm.runInNewContext("gc") as () => void)();
    expect(catchError(() => lockHome(home, 0)).code).toBe("home-locked");
  });

  it("refuses across processes", async () => {
    let refusal: OsqrError | undefined;
    const { pid } = await runWriter(2, 1, (writer) => {
      refusal = catchError(() => lockHome(home, 0));
      kill(writer);
    });
    expect(refusal?.code).toBe("home-locked");
    expect(refusal?.message).toContain(`pid ${pid}`);
  });

  it("is not fooled by a daemon.json that names a living process (a reused pid)", () => {
    fs.writeFileSync(home.daemon, JSON.stringify({ pid: process.ppid, startedAt: 1, port: 8765 }));
    expect(findHolder(home)).toBeNull();
    const lock = lockHome(home, 2);
    expect(readHolder(home)).toEqual({ pid: process.pid, startedAt: 2, port: null });
    lock.release();
  });

  it("says that the holder is not known where daemon.json is broken", () => {
    const lock = lockHome(home, 0);
    fs.writeFileSync(home.daemon, "{");
    expect(catchError(() => lockHome(home, 0)).message).toContain("a process that has not said its name");
    expect(findHolder(home)).toMatchObject({ pid: 0, port: null });
    lock.release();
  });
});

describe("damage that SQLite does not notice", () => {
  /** A home as a crash leaves it: all events still in the write-ahead log. */
  function crashWith(count: number): void {
    const crashed = openHome(fs.mkdtempSync(path.join(os.tmpdir(), "osqr-store-")));
    const lock = lockHome(crashed, 0);
    const log = openEventLog(lock);
    for (const event of notes(count)) log.append([event]);
    for (const file of [crashed.log, `${crashed.log}-wal`, crashed.head])
      execFileSync("cp", [file, home.root]);
    log.close();
    lock.release();
    fs.rmSync(crashed.root, { recursive: true });
  }

  function restore(from: string): void {
    for (const name of fs.readdirSync(home.root)) fs.rmSync(path.join(home.root, name), { recursive: true });
    fs.cpSync(from, home.root, { recursive: true });
  }

  it("finds each flipped bit in the write-ahead log, and refuses to go on", () => {
    crashWith(20);
    const kept = `${home.root}.kept`;
    fs.cpSync(home.root, kept, { recursive: true });
    const wal = fs.readFileSync(`${home.log}-wal`);
    // 60 places, spread over the whole file by a step that is no multiple of a page.
    for (let round = 0; round < 60; round++) {
      restore(kept);
      const at = (round * 104_729) % wal.length;
      const flipped = Buffer.from(wal);
      flipped[at] = flipped[at]! ^ (1 << (round % 8));
      fs.writeFileSync(`${home.log}-wal`, flipped);
      expect(verifyEventLog(home), `bit at ${at}`).toMatchObject({ ok: false });
      expect(catchError(() => withLog(() => 0)).code, `bit at ${at}`).toBe("log-cut");
      // Refusing left the evidence as it was.
      expect(fs.readFileSync(`${home.log}-wal`).equals(flipped)).toBe(true);
    }
    fs.rmSync(kept, { recursive: true });
  });

  it("names what is missing after a cut, goes on only when told to, and keeps the damaged files", () => {
    crashWith(20);
    fs.truncateSync(`${home.log}-wal`, Math.floor(fs.statSync(`${home.log}-wal`).size / 2));
    const verdict = verifyEventLog(home);
    expect(verdict.ok).toBe(false);
    expect(verdict.firstBad).toBe(verdict.events + 1);
    expect(verdict.reason).toContain(`expected 20 events, found ${verdict.events}`);

    const error = catchError(() => withLog(() => 0));
    expect(error.message).toContain(
      `the history is shorter than it was: expected 20 events, found ${verdict.events}`,
    );

    const warnings = withLog(
      (log) => {
        expect(log.lastSeq).toBe(verdict.events);
        log.append(notes(1));
        return log.warnings;
      },
      { acceptCut: true },
    );
    const folder = /kept in (.+)$/.exec(warnings.join())?.[1] ?? "";
    expect(fs.readdirSync(folder).sort()).toEqual(["head.json", "log.db", "log.db-wal"]);
    expect(withLog((log) => log.verify())).toMatchObject({ ok: true, events: verdict.events + 1 });
  });

  it("notices an old copy of the database and a removed one", () => {
    withLog((log) => log.append(notes(3)));
    fs.copyFileSync(home.log, `${home.log}.old`);
    withLog((log) => log.append(notes(3)));
    fs.copyFileSync(`${home.log}.old`, home.log);
    expect(catchError(() => withLog(() => 0)).message).toContain(
      "expected 6 events, found 3: the last 3 are missing",
    );
    fs.rmSync(home.log);
    expect(catchError(() => withLog(() => 0)).message).toContain(
      "expected 6 events, found 0: the last 6 are missing",
    );
  });

  it("notices another history of the same length", () => {
    withLog((log) => log.append(notes(3)));
    const head = fs.readFileSync(home.head, "utf8");
    fs.writeFileSync(home.head, head.replace(/"hash":"..../, '"hash":"0000'));
    expect(catchError(() => withLog(() => 0)).message).toContain(
      "event 3 is not the one that was acknowledged",
    );
  });

  it("goes on with a warning where the head file cannot be read, and makes a new one", () => {
    withLog((log) => log.append(notes(3)));
    fs.writeFileSync(home.head, "nonsense");
    expect(withLog((log) => log.warnings)).toEqual([
      expect.stringContaining("the length of the history was not checked"),
    ]);
    expect(withLog((log) => log.warnings)).toEqual([]);
  });

  it("refuses a file that is damaged or not a database", () => {
    withLog((log) => log.append(notes(300)));
    const bytes = fs.readFileSync(home.log);
    bytes.fill(0x41, 4096);
    fs.writeFileSync(home.log, bytes);
    expect(verifyEventLog(home)).toMatchObject({ ok: false, firstBad: 1 });
    expect(catchError(() => withLog(() => 0)).code).toBe("log-damaged");
    fs.writeFileSync(home.log, "not a database, only text that is long enough to be looked at as a header");
    expect(verifyEventLog(home)).toMatchObject({ ok: false, events: 0, firstBad: 1 });
    expect(catchError(() => withLog(() => 0)).code).toBe("log-damaged");
  });

  it("refuses to chain to an end that is not as written", () => {
    withLog((log) => log.append(notes(3)));
    const database = new DatabaseSync(home.log);
    database.exec("DROP TRIGGER event_stays; UPDATE event SET kind = 'forged' WHERE seq = 3");
    database.close();
    expect(catchError(() => withLog(() => 0)).message).toContain('event 3: its column "kind" says forged');
  });

  it("ends the walk at a row that cannot be read", () => {
    withLog((log) => log.append(notes(5)));
    const database = new DatabaseSync(home.log);
    database.exec("DROP TRIGGER event_stays; UPDATE event SET at = 9223372036854775807 WHERE seq = 3");
    database.close();
    expect(verifyEventLog(home)).toMatchObject({ ok: false, firstBad: 3 });
  });
});

describe("a disk that refuses a write", () => {
  it("loses only the group that was not acknowledged, and writes nothing more until a new start", () => {
    // A file may grow to 256 blocks of 512 bytes; beyond that each write fails as on a broken disk.
    const script = 'trap "" XFSZ; ulimit -f 256; exec "$@"';
    const child = spawnSync("sh", ["-c", script, "sh", process.execPath, WRITER, home.root, "3"], {
      encoding: "utf8",
    });
    const lines = child.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toEqual({ error: "log-write-failed" });
    expect(lines.length).toBeGreaterThan(10);
    withLog((log) => {
      expect(log.lastSeq).toBe(acknowledgedIn(lines.slice(0, -1)));
      expect(log.verify()).toMatchObject({ ok: true });
      log.append(notes(1));
    });
  });
});

describe("opening", () => {
  it("makes files that only their owner can read", () => {
    withLog((log) => {
      log.append(notes(1));
      const modes = fs.readdirSync(home.root).map((name) => {
        const mode = fs.statSync(path.join(home.root, name)).mode & 0o777;
        return `${name} ${mode.toString(8)}`;
      });
      expect(modes.sort()).toMatchInlineSnapshot(`
        [
          "daemon.json 600",
          "head.json 600",
          "lock.db 600",
          "log.db 600",
          "log.db-shm 600",
          "log.db-wal 600",
        ]
      `);
    });
  });

  it("never changes or deletes an event through SQL", () => {
    withLog((log) => {
      log.append(notes(1));
      const database = new DatabaseSync(home.log);
      expect(() => database.exec("UPDATE event SET kind = 'other'")).toThrow("events are never changed");
      expect(() => database.exec("DELETE FROM event")).toThrow("events are never deleted");
      database.close();
    });
  });

  it("reads beside the writer", () => {
    withLog((log) => {
      log.append(notes(2));
      const reader = openEventLogReadOnly(home);
      log.append(notes(1));
      expect([...reader.read({ after: 1 })].map(({ seq }) => seq)).toEqual([2, 3]);
      expect(reader.verify()).toMatchObject({ ok: true, events: 3 });
      reader.close();
    });
  });

  it("says where a history was expected", () => {
    expect(catchError(() => openEventLogReadOnly(home)).code).toBe("log-missing");
  });

  it("refuses a newer history and another program's database", () => {
    withLog((log) => log.append(notes(1)));
    const database = new DatabaseSync(home.log);
    database.exec("PRAGMA user_version = 99");
    expect(catchError(() => withLog(() => 0)).code).toBe("log-too-new");
    database.exec("PRAGMA user_version = 1; PRAGMA application_id = 7");
    database.close();
    expect(catchError(() => withLog(() => 0)).code).toBe("log-foreign");
  });

  it("refuses an old SQLite", () => {
    const error = catchError(() => loadSqlite("3.51.2"));
    expect(error.code).toBe("sqlite-too-old");
    expect(error.message).toContain("expected SQLite 3.51.3 or newer, found 3.51.2");
    expect(error.hints.join()).toContain("Node 24");
    expect(catchError(() => loadSqlite("3.9.99")).code).toBe("sqlite-too-old");
    loadSqlite("3.51.3");
    loadSqlite("3.100.0");
    loadSqlite("4.0.0");
  });

  it("drops SQLite's experimental warning and no other one", () => {
    const url = new URL("./node-sqlite.ts", import.meta.url).href;
    const script = `
      const { loadSqlite } = await import(${JSON.stringify(url)});
      loadSqlite();
      process.emitWarning("something else", "ExperimentalWarning");`;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(child.stderr).toContain("something else");
    expect(child.stderr).not.toContain("SQLite");
  });
});
