import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chainHash, GENESIS_HASH } from "./chain.ts";
import { openHome } from "./home.ts";
import { lockHome } from "./home-lock.ts";
import { MemoryLog } from "./memory.ts";
import { openEventLog } from "./open.ts";
import type { AppendInput, EventLog, StoredEvent } from "./types.ts";

/** A log, and the hands of somebody who can write to its storage behind its back. */
interface Bench {
  readonly log: EventLog;
  /** Ends the log and opens it again, as after a restart. */
  reopen(): EventLog;
  replaceRows(rows: readonly StoredEvent[]): void;
  replaceSnapshotStates(state: string): void;
  close(): void;
}

function openSqliteBench(): Bench {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "osqr-store-"));
  let lock = lockHome(openHome(folder), 0);
  let log = openEventLog(lock);
  const close = () => {
    log.close();
    lock.release();
  };
  const tamper = (change: (database: DatabaseSync) => void) => {
    const database = new DatabaseSync(lock.home.log);
    database.exec(
      "PRAGMA ignore_check_constraints = ON; DROP TRIGGER event_stays; DROP TRIGGER event_remains",
    );
    change(database);
    database.close();
  };
  return {
    get log() {
      return log;
    },
    reopen() {
      close();
      lock = lockHome(openHome(folder), 0);
      log = openEventLog(lock);
      return log;
    },
    replaceRows: (rows) =>
      tamper((database) => {
        database.exec("DELETE FROM event");
        const insert = database.prepare(
          "INSERT INTO event (seq, at, kind, body, hash) VALUES (?, ?, ?, ?, ?)",
        );
        for (const { seq, at, kind, body, hash } of rows) insert.run(seq, at, kind, body, hash);
      }),
    replaceSnapshotStates: (state) =>
      tamper((database) => database.prepare("UPDATE snapshot SET state = ?").run(state)),
    close() {
      close();
      fs.rmSync(folder, { recursive: true });
    },
  };
}

function openMemoryBench(): Bench {
  let log = new MemoryLog();
  return {
    get log() {
      return log;
    },
    reopen() {
      log = log.fork();
      return log;
    },
    replaceRows: (rows) => {
      const sorted = rows.toSorted((a, b) => a.seq - b.seq);
      log.events.splice(0, log.events.length, ...sorted);
    },
    replaceSnapshotStates: (state) => {
      for (const snapshot of log.snapshots) Object.assign(snapshot, { state });
    },
    close: () => log.close(),
  };
}

const note = (n: number): AppendInput => ({ v: 1, at: 1000 + n, kind: "noted", data: { n } });
const notes = (count: number): AppendInput[] => Array.from({ length: count }, (_, index) => note(index + 1));

