import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SCRIPTED_AGENT_MOUNTS, writeScript } from "../../../test/fixtures/agents/rig.ts";
import type { Script } from "../../../test/fixtures/agents/script.ts";
import { createTestHost } from "../../../test/fixtures/cli-host.ts";
import { findAgents } from "../../engine/local/find-agents.ts";
import { findProcesses } from "../../sandbox/testing.ts";
import { runCli } from "../main.ts";

const AGENT = realpathSync(join(import.meta.dirname, "../../../test/fixtures/agents/scripted-agent.ts"));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "osqr-doctor-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The environment of an operator whose config is this, and who has no agent on the PATH but what lies in `bin`. */
function writeConfig(config: string): Record<string, string> {
  mkdirSync(join(folder, "config/osqr"), { recursive: true });
  writeFileSync(join(folder, "config/osqr/config.yaml"), config, { mode: 0o600 });
  return {
    XDG_CONFIG_HOME: join(folder, "config"),
    HOME: folder,
    PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
  };
}

function configScripted(script: Script, more: readonly string[] = []): Record<string, string> {
  const path = writeScript(folder, script);
  const mounts = SCRIPTED_AGENT_MOUNTS.map(({ target }) => `    - ${target}`);
  const argv = [process.execPath, AGENT, "--script", path].join(", ");
  const executors = ["executors:", "  scripted:", `    argv: [${argv}]`, ...more];
  return writeConfig([...executors, "sandbox:", "  mounts:", ...mounts, ""].join("\n"));
}

async function runDoctor(env: Record<string, string>, args: readonly string[] = []) {
  const host = createTestHost({ home: join(folder, "home"), cwd: folder, env });
  const code = await runCli(["doctor", ...args], host);
  return { code, out: host.out(), err: host.err() };
}

test("an agent of the config is started, greeted and ended, without a daemon", async () => {
  const env = configScripted({ version: "1.4.0" });
  const { code, out, err } = await runDoctor(env);
  expect(out).toMatch(/daemon +not running/);
  expect(out).toMatch(/✓ scripted +1\.4\.0 \(\/.*\), answers after [\d.]+ m?s\n/);
  expect([code, err]).toEqual([0, "asking scripted …\n"]);
  expect(findProcesses(folder)).toEqual([]);
  const { out: json } = await runDoctor(env, ["--json"]);
  expect(JSON.parse(json).agents).toEqual([
    {
      name: "scripted",
      program: process.execPath,
      version: "1.4.0",
      floor: null,
      answeredMs: expect.any(Number),
      problems: [],
      ok: true,
      isConfigured: true,
    },
  ]);
});

test("one that the config names and that is not there, or crashes, is bad; the others are asked all the same", async () => {
  const missing = ["  absent:", `    argv: [${join(folder, "nobody")}]`, "  gemini:"];
  const env = configScripted({ before: [{ do: "crash", code: 7 }] }, missing);
  const { code, out } = await runDoctor(env);
  expect(code).toBe(1);
  expect(out).toContain("osqr cannot work here yet: absent, gemini, scripted.");
  expect(out).toContain(`✗ absent    ${join(folder, "nobody")} is not there, or may not be run`);
  expect(out).toContain("✗ gemini    gemini is not on PATH; run: npm install -g @google/gemini-cli");
  expect(out).toMatch(/✗ scripted {2}version not known \(.*\): scripted: .*7/);
});

test("one that never answers is given up after its time", async () => {
  const found = await findAgents(configScripted({ initialize: "never" }), { deadlineMs: 1_000 });
  expect(found).toMatchObject([{ name: "scripted", ok: false, answeredMs: null }]);
  expect(found[0]?.problems[0]).toContain("initialize");
  expect(findProcesses(folder)).toEqual([]);
});

test("without a config only what is found is listed, with what it lacks", async () => {
  // Whatever else this machine has on its PATH.
  const env = { ...writeConfig(""), PATH: join(folder, "bin") };
  expect(await findAgents(env)).toEqual([]);
  const bin = join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "claude"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(bin, "gemini"), "#!/bin/sh\necho 0.1.0\n", { mode: 0o755 });
  const asked: string[] = [];
  const found = await findAgents(env, { onProbe: (name) => asked.push(name) });
  expect(found.map(({ name, version, ok, isConfigured }) => [name, version, ok, isConfigured])).toEqual([
    ["claude", null, false, false],
    ["gemini", "0.1.0", false, false],
  ]);
  expect(found[1]?.problems).toEqual([
    "version 0.1.0 is older than 0.61.0; run: npm install -g @google/gemini-cli",
    "no login: set GEMINI_API_KEY",
  ]);
  expect(asked).toEqual([]);
});

test("a model behind an API is asked for an answer, and for its key", async () => {
  const server = createServer((_, response) => response.writeHead(401).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const api = (name: string, url: string, more = ""): string =>
    `  ${name}: { model: m, api: { baseUrl: "${url}"${more} } }`;
  const here = `http://127.0.0.1:${port}/v1`;
  const lines = [
    api("gone", "http://127.0.0.1:1/v1"),
    api("keyless", here, ", keyEnv: NO_KEY"),
    api("local", here),
  ];
  try {
    const { code, out } = await runDoctor(writeConfig(["executors:", ...lines, ""].join("\n")));
    expect(code).toBe(1);
    expect(out).toContain("osqr cannot work here yet: gone, keyless.");
    expect(out).toMatch(/✗ gone +http:\/\/127.0.0.1:1\/v1: it does not answer: /);
    expect(out).toMatch(/✗ keyless +http:.*, answers after .*: no key: set NO_KEY\n/);
    expect(out).toMatch(/✓ local +http:\/\/127.0.0.1:\d+\/v1, answers after [\d.]+ m?s\n/);
  } finally {
    server.close();
  }
});

test("a config that cannot be read is one finding", async () => {
  const { code, out } = await runDoctor(writeConfig("gats: {}\n"));
  expect(code).toBe(1);
  expect(out).toContain('config.yaml:1: unknown key "gats"');
  expect(out).toContain("osqr cannot work here yet: config.");
});
