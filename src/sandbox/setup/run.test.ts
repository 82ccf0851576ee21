import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createPlace,
  createTestSandbox,
  isBubblewrapWorking,
  runScript,
  TEST_LIMITS,
  type TestPlace,
} from "../testing.ts";
import type { SandboxLevel } from "../types.ts";
import { attachSetup } from "./attach.ts";
import { findSetup, pruneSetups } from "./kept.ts";
import { planSetup, type SetupPlan } from "./plan.ts";
import { runSetup, type SetupOptions } from "./run.ts";

/** A project whose dependency is a folder beside it, so that npm needs no registry. */
const PROJECT = {
  "package.json": '{"name":"app","version":"1.0.0","dependencies":{"greet":"file:vendor/greet"}}',
  "package-lock.json": JSON.stringify({
    name: "app",
    version: "1.0.0",
    lockfileVersion: 3,
    requires: true,
    packages: {
      "": { name: "app", version: "1.0.0", dependencies: { greet: "file:vendor/greet" } },
      "node_modules/greet": { resolved: "vendor/greet", link: true },
      "vendor/greet": { version: "1.0.0" },
    },
  }),
  "vendor/greet/package.json": '{"name":"greet","version":"1.0.0","main":"index.js"}',
  "vendor/greet/index.js": "module.exports = 'hello';",
};

