import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { REGISTRY_AGENTS, toRegistry } from "../../../../test/fixtures/agents/registry.ts";
import { detectAgents } from "../detect.ts";
import { findAgent } from "../find-agent.ts";
import { AGENT_PRESETS } from "../presets.ts";
import { MACHINE, toRegistryPreset } from "./registry-preset.ts";

const [template] = AGENT_PRESETS;
let folder: string;
let bin: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "osqr-registry-"));
  bin = join(folder, "bin");
  mkdirSync(bin);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string, mode = 0o755): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
  return file;
}

const content = toRegistry(...Object.values(REGISTRY_AGENTS));
const look = (id: string, machine?: string) =>
  toRegistryPreset({ path: "r.json", content, problem: null }, id, {
    path: bin,
    ...(machine === undefined ? {} : { machine }),
  });

/** What a look at this machine says of it. */
async function detect(id: string, machine?: string) {
  const launch = await look(id, machine);
  const preset = { ...template, base: null, floor: null, ...launch, name: id } as never;
  const [found] = await detectAgents({
    presets: [preset],
    path: bin,
    env: { ANTHROPIC_API_KEY: "k" },
    home: folder,
  });
  return { program: found?.program, missing: found?.missing };
}

it("starts what is installed: by the program that the package names, with the entry's arguments and variables", async () => {
  write("lib/node_modules/@birds/finch-agent/package.json", JSON.stringify({ bin: { finch: "cli.js" } }));
  const cli = write("lib/node_modules/@birds/finch-agent/cli.js", "#!/bin/sh\n");
  symlinkSync(cli, join(bin, "finch"));
  expect(await look("finch")).toEqual({
    title: "Finch",
    candidates: [
      {
        program: join(bin, "finch"),
        args: ["--acp"],
        versionArgs: null,
        install: "npm install -g @birds/finch-agent@1.2.3",
      },
    ],
    env: { FINCH_UPDATES: "off" },
  });
});

it.each([
  ["wren", "wren"],
  ["owl", "owl-acp"],
  ["heron", "heron"],
  ["finch", "finch-agent"],
])("finds %s on the PATH as %s", async (id, program) => {
  write(`bin/${program}`, "#!/bin/sh\n");
  expect((await detect(id, "linux-x86_64")).program).toBe(join(bin, program));
});

it("downloads nothing: it says how what is missing gets here", async () => {
  expect((await detect("finch")).missing).toEqual([
    "finch-agent is not on PATH; run: npm install -g @birds/finch-agent@1.2.3",
  ]);
  expect((await detect("owl")).missing).toEqual([
    "owl-acp is not on PATH; run: uv tool install 'owl-acp==1.2.3'",
  ]);
  expect((await detect("heron", "linux-aarch64")).missing).toEqual([
    `heron is not on PATH; unpack https://example.org/heron/v1.2.3/heron-linux-aarch64.tar.gz (SHA-256 ${"ab".repeat(32)}) into a folder of your PATH`,
  ]);
});

it("says what is built for other machines only", async () => {
  const missing = ["r.json: expected a program of stork for linux-x86_64, found windows-x86_64"];
  expect(await detect("stork", "linux-x86_64")).toEqual({ program: null, missing });
  const other = write("bin/heron", "");
  const header = Buffer.alloc(64);
  header.write("\x7fELF", 0, "latin1");
  header.writeUInt16LE(process.arch === "x64" ? 183 : 62, 18);
  writeFileSync(other, header, { mode: 0o755 });
  if (process.platform === "linux")
    expect((await detect("heron")).missing?.[0]).toContain(
      "is built for another kind of machine; unpack https://",
    );
});

it("has a name for this machine", () => {
  expect(MACHINE).toMatch(/^(?:linux|darwin|windows)-(?:x86_64|aarch64)$/);
});

it("of an entry that means nothing, or a file that is not there, nothing is started", async () => {
  const missing = await look("crow");
  expect(missing).toMatchObject({
    candidates: [],
    problem: expect.stringContaining("expected an agent with the id crow"),
  });
  await expect(findAgent({ ...template, ...missing } as never, { path: bin })).rejects.toMatchObject({
    code: "agent-missing",
  });
  const absent = await toRegistryPreset(
    { path: "r.json", content: null, problem: "r.json: expected a file, found none" },
    "finch",
    { path: bin },
  );
  expect(absent.problem).toBe("r.json: expected a file, found none");
});

it.each([
  "not json",
  "[]",
  '{"bin": {"../../sh": "x", "a b": "y"}}',
  '{"bin": {"a": "x", "b": "y"}}',
  '{"bin": 7}',
])("takes no program from a manifest such as %s", async (manifest) => {
  write("lib/node_modules/@birds/finch-agent/package.json", manifest);
  write("bin/a", "#!/bin/sh\n");
  expect((await look("finch")).candidates[0]?.program).toBe("finch-agent");
});

it("looks in the image where agents run in one, and keeps the variables of the entry also where it is not installed", async () => {
  const file = { path: "r.json", content, problem: null };
  const inImage = (...names: string[]) => ({
    path: "/usr/bin",
    programs: new Map(names.map((name) => [name, [`/usr/local/bin/${name}`]] as const)),
  });
  // Here it is installed, which says nothing of the image.
  write("lib/node_modules/@birds/finch-agent/package.json", JSON.stringify({ bin: { finch: "cli.js" } }));
  write("bin/finch", "#!/bin/sh\n");
  const [installed, absent] = await Promise.all([
    toRegistryPreset(file, "finch", { ...inImage("finch-agent"), path: bin }),
    toRegistryPreset(file, "finch", { ...inImage(), path: bin }),
  ]);
  expect(installed).toMatchObject({ candidates: [{ program: "finch-agent" }] });
  expect(installed.env).not.toEqual({});
  expect(absent.env).toEqual(installed.env);
  await expect(
    findAgent({ ...template, ...installed } as never, inImage("finch-agent")),
  ).resolves.toMatchObject({
    program: "finch-agent",
  });
});
