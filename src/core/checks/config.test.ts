/** `gates` and `watch` of a config: what they may say, and what a project may tighten. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeConfig } from "../config.ts";
import { type ConfigLayer, parseConfig } from "../config-shape.ts";
import { DEFAULT_WATCH, WATCHED, type WatchLayer } from "./watch-policy.ts";

const read = (content: unknown): ConfigLayer => {
  const parsed = parseConfig(content);
  if ("problems" in parsed) throw new Error(parsed.problems.map(({ message }) => message).join("; "));
  return parsed.layer;
};
const problemsOf = (content: unknown): string[] => {
  const parsed = parseConfig(content);
  if (!("problems" in parsed)) return [];
  return parsed.problems.map(
    ({ path, message, hint }) => `${path.join(".")}: ${message}${hint === null ? "" : ` (${hint})`}`,
  );
};
const merge = (operator: unknown, project: unknown) => {
  const { config, refused } = mergeConfig(read(operator), read(project), { maxParallel: 4 });
  return { gates: config.gates, watch: config.watch, refused: refused.map(({ key }) => key) };
};

describe("gates", () => {
  test("each kind as people write it", () => {
    const gates = {
      tests: "npm test",
      slow: { command: "npm run e2e", timeout: "15m", critical: false },
      lint: "off",
      coverage: { target: 80, report: "out/lcov.info", critical: false },
      security: "on",
      benchmark: { command: "npm run bench", pattern: "mean: ([\\d.]+)", slower: 1.5 },
      secrets: { allow: ["test/fixtures/**"], comment: "osqr: no secret" },
    };
    expect(read({ gates }).gates).toEqual({
      tests: "npm test",
      slow: { command: "npm run e2e", timeoutMs: 900_000, critical: false },
      lint: false,
      coverage: { measures: "coverage", target: 80, command: null, report: "out/lcov.info", critical: false },
      security: { measures: "security", command: null, level: "high" },
      benchmark: {
        measures: "benchmark",
        command: "npm run bench",
        metric: { pattern: "mean: ([\\d.]+)" },
        slower: 1.5,
        better: "lower",
        runs: 3,
      },
      secrets: { measures: "secrets", allow: ["test/fixtures/**"], comment: "osqr: no secret" },
    });
  });

  test("a command under one of these names is a command, as it was", () => {
    const gates = {
      coverage: "npm run coverage",
      benchmark: { command: "npm run bench" },
      security: "make audit",
    };
    expect(read({ gates }).gates).toEqual(gates);
    expect(read({ gates: { coverage: false, security: "off", secrets: "off" } }).gates).toEqual({
      coverage: false,
      security: false,
      secrets: false,
    });
  });

  test("what has more to say than on is no command", () => {
    expect(problemsOf({ gates: { coverage: "on", benchmark: true, tests: "on" } })).toEqual([
      'gates.coverage: expected a mapping such as {target: 80}, a shell command or false, found "on"',
      "gates.benchmark: expected a mapping such as {command: npm run bench}, a shell command or false, found true",
      'gates.tests: expected a shell command, {command, timeout} or false, found "on"',
    ]);
  });

  test("what is wrong is named at its place", () => {
    const gates = {
      coverage: { taget: 80 },
      security: { level: "hihg" },
      benchmark: { command: "x", pattern: "no group" },
      secrets: { allow: ["/etc"] },
      tests: { command: "x", timout: "1m" },
    };
    expect(problemsOf({ gates })).toMatchInlineSnapshot(`
      [
        "gates.coverage.taget: unknown key "taget" (did you mean target?)",
        "gates.coverage.target: expected a target such as 80, found nothing",
        "gates.security.level: expected low or moderate or high or critical, found "hihg"",
        "gates.benchmark.pattern: expected a regular expression with one group, the number, found "no group"",
        "gates.secrets.allow.0: expected a glob inside the repository, found "/etc"",
        "gates.tests.timout: unknown key "timout" (did you mean timeout?)",
      ]
    `);
    expect(problemsOf({ gates: { benchmark: { command: "x", slower: 2 } } })).toEqual([
      "gates.benchmark: expected either a pattern, or a file and a key",
    ]);
    expect(problemsOf({ gates: { coverage: { command: "x", report: "a.xml" } } })).toEqual([
      "gates.coverage.target: expected a target such as 80, found nothing",
    ]);
  });

  test("a project raises the bar, never lowers it, and never says which secrets are none", () => {
    const coverage = (target: number) => ({ gates: { coverage: { target } } });
    expect(merge(coverage(70), coverage(80)).gates).toMatchObject({ coverage: { target: 80 } });
    expect(merge(coverage(80), coverage(70)).gates).toMatchObject({ coverage: { target: 80 } });
    expect(merge({}, coverage(70)).gates).toMatchObject({ coverage: { target: 70 } });
    expect(merge(coverage(80), { gates: { coverage: false } })).toMatchObject({
      refused: ["gates.coverage"],
    });
    const security = (level: string) => ({ gates: { security: { level } } });
    expect(merge(security("high"), security("low")).gates).toMatchObject({ security: { level: "low" } });
    expect(merge(security("low"), security("high")).gates).toMatchObject({ security: { level: "low" } });
    for (const secrets of [false, { allow: ["**"] }, { comment: "not a secret" }])
      expect(merge({}, { gates: { secrets } })).toMatchObject({ gates: {}, refused: ["gates.secrets"] });
    const allowed = { gates: { secrets: { allow: ["fixtures"] } } };
    expect(merge(allowed, {}).gates).toMatchObject({ secrets: { allow: ["fixtures"] } });
  });
});

describe("watch", () => {
  test("each check as people write it, and off", () => {
    const watch = {
      every: "5s",
      tokens: "off",
      progress: { after: "30m" },
      memory: { max: "4 GiB", level: "warn" },
    };
    expect(merge({ watch }, {}).watch).toEqual({
      ...DEFAULT_WATCH,
      everyMs: 5_000,
      tokens: null,
      progress: { afterMs: 1_800_000 },
      memory: { maxBytes: 4 * 1024 ** 3, minFreeBytes: 64 * 1024 ** 2, level: "warn" },
    });
  });

  test("what is wrong is named at its place", () => {
    const watch = { every: "10ms", tokens: { warn: 120 }, errorRate: { sampel: 3 }, disk: 7, memroy: "off" };
    expect(problemsOf({ watch })).toMatchInlineSnapshot(`
      [
        "watch.every: expected a duration from 1s to 10m such as 15s, found "10ms"",
        "watch.tokens.warn: expected a whole number of percent from 1 to 100, found the number 120",
        "watch.errorRate.sampel: unknown key "sampel" (did you mean sample?)",
        "watch.disk: expected a mapping, or off, found the number 7",
        "watch.memroy: unknown key "memroy" (did you mean memory?)",
      ]
    `);
  });

  test("a project switches nothing off, and says so", () => {
    const off = Object.fromEntries(WATCHED.map((name) => [name, "off"]));
    expect(merge({}, { watch: { ...off, every: "1s" } })).toEqual({
      gates: {},
      watch: DEFAULT_WATCH,
      refused: ["watch.every", ...WATCHED.map((name) => `watch.${name}`)],
    });
  });

  test("a project can only tighten, whatever both say", () => {
    const level = fc.constantFrom("warn", "critical");
    const percent = fc.integer({ min: 1, max: 100 });
    const bytes = fc.integer({ min: 1, max: 1e9 });
    const check = (fields: Record<string, fc.Arbitrary<unknown>>) =>
      fc.option(fc.oneof(fc.constant("off"), fc.record(fields, { requiredKeys: [] })), { nil: undefined });
    const layer = fc.record({
      tokens: check({ warn: percent, red: percent }),
      progress: check({ after: fc.integer({ min: 1, max: 90 }).map((n) => `${n}m`) }),
      errorRate: check({ limit: percent, sample: fc.integer({ min: 2, max: 20 }), level }),
      memory: check({ max: bytes, minFree: bytes, level }),
      disk: check({ max: bytes, level }),
    });
    fc.assert(
      fc.property(layer, layer, (operator, project) => {
        const alone = merge({ watch: operator }, {}).watch;
        const both = merge({ watch: operator }, { watch: project }).watch;
        for (const name of WATCHED) if (alone[name] !== null) expect(both[name]).not.toBeNull();
        expect(both.tokens?.warn ?? 0).toBeLessThanOrEqual(alone.tokens?.warn ?? 100);
        expect(both.tokens?.red ?? 0).toBeLessThanOrEqual(alone.tokens?.red ?? 100);
        expect(both.progress?.afterMs ?? 0).toBeLessThanOrEqual(
          alone.progress?.afterMs ?? Number.POSITIVE_INFINITY,
        );
        expect(both.errorRate?.limit ?? 0).toBeLessThanOrEqual(alone.errorRate?.limit ?? 100);
        expect(both.errorRate?.sample ?? 0).toBeLessThanOrEqual(alone.errorRate?.sample ?? 20);
        if (alone.memory !== null) {
          expect(both.memory?.maxBytes ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(
            alone.memory.maxBytes ?? Number.POSITIVE_INFINITY,
          );
          expect(both.memory?.minFreeBytes).toBeGreaterThanOrEqual(alone.memory.minFreeBytes);
          if (alone.memory.level === "critical") expect(both.memory?.level).toBe("critical");
        }
        if (alone.disk !== null)
          expect(both.disk?.maxBytes ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(
            alone.disk.maxBytes ?? Number.POSITIVE_INFINITY,
          );
      }),
      { numRuns: 500 },
    );
  });
});

const layer: WatchLayer = { tokens: { warn: 90 } };
test("a warning never comes after the red zone has begun", () => {
  expect(mergeConfig({ watch: layer } as ConfigLayer, {}, { maxParallel: 1 }).config.watch.tokens).toEqual({
    warn: 90,
    red: 90,
  });
});
