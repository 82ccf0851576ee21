import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judgeConfidence } from "./confidence.ts";
import {
  type AutonomyCounts,
  calibrate,
  evolveCounts,
  type Lesson,
  NO_COUNTS,
  nameKind,
} from "./learning.ts";
import type { Facet } from "./types.ts";

const BANDS = { proceed: 0.9, log: 0.7 };
const learn = (...lessons: readonly Lesson[]): AutonomyCounts =>
  lessons.reduce((counts, lesson) => evolveCounts(counts, { kind: "edit", lesson }), NO_COUNTS);
const times = (count: number, lesson: Lesson): Lesson[] => Array<Lesson>(count).fill(lesson);
const subject = (text: string): Facet => ({ on: "subject", names: ["decide"], subject: text });

describe("the stated confidence", () => {
  test.each([
    [0.91, "proceed"],
    [0.9, "log"],
    [0.7, "log"],
    [0.69, "ask"],
    [0, "ask"],
    [1.01, "ask"],
    [-1, "ask"],
    [Number.NaN, "ask"],
    [Number.POSITIVE_INFINITY, "ask"],
  ])("%f without answers: %s", (stated, outcome) => {
    expect(judgeConfidence(stated, "edit", NO_COUNTS, BANDS).outcome).toBe(outcome);
  });

  test.each([
    ["one override makes a sure agent log", ["overridden"], 1, "log"],
    ["two make it ask", ["overridden", "overridden"], 1, "ask"],
    ["interruptions count half", ["interrupted", "interrupted"], 1, "log"],
    ["27 approvals leave a doubtful one logged", times(27, "approved"), 0, "log"],
    ["28 approvals make it go on", times(28, "approved"), 0, "proceed"],
    [
      "an override after that makes it log again",
      [...times(28, "approved"), "overridden" as const],
      0,
      "log",
    ],
  ] as [string, Lesson[], number, string][])("%s", (_title, lessons, stated, outcome) => {
    expect(judgeConfidence(stated, "edit", learn(...lessons), BANDS).outcome).toBe(outcome);
  });

  test("where nothing is stated answers can only take away", () => {
    expect(judgeConfidence(null, "edit", NO_COUNTS, BANDS)).toEqual({
      outcome: "proceed",
      isProven: false,
      reason: null,
    });
    expect(judgeConfidence(null, "edit", learn("overridden", "overridden"), BANDS).outcome).toBe("ask");
  });

  test("answers about one kind say nothing about another", () => {
    expect(judgeConfidence(1, "delete", learn("overridden", "overridden"), BANDS).outcome).toBe("proceed");
    expect(judgeConfidence(0, "toString", learn("approved"), BANDS).outcome).toBe("ask");
  });

  test("it says how it came about", () => {
    expect(
      judgeConfidence(0.95, "edit", learn("approved", "overridden"), BANDS).reason,
    ).toMatchInlineSnapshot(`"stated confidence 95 %; 2 answers about edit put it at 14 % to 86 %"`);
  });
});

