import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as soon } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createScriptedPreset, writeScript } from "../../../test/fixtures/agents/rig.ts";
import type { Script } from "../../../test/fixtures/agents/script.ts";
import { createTestSandbox, findProcesses, TEST_LIMITS } from "../../sandbox/testing.ts";
import { detectAgents, runProgram } from "./detect.ts";
import { furnishHome } from "./home.ts";
import { findLogin, toMissingLogin } from "./login.ts";
import type { AgentPreset } from "./preset-types.ts";
import { AGENT_PRESETS } from "./presets.ts";
import { probeAgent } from "./probe.ts";
import { Stagger } from "./stagger.ts";
import { describeLevels } from "./testing.ts";
import { findVersion, isOlder } from "./versions.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "osqr-detect-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function install(place: string, name: string, text: string): string {
  const bin = join(folder, place);
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), text, { mode: 0o755 });
  return bin;
}

function findPreset(name: string): AgentPreset {
  const preset = AGENT_PRESETS.find((entry) => entry.name === name);
  if (preset === undefined) throw new Error(`no preset ${name}`);
  return preset;
}

async function detect(preset: AgentPreset, path: readonly string[], env: Record<string, string> = {}) {
  const home = join(folder, "operator");
  const options = { presets: [preset], path: [...path, "/usr/bin", "/bin"].join(":"), env, home };
  const [found] = await detectAgents(options);
  if (found === undefined) throw new Error("nothing was looked for");
  return { ...found, preset: found.preset.name };
}

describe("the agents of a machine", () => {
  it("are found by their programs, with their version and what they lack", async () => {
    const bin = install("bin", "gemini", "#!/bin/sh\necho v0.61.2\n");
    expect(await detect(findPreset("gemini"), [bin], { GEMINI_API_KEY: "k" })).toEqual({
      preset: "gemini",
      program: join(bin, "gemini"),
      others: [],
      version: "0.61.2",
      canStart: true,
      missing: [],
    });
    expect((await detect(findPreset("gemini"), [bin])).missing).toEqual(["no login: set GEMINI_API_KEY"]);
  });

  it("may be missing, or only the program that speaks for them", async () => {
    const claude = findPreset("claude");
    expect(await detect(claude, [])).toMatchObject({
      program: null,
      missing: ["claude-agent-acp is not on PATH; run: npm install -g @agentclientprotocol/claude-agent-acp"],
    });
    const bin = install("bin", "claude", "#!/bin/sh\n");
    expect((await detect(claude, [bin])).missing[0]).toMatch(
      /^claude is there, but not claude-agent-acp, which speaks for it; run: npm/,
    );
  });

  it("may be too old, broken, of another machine, or there twice: the first on PATH counts", async () => {
    const key = { GEMINI_API_KEY: "k" };
    const old = install("old", "gemini", "#!/bin/sh\necho 0.9.0 >&2\n");
    const broken = install("broken", "gemini", "#!/bin/sh\necho oh no >&2; exit 3\n");
    const foreign = install("foreign", "gemini", "");
    writeFileSync(join(foreign, "gemini"), Buffer.from("7f454c4602010100000000000000000002003412", "hex"));
    chmodSync(join(foreign, "gemini"), 0o755);
    const found = await detect(findPreset("gemini"), [old, broken, old], key);
    expect(found.others).toEqual([join(broken, "gemini")]);
    expect(found.missing).toEqual([
      "version 0.9.0 is older than 0.61.0; run: npm install -g @google/gemini-cli",
    ]);
    expect((await detect(findPreset("gemini"), [broken], key)).missing).toEqual([
      `${broken}/gemini cannot be run: oh no`,
    ]);
    expect((await detect(findPreset("gemini"), [foreign], key)).missing).toEqual([
      `${foreign}/gemini is built for another kind of machine; run: npm install -g @google/gemini-cli`,
    ]);
  });

  it("log in with a key that is set, else with their login file where there is one", async () => {
    const codex = findPreset("codex");
    const home = join(folder, "operator");
    const none = await findLogin(codex, { env: { OTHER: "x", OPENAI_API_KEY: "" }, home });
    expect([none, toMissingLogin(codex, none)]).toEqual([
      { env: {}, file: null },
      "no login: set OPENAI_API_KEY or CODEX_API_KEY or ~/.codex/auth.json",
    ]);
    mkdirSync(join(home, ".codex"), { recursive: true });
    writeFileSync(join(home, ".codex/auth.json"), "{}");
    const file = { source: join(home, ".codex/auth.json"), path: ".codex/auth.json" };
    expect(await findLogin(codex, { env: {}, home })).toEqual({ env: {}, file });
    const keyed = await findLogin(codex, { env: { OPENAI_API_KEY: "k" }, home });
    expect(keyed).toEqual({ env: { OPENAI_API_KEY: "k" }, file: null });
    expect(toMissingLogin(codex, keyed)).toBeNull();
  });
});