describe.each([
  ["on SQLite", openSqliteBench],
  ["in memory", openMemoryBench],
])("the event log %s", (_name, open) => {
  let bench: Bench;
  beforeEach(() => {
    bench = open();
  });
  afterEach(() => {
    bench.close();
  });

  it("starts empty, before 32 zero bytes", () => {
    expect([bench.log.lastSeq, bench.log.lastHash]).toEqual([0, GENESIS_HASH]);
    expect([...bench.log.read({ after: 0 })]).toEqual([]);
    expect(bench.log.verify()).toEqual({ ok: true, events: 0, firstBad: null, reason: null });
  });

  it("numbers events from 1 and writes them as canonical JSON, chained by hash", () => {
    const [first, second] = bench.log.append([
      note(1),
      { v: 2, at: 5, kind: "Moved", data: { to: "é", a: [1] } },
    ]);
    expect(first?.body).toBe('{"at":1001,"kind":"noted","n":1,"seq":1,"v":1}');
    expect(second?.body).toBe('{"a":[1],"at":5,"kind":"Moved","seq":2,"to":"é","v":2}');
    expect(first?.hash).toBe(chainHash(GENESIS_HASH, first?.body ?? ""));
    // The same with the tools of a system: printf '%064d' 0 | xxd -r -p, then the body, then sha256sum.
    expect(first?.hash).toMatchInlineSnapshot(
      `"67cb52cc62c1b5c4fe27d2fa01a6ca52fc369db52829c565c6475ee02357234b"`,
    );
    expect(second?.hash).toBe(chainHash(first?.hash ?? "", second?.body ?? ""));
    expect([bench.log.lastSeq, bench.log.lastHash]).toEqual([2, second?.hash]);
  });

  it("gives back what was written, also after it was opened again", () => {
    const written = [...bench.log.append(notes(3)), ...bench.log.append([]), ...bench.log.append(notes(1))];
    expect([...bench.log.read({ after: 0 })]).toEqual(written);
    const again = bench.reopen();
    expect([...again.read({ after: 0 })]).toEqual(written);
    expect([again.lastSeq, again.lastHash]).toEqual([4, written[3]?.hash]);
    again.append([note(9)]);
    expect(again.verify()).toEqual({ ok: true, events: 5, firstBad: null, reason: null });
  });

  it("reads a part: after a number, up to a limit, over many pages", () => {
    bench.log.append(notes(700));
    const read = (after: number, limit?: number) => {
      const numbers = [...bench.log.read(limit === undefined ? { after } : { after, limit })].map(
        ({ seq }) => seq,
      );
      return `${numbers[0]}..${numbers.at(-1)} (${numbers.length})`;
    };
    expect(read(0)).toBe("1..700 (700)");
    expect(read(-5)).toBe("1..700 (700)");
    expect(read(0, 512)).toBe("1..512 (512)");
    expect(read(300, 300)).toBe("301..600 (300)");
    expect(read(699, 10)).toBe("700..700 (1)");
    expect(read(700)).toBe("undefined..undefined (0)");
    expect(read(900)).toBe("undefined..undefined (0)");
    expect(read(0, 0)).toBe("undefined..undefined (0)");
  });

  it("includes what is appended while it is read", () => {
    bench.log.append(notes(300));
    let count = 0;
    for (const event of bench.log.read({ after: 0 })) {
      if (event.seq === 256) bench.log.append(notes(2));
      count += 1;
    }
    expect(count).toBe(302);
  });

  it.each([
    [
      "a value without JSON",
      { data: { a: { b: [undefined] } } },
      "event 2 (noted): $.a.b[0]: expected a JSON value",
    ],
    [
      "a reserved key",
      { data: { seq: 7 } },
      'event 2 (noted): the key "seq" belongs to the log, found it in the data',
    ],
    [
      "a time that is not whole",
      { at: 1.5 },
      'event 2 (noted): expected whole milliseconds in "at", found 1.5',
    ],
    ["a version of 0", { v: 0 }, "event 2 (noted): expected a version from 1, found 0"],
    ["a kind with a space", { kind: "a b" }, 'event 2: expected a kind such as "task_started", found "a b"'],
  ])("refuses %s and writes nothing of the group", (_title, change, message) => {
    expect(() => bench.log.append([note(1), { ...note(2), ...change }])).toThrow(message);
    expect(bench.log.lastSeq).toBe(0);
    expect([...bench.log.read({ after: 0 })]).toEqual([]);
  });

  describe("verify names the first bad event", () => {
    let rows: StoredEvent[];
    beforeEach(() => {
      rows = [...bench.log.append(notes(10))];
    });
    const edit = (seq: number, change: Partial<StoredEvent>) =>
      rows.map((row) => (row.seq === seq ? { ...row, ...change } : row));
    const at = (seq: number): StoredEvent => rows[seq - 1]!;

    it.each<[string, () => StoredEvent[], number, string]>([
      [
        "a changed body",
        () => edit(4, { body: at(4).body.replace('"n":4', '"n":5') }),
        4,
        "does not have the hash",
      ],
      [
        "a body with other spacing",
        () => edit(4, { body: at(4).body.replace(",", ", ") }),
        4,
        "does not have the hash",
      ],
      ["a changed time", () => edit(4, { at: 9 }), 4, 'its column "at" says 9, its content says 1004'],
      ["a changed kind", () => edit(4, { kind: "forged" }), 4, 'its column "kind" says forged'],
      ["a changed hash", () => edit(4, { hash: "ab".repeat(32) }), 4, "does not have the hash"],
      ["a changed number", () => edit(4, { seq: 40 }), 4, "event 4 is missing"],
      ["a number below 1", () => edit(4, { seq: -1 }), -1, "expected event 1, found one numbered -1"],
      ["a deleted event", () => rows.filter(({ seq }) => seq !== 4), 4, "event 4 is missing"],
      [
        "two deleted events",
        () => rows.filter(({ seq }) => seq !== 4 && seq !== 5),
        4,
        "events 4 to 5 are missing",
      ],
      ["a deleted first event", () => rows.slice(1), 1, "event 1 is missing"],
      ["two swapped events", () => edit(4, { ...at(5), seq: 4 }).with(4, { ...at(4), seq: 5 }), 4, "event 4"],
      [
        "an inserted event",
        () =>
          [...rows.slice(0, 4), at(4), ...rows.slice(4)].map((row, index) => ({ ...row, seq: index + 1 })),
        5,
        "event 5 does not have the hash",
      ],
      [
        "an event added without the chain",
        () => [...rows, { ...at(10), seq: 11 }],
        11,
        "event 11 does not have",
      ],
      ["a cut tail", () => rows.slice(0, 7), 8, "expected 10 events, found 7: the last 3 are missing"],
      ["a cut tail of one", () => rows.slice(0, 9), 10, "expected 10 events, found 9: event 10 is missing"],
      ["everything gone", () => [], 1, "expected 10 events, found 0: the last 10 are missing"],
      [
        "a rewritten end with new hashes",
        () => rewriteFrom(8),
        10,
        "event 10 is not the one that was acknowledged",
      ],
    ])("%s", (_title, tamper, firstBad, reason) => {
      const tampered = tamper();
      bench.replaceRows(tampered);
      const result = bench.log.verify();
      expect(result).toMatchObject({ ok: false, events: tampered.length, firstBad });
      expect(result.reason).toContain(reason);
    });

    it("stops reading at the first bad event", () => {
      bench.replaceRows(edit(4, { body: at(4).body.replace('"n":4', '"n":5') }));
      const read: number[] = [];
      expect(() => {
        for (const { seq } of bench.log.read({ after: 1 })) read.push(seq);
      }).toThrow(
        "the history is damaged: event 4 does not have the hash of its content and of the event before it",
      );
      expect(read).toEqual([2, 3]);
    });

    function rewriteFrom(first: number): StoredEvent[] {
      let hash = at(first - 1).hash;
      return rows.map((row) => {
        if (row.seq < first) return row;
        const body = row.body.replace('"n":', '"n":1');
        hash = chainHash(hash, body);
        return { ...row, body, hash };
      });
    }
  });

  describe("snapshots", () => {
    it("gives back the newest of a version, also after it was opened again", () => {
      bench.log.append(notes(9));
      for (const seq of [3, 6, 9]) bench.log.saveSnapshot({ seq, version: 1, state: `at ${seq}` });
      expect(bench.log.loadSnapshot(1)).toEqual({ seq: 9, state: "at 9" });
      expect(bench.reopen().loadSnapshot(1)).toEqual({ seq: 9, state: "at 9" });
    });

    it("ignores one of another version", () => {
      bench.log.append(notes(2));
      bench.log.saveSnapshot({ seq: 1, version: 1, state: "old" });
      bench.log.saveSnapshot({ seq: 2, version: 2, state: "new" });
      expect(bench.log.loadSnapshot(1)).toEqual({ seq: 1, state: "old" });
      expect(bench.log.loadSnapshot(3)).toBeNull();
    });

    it("keeps the newest two", () => {
      bench.log.append(notes(3));
      bench.log.saveSnapshot({ seq: 1, version: 1, state: "first" });
      bench.log.saveSnapshot({ seq: 2, version: 2, state: "second" });
      bench.log.saveSnapshot({ seq: 3, version: 2, state: "third" });
      expect(bench.log.loadSnapshot(1)).toBeNull();
    });

    it("ignores one whose content was changed", () => {
      bench.log.append(notes(2));
      bench.log.saveSnapshot({ seq: 2, version: 1, state: "true" });
      bench.replaceSnapshotStates("forged");
      expect(bench.log.loadSnapshot(1)).toBeNull();
    });

    it("ignores one of another history", () => {
      const rows = bench.log.append(notes(3));
      bench.log.saveSnapshot({ seq: 2, version: 1, state: "true" });
      bench.replaceRows(rows.map((row) => (row.seq === 2 ? { ...row, hash: "ab".repeat(32) } : row)));
      expect(bench.log.loadSnapshot(1)).toBeNull();
    });

    it("refuses one of a future event", () => {
      bench.log.append(notes(1));
      expect(() => bench.log.saveSnapshot({ seq: 2, version: 1, state: "" })).toThrow("the log ends at 1");
    });
  });
});