describe("evolveCounts", () => {
  test("28 approvals prove a kind, 27 do not, one override takes it back", () => {
    const isProven = (counts: AutonomyCounts) => judgeConfidence(null, "edit", counts, BANDS).isProven;
    expect(isProven(learn(...times(27, "approved")))).toBe(false);
    const proven = learn(...times(28, "approved"));
    expect(isProven(proven)).toBe(true);
    expect(isProven(evolveCounts(proven, { kind: "edit", lesson: "overridden" }))).toBe(false);
  });

  test("any number of approvals is taken back by one override, and comes back", () => {
    for (const count of [28, 59, 60, 61, 500]) {
      const overridden = learn(...times(count, "approved"), "overridden");
      expect(judgeConfidence(0, "edit", overridden, BANDS).outcome, `${count}`).toBe("log");
      const forgiven = learn(...times(count, "approved"), "overridden", ...times(120, "approved"));
      expect(judgeConfidence(0, "edit", forgiven, BANDS).outcome, `${count}`).toBe("proceed");
    }
  });

  test("an approval never lowers what a kind is believed, an override or an interruption never raises it", () => {
    const lesson = fc.constantFrom<Lesson>("approved", "overridden", "interrupted");
    const runs = fc.array(fc.tuple(lesson, fc.nat({ max: 70 })), { maxLength: 6 });
    fc.assert(
      fc.property(runs, fc.double({ min: 0, max: 1, noNaN: true }), (before, stated) => {
        const counts = learn(...before.flatMap(([each, count]) => times(count, each)));
        const known = calibrate(counts, "edit");
        const taught = (each: Lesson) =>
          calibrate(evolveCounts(counts, { kind: "edit", lesson: each }), "edit");
        const believe = ({ least, most }: { least: number; most: number }) =>
          Math.min(most, Math.max(least, stated));
        const now = known ?? { least: 0.05, most: 0.95 };
        for (const worse of [taught("overridden"), taught("interrupted")]) {
          expect(worse?.least).toBeLessThanOrEqual(now.least);
          expect(worse?.most).toBeLessThanOrEqual(now.most);
          expect(believe(worse ?? now)).toBeLessThanOrEqual(believe(now));
        }
        const better = taught("approved");
        expect(better?.least).toBeGreaterThanOrEqual(now.least);
        expect(better?.most).toBeGreaterThanOrEqual(now.most);
        expect(believe(better ?? now)).toBeGreaterThanOrEqual(believe(now));
      }),
      { numRuns: 150 },
    );
  });

  test("it remembers the last 60 answers: what was learned can be unlearned from any point", () => {
    for (const lesson of ["approved", "overridden", "interrupted"] as const) {
      const old = learn(...times(500, lesson));
      expect(Object.values(old.edit ?? {}).reduce((sum, each) => sum + each, 0)).toBe(60);
      const turned = learn(...times(500, lesson), ...times(60, "approved"));
      expect(judgeConfidence(0, "edit", turned, BANDS).outcome).toBe("proceed");
    }
  });

  test("it stays small: 500 kinds, 60 answers of each, plain data", () => {
    let counts: AutonomyCounts = NO_COUNTS;
    for (let kind = 0; kind < 600; kind += 1)
      counts = evolveCounts(counts, { kind: `k${kind}`, lesson: "approved" });
    for (let count = 0; count < 600; count += 1)
      counts = evolveCounts(counts, { kind: "k599", lesson: "approved" });
    expect(Object.keys(counts)).toHaveLength(500);
    expect(counts.k599?.approved).toBeLessThanOrEqual(61);
    expect(JSON.parse(JSON.stringify(counts))).toEqual(counts);
  });

  test("names of every object's properties are kinds like others", () => {
    const counts = evolveCounts(NO_COUNTS, { kind: "constructor", lesson: "approved" });
    expect(calibrate(counts, "constructor")?.answers).toBe(1);
    expect(calibrate(NO_COUNTS, "constructor")).toBeNull();
    // A setter on every object; nothing is polluted by it.
    evolveCounts(NO_COUNTS, { kind: "__proto__", lesson: "approved" });
    expect(({} as Record<string, unknown>).approved).toBeUndefined();
  });
});

describe("nameKind", () => {
  test.each<[string, Facet]>([
    ["edit", { on: "path", names: ["edit", "write"], path: "src/a.ts" }],
    ["update_tests", { on: "path", names: ["update_tests", "edit", "write"], path: "a.test.ts" }],
    ["run_tests", { on: "command", names: ["run_tests", "execute"], words: ["npm", "test"] }],
    ["execute:npm run", { on: "command", names: ["execute"], words: ["npm", "run", "build"] }],
    ["execute:node", { on: "command", names: ["execute"], words: ["node", "x.js"] }],
    ["fetch:example.org", { on: "host", names: ["fetch"], host: "example.org" }],
    ["tool:files/read", { on: "tool", names: ["tool"], tool: "files/read" }],
  ])("%s", (kind, facet) => {
    expect(nameKind(facet)).toBe(kind);
  });

  test("subjects in other words and order are one topic; texts of agents are cut and cleaned", () => {
    expect(nameKind(subject("Session storage"))).toBe(nameKind(subject("storage of the sessions")));
    expect(nameKind(subject("Session storage"))).not.toBe(nameKind(subject("session timeout")));
    expect(nameKind(subject("!!!"))).toBe("decide:other");
    const long = nameKind({ on: "tool", names: ["tool"], tool: `\u001b[31m${"x".repeat(500)}` });
    expect(long).toHaveLength(100);
    expect(long).not.toContain("\u001b");
  });
});
