import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ContainerConfig } from "../../core/config.ts";
import { createContainerSandbox } from "../container.ts";
import { createPlace, findProcesses, runScript, type TestPlace, toRequest, waitUntil } from "../testing.ts";
import type { Sandbox } from "../types.ts";
import { toReason } from "./engine.ts";
import { type ContainerProbe, probeContainer } from "./probe.ts";
import { type EngineScript, writeEngine } from "./scripted-engine.ts";

const SETTING: ContainerConfig = {
  engine: "podman",
  image: "localhost/agents:1",
  memoryBytes: null,
  cpus: null,
};

describe.skipIf(process.platform !== "linux")("an engine", () => {
  let place: TestPlace;
  let nap: string;
  beforeEach(() => {
    place = createPlace();
    nap = `sleep 1000.${process.pid}${Math.floor(performance.now() * 1000)}`;
  });
  afterEach(() => {
    expect(findProcesses(nap)).toEqual([]);
    place.remove();
  });

  async function probe(script: EngineScript, setting = SETTING): Promise<ContainerProbe> {
    const { folder } = writeEngine(place.root, script);
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, ANTHROPIC_API_KEY: "sk-operator" };
    return probeContainer({ setting, env, startMs: 3_000 });
  }
  async function createSandbox(script: EngineScript = {}): Promise<Sandbox> {
    const { features } = await probe({});
    if (features === null) throw new Error("the scripted engine does not work");
    writeEngine(place.root, script);
    return createContainerSandbox({ homeFolder: place.osqrHome, features, startMs: 3_000 });
  }

  it("that works is found with what its image has", async () => {
    const found = await probe({});
    expect(found.failure).toBeNull();
    expect(found.features).toMatchObject({
      version: "9.9.9",
      image: "1234abcd",
      path: `${dirname(process.execPath)}:/usr/bin:/bin`,
      hasNode: true,
    });
    expect(found.features?.programs.get("bash")).toContain("/usr/bin/bash");
  });

  it("gets nothing of the operator's environment but what its client reads", async () => {
    await probe({});
    const names = readFileSync(join(place.root, "engine/environment"), "latin1")
      .split("\0")
      .map((entry) => entry.slice(0, entry.indexOf("=")));
    expect(names).toContain("PATH");
    expect(names).not.toContain("ANTHROPIC_API_KEY");
  });

  it.each<[string, EngineScript, string, string | undefined]>([
    [
      "is not started",
      { info: "echo 'Cannot connect to the daemon. Is it running?' >&2; exit 125" },
      "podman is there, but not its engine: Cannot connect to the daemon. Is it running?",
      "podman info says more",
    ],
    [
      "is on another machine",
      { info: "echo '9.9.9 false true'" },
      "podman is there, but not its engine: it is on another machine",
      "unset CONTAINER_HOST, or install podman here",
    ],
    [
      "has no such image",
      { image: "echo 'Error: localhost/agents:1: image not known' >&2; exit 125" },
      "podman has no image localhost/agents:1: localhost/agents:1: image not known",
      "get it: podman pull localhost/agents:1, or build it; osqr never pulls",
    ],
    [
      "cannot start a container",
      {
        run: "echo 'time=now level=warning msg=x' >&2; echo 'Error: crun: cgroups in hybrid mode' >&2; exit 126",
      },
      "a trial container failed (podman 9.9.9, image localhost/agents:1): crun: cgroups in hybrid mode",
      'write runtime = "runc" below [engine] into containers.conf',
    ],
    [
      "hangs",
      { run: "exec sleep 600" },
      "a trial container failed (podman 9.9.9, image localhost/agents:1): podman did not start the container within 3 s",
      undefined,
    ],
    [
      "runs its containers elsewhere",
      { inspect: "echo 4194399" },
      "process 4194399 is not on this machine: the engine runs on another or in a virtual one",
      undefined,
    ],
  ])("that %s is told with a way out", async (_, script, failure, hint) => {
    const found = await probe(script);
    expect(found.failure).toContain(failure);
    expect(found.features === null && found.hints[0]).toBe(hint);
  });

  it("that is not there is told, and so is an image that nobody named", async () => {
    const env = { PATH: join(place.root, "nowhere") };
    expect(await probeContainer({ setting: { ...SETTING, engine: null }, env })).toMatchObject({
      failure: "no podman and no docker on PATH",
      hints: ["install one: apt-get install podman"],
    });
    expect(await probeContainer({ setting: null, env })).toMatchObject({ failure: "no image is named" });
  });

  it("whose client is there without its service says so for docker", async () => {
    const folder = join(place.root, "docker");
    mkdirSync(folder);
    const text =
      "#!/bin/sh\necho ' []'\necho 'Cannot connect to the Docker daemon at unix:///x' >&2\nexit 1\n";
    writeFileSync(join(folder, "docker"), text);
    chmodSync(join(folder, "docker"), 0o755);
    const env = { PATH: `${folder}:/usr/bin:/bin` };
    expect(await probeContainer({ setting: { ...SETTING, engine: "docker" }, env })).toEqual({
      features: null,
      failure: `${folder}/docker is there, but not its engine: Cannot connect to the Docker daemon at unix:///x`,
      hints: ["start it: systemctl start docker"],
    });
  });

  it("carries a command, its output and its exit code", async () => {
    const sandbox = await createSandbox();
    expect(await runScript(sandbox, place, "echo one; echo two >&2; exit 3")).toMatchObject({
      exitCode: 3,
      tail: ["one", "two"],
    });
  });

  it("of which the image is gone meanwhile fails the start, and leaves nothing", async () => {
    const sandbox = await createSandbox({ run: "echo 'Error: 1234abcd: image not known' >&2; exit 125" });
    await expect(runScript(sandbox, place, nap)).rejects.toMatchObject({
      code: "sandbox_start_failed",
      message: expect.stringContaining("image not known"),
    });
    expect(existsSync(join(place.root, "output.log.passwd"))).toBe(false);
  });

  it("that hangs while it starts is ended after its time", async () => {
    const sandbox = await createSandbox({ run: `exec ${nap}` });
    await expect(runScript(sandbox, place, "true")).rejects.toMatchObject({
      code: "sandbox_start_failed",
      message: expect.stringContaining("podman did not start the container within 3 s"),
    });
  });

  it("that cannot kill leaves no process: they are ended without it, and its failure is told", async () => {
    const sandbox = await createSandbox({
      rm: "echo 'Error: database is locked' >&2; exit 125",
      after: "exec sleep 600",
    });
    const started = await sandbox.start(toRequest(place, `trap '' TERM; ( setsid ${nap} & ); ${nap}`));
    await waitUntil("both sleep", () => findProcesses(nap, { isExact: true }).length === 2);
    const ended = started.terminate("cancel");
    await waitUntil("none is left", () => findProcesses(nap).length === 0);
    await ended;
    const result = await started.result;
    expect(result).toMatchObject({ isCanceled: true });
    expect(result.tail).toContain("osqr: the container could not be removed: database is locked");
  });

  it("whose client is killed takes its container with it", async () => {
    const { calls } = writeEngine(place.root);
    const sandbox = await createSandbox();
    const started = await sandbox.start(toRequest(place, nap));
    await waitUntil("it sleeps", () => findProcesses(nap, { isExact: true }).length === 1);
    const [client] = findProcesses(`${place.root}/engine/podman run`);
    process.kill(client ?? 0, "SIGKILL");
    expect(await started.result).toMatchObject({ signal: "SIGKILL" });
    expect(calls().at(-1)).toMatch(/^rm --force osqr-/);
  });

  it("is asked for what an earlier daemon left, and removes it by name", async () => {
    const sandbox = await createSandbox({
      ps: "printf 'osqr-one\\nosqr-two\\n'",
      inspect: 'case "$*" in *osqr-one) echo a-7;; *) exit 1;; esac',
    });
    const { calls } = writeEngine(place.root, {
      ps: "printf 'osqr-one\\nosqr-two\\n'",
      inspect: 'case "$*" in *osqr-one) echo a-7;; *) exit 1;; esac',
    });
    expect(await sandbox.reap()).toEqual(["a-7", "osqr-two"]);
    expect(calls().filter((line) => line.startsWith("rm"))).toEqual([
      "rm --force osqr-one",
      "rm --force osqr-two",
    ]);
  });
});

it.each([
  ["Error: no such image", "no such image"],
  ['time="x" level=warning msg="a"\nError: real\n', "real"],
  [
    "docker: Error response from daemon: y.\n\nRun 'docker run --help' for more",
    "docker: Error response from daemon: y.",
  ],
  ["", null],
])("what an engine says of %j is one line", (text, reason) => {
  expect(toReason(text)).toBe(reason);
});