describe("a set-up", () => {
  let place: TestPlace;
  let opened: number;
  beforeEach(() => {
    place = createPlace();
    opened = 0;
    rmSync(place.tree, { recursive: true });
    fill(place.tree, PROJECT);
  });
  afterEach(() => place.remove());

  function fill(tree: string, entries: Readonly<Record<string, string>>): void {
    for (const [path, content] of Object.entries(entries)) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), content);
    }
  }
  function options(level: SandboxLevel): SetupOptions {
    return {
      folder: join(place.osqrHome, "setup"),
      openTree: async () => {
        opened += 1;
        const tree = join(place.osqrHome, `workspaces/setup-${opened}`);
        fill(tree, PROJECT);
        return { tree, mounts: [], close: async () => rmSync(tree, { recursive: true, force: true }) };
      },
      sandbox: createTestSandbox(level, place),
      toolchains: { mounts: [], path: "/usr/local/bin:/usr/bin:/bin", env: {} },
      env: {},
      userHome: null,
      limits: TEST_LIMITS,
      logPath: join(place.root, "setup.log"),
    };
  }
  function toPlan(command: string, produces: readonly string[] = ["node_modules"]): SetupPlan {
    const plan = planSetup([], { command, produces, platform: "test" });
    if (plan === null) throw new Error("no plan");
    return plan;
  }
  const levels: readonly SandboxLevel[] = isBubblewrapWorking ? ["bubblewrap", "process"] : ["process"];

  it.each(levels)("of npm is made once and works in another tree at level %s", async (level) => {
    const files = Object.entries(PROJECT).map(([path, content]) => ({ path, content }));
    const plan = planSetup(files, { command: null, platform: "test" });
    if (plan === null) throw new Error("no plan");
    const outcome = await runSetup(plan, options(level));
    if (outcome.kind === "failed") throw new Error(outcome.result.tail.join("\n"));
    expect(await runSetup(plan, options(level))).toEqual(outcome);
    expect(opened).toBe(1);
    expect(existsSync(join(place.osqrHome, "workspaces/setup-1"))).toBe(false);
    const attached = await attachSetup(outcome.kept, {
      level,
      tree: place.tree,
      scratch: join(place.root, "scratch"),
    });
    expect(attached.excludes).toEqual(["/node_modules"]);
    const script = [
      "node -p \"require('greet')\"",
      "mkdir -p node_modules/.cache/x && touch node_modules/.vite-temp/y && echo caches can be written",
      "touch node_modules/z 2> /dev/null && echo spoilt || echo read-only",
    ].join("\n");
    const result = await runScript(createTestSandbox(level, place), place, script, {
      mounts: attached.mounts,
    });
    expect(result.tail).toEqual([
      "hello",
      "caches can be written",
      level === "bubblewrap" ? "read-only" : "spoilt",
    ]);
    expect(readdirSync(join(outcome.kept.folder, "tree/node_modules"))).not.toContain("z");
  });

  it("is shared by those who ask at the same time", async () => {
    const plan = toPlan("mkdir node_modules; echo run >> node_modules/runs");
    const outcomes = await Promise.all([1, 2, 3].map(() => runSetup(plan, options("process"))));
    expect(new Set(outcomes).size).toBe(1);
    expect(opened).toBe(1);
    const runs = join(place.osqrHome, "setup", plan.hash, "tree/node_modules/runs");
    expect(readFileSync(runs, "utf8")).toBe("run\n");
  });

  it("that fails says what it printed, keeps nothing and is tried again", async () => {
    const plan = toPlan("mkdir node_modules; echo no such registry >&2; exit 7");
    for (const _ of [1, 2]) {
      const outcome = await runSetup(plan, options("process"));
      expect(outcome).toMatchObject({ kind: "failed", result: { exitCode: 7, tail: ["no such registry"] } });
      expect(existsSync(join(place.osqrHome, "setup", plan.hash))).toBe(false);
    }
    expect(opened).toBe(2);
  });

  it("that a crash left half done does not count", async () => {
    const plan = toPlan("mkdir node_modules; echo whole > node_modules/x");
    const folder = join(place.osqrHome, "setup", plan.hash);
    fill(folder, { "tree/node_modules/x": "half", "tree/node_modules/y": "half", "done.json.new": "{" });
    expect(await findSetup(join(place.osqrHome, "setup"), plan.hash)).toBeNull();
    expect((await runSetup(plan, options("process"))).kind).toBe("ready");
    expect(readFileSync(join(folder, "tree/node_modules/x"), "utf8")).toBe("whole\n");
    expect(existsSync(join(folder, "tree/node_modules/y"))).toBe(false);
  });

  it("keeps node_modules of packages further down, and no link out of the tree", async () => {
    const plan = toPlan("mkdir -p node_modules packages/a/node_modules/b; ln -s /etc deps", [
      "node_modules",
      "deps",
    ]);
    const outcome = await runSetup(plan, options("process"));
    expect(outcome).toMatchObject({ kept: { paths: ["node_modules", "packages/a/node_modules"] } });
  });

  it("can be a private copy where the task changes dependencies", async () => {
    const outcome = await runSetup(toPlan("mkdir node_modules; echo 1 > node_modules/x"), options("process"));
    if (outcome.kind === "failed") throw new Error("failed");
    const attached = await attachSetup(outcome.kept, {
      level: "bubblewrap",
      tree: place.tree,
      scratch: join(place.root, "scratch"),
      isPrivate: true,
    });
    expect(attached.mounts.map((mount) => mount.target)).toEqual([outcome.kept.folder]);
    writeFileSync(join(place.tree, "node_modules/x"), "2");
    expect(readFileSync(join(outcome.kept.folder, "tree/node_modules/x"), "utf8")).toBe("1\n");
  });

  it("that nobody used for long is pruned, one in use never", async () => {
    const folder = join(place.osqrHome, "setup");
    const hashes = ["a", "b", "c", "d"].map((letter) => letter.repeat(32));
    for (const [index, hash] of hashes.entries()) {
      fill(join(folder, hash), { "done.json": "{}" });
      utimesSync(join(folder, hash, "done.json"), index + 1, index + 1);
    }
    fill(join(folder, "e".repeat(32)), { "tree/half": "" });
    const removed = await pruneSetups(folder, { keep: new Set(["a".repeat(32)]), countMax: 2 });
    expect(removed.map((hash) => hash[0])).toEqual(["b", "c", "e"]);
    expect(readdirSync(folder).map((hash) => hash[0])).toEqual(["a", "d"]);
  });
});