describe("presets", () => {
  it("have names of their own, files that can be read, and hosts without a scheme", () => {
    expect(new Set(AGENT_PRESETS.map((preset) => preset.name)).size).toBe(5);
    for (const preset of AGENT_PRESETS) {
      expect(preset.candidates.length).toBeGreaterThan(0);
      for (const host of preset.hosts) expect(new URL(`https://${host}/`).hostname).toBe(host);
      for (const { path, content } of preset.files) {
        expect(path).not.toMatch(/^\/|\.\./);
        if (path.endsWith(".json")) expect(JSON.parse(content)).toBeTypeOf("object");
      }
    }
    expect(JSON.parse(findPreset("opencode").env.OPENCODE_CONFIG_CONTENT ?? "")).toMatchObject({
      share: "disabled",
    });
  });

  it("know versions by their numbers", () => {
    expect(findVersion("claude 2.1.3 (Claude Code)")).toBe("2.1.3");
    expect(findVersion("v0.61.0-nightly.1\n")).toBe("0.61.0-nightly.1");
    expect(findVersion("none")).toBeNull();
    const older = [
      ["1.9.9", "1.10.0"],
      ["0.100", "0.100.1"],
      ["1.0.0-rc.9", "1.0.1"],
    ] as const;
    for (const [a, b] of older)
      expect([isOlder(a, b), isOlder(b, a), isOlder(a, a)]).toEqual([true, false, false]);
    expect(isOlder("unknown", "1.0.0")).toBe(false);
  });
});

describe("a private home", () => {
  it("gets its files; links that an earlier attempt left are not followed", async () => {
    const home = join(folder, "home");
    const outside = join(folder, "outside");
    for (const path of [home, outside, join(home, "dir/x.json")]) mkdirSync(path, { recursive: true });
    writeFileSync(join(outside, "victim"), "safe");
    symlinkSync(outside, join(home, "link"));
    symlinkSync(join(outside, "victim"), join(home, "config"));
    symlinkSync(join(outside, "victim"), join(home, "auth.json"));
    symlinkSync(join(outside, "victim"), join(home, "plain.osqr"));
    const files = ["link/a.json", "config", "dir/x.json", "plain", "../up"].map((path) => ({
      path,
      content: path,
    }));
    const login = { source: join(outside, "victim"), path: "auth.json" };
    const mounts = await furnishHome(home, { files, login, level: "bubblewrap" });
    for (const { path, content } of files)
      expect(readFileSync(join(home, path.replace("../", "")), "utf8")).toBe(content);
    expect(readFileSync(join(outside, "victim"), "utf8")).toBe("safe");
    expect(lstatSync(join(home, "link")).isDirectory()).toBe(true);
    expect(mounts).toEqual([{ source: login.source, target: join(home, "auth.json"), mode: "read" }]);
    expect(await furnishHome(home, { files, login, level: "process" })).toEqual([]);
    expect(readFileSync(join(home, "auth.json"), "utf8")).toBe("safe");
  });
});

describe("starts", () => {
  it("go one after the other, in the order in which they came, and those that were given up hold up nobody", async () => {
    const stagger = new Stagger();
    const order: string[] = [];
    const give = new AbortController();
    const enter = async (name: string, signal = new AbortController().signal) => {
      const leave = await stagger.enter(signal);
      order.push(leave === null ? `${name} gave up` : name);
      return leave;
    };
    const first = await enter("a");
    const waiting = [enter("b", give.signal), enter("c"), enter("d")];
    give.abort();
    await soon();
    expect(order).toEqual(["a", "b gave up"]);
    first?.();
    first?.();
    const c = await waiting[1];
    await soon();
    expect(order).toEqual(["a", "b gave up", "c"]);
    c?.();
    (await waiting[2])?.();
    expect(await stagger.enter(give.signal)).toBeNull();
    expect(order.at(-1)).toBe("d");
    const two = new Stagger(2);
    const signal = new AbortController().signal;
    expect(await Promise.all([two.enter(signal), two.enter(signal)])).toHaveLength(2);
  });
});

describeLevels("a probe", (level, get) => {
  const probe = (script: Script) =>
    probeAgent({
      preset: createScriptedPreset(writeScript(get().root, script)),
      sandbox: createTestSandbox(level, get()),
      toolchains: { mounts: [], path: "/usr/bin:/bin", env: {} },
      limits: TEST_LIMITS,
      folder: join(get().root, "probe"),
      deadlineMs: script.initialize === "never" ? 2_000 : 30_000,
    });

  it("says what an agent is and can do, and leaves no process", async () => {
    const { facts, failure } = await probe({ can: ["load"], version: "3.2.1" });
    expect(failure).toBeNull();
    expect(facts).toEqual({
      agent: "scripted-agent 3.2.1",
      version: "3.2.1",
      canResume: false,
      canLoad: true,
      canClose: false,
      logins: ["token"],
    });
    expect(findProcesses(get().root)).toEqual([]);
  });

  it("says why there is no answer", async () => {
    expect((await probe({ initialize: "never" })).failure).toMatchObject({ kind: "timeout" });
    expect((await probe({ before: [{ do: "crash", code: 4 }] })).failure).toMatchObject({
      kind: "crashed",
      message: "scripted: it ended with code 4 during initialize",
    });
    expect((await probe({ before: [{ do: "hugeLine", bytes: 9_000_000 }] })).failure).toMatchObject({
      kind: "protocol",
    });
    expect(findProcesses(get().root)).toEqual([]);
  });
});

it("of what a program says when it fails the error is told, not the advice behind it", async () => {
  const fail = (script: string) => runProgram(process.execPath, ["-e", script]);
  const print =
    "console.error('It seems that your package manager failed.\\nOr reinstall it.'); process.exit(1)";
  expect((await fail(print)).failure).toBe("It seems that your package manager failed.");
  expect((await fail("throw new TypeError('x is not there')")).failure).toBe("TypeError: x is not there");
});
