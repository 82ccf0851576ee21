import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { containers, TEST_SETTING, whyNoContainers } from "./container/testing.ts";
import {
  createPlace,
  createTestSandbox,
  findProcesses,
  isBubblewrapWorking,
  type TestPlace,
  toRequest,
  waitUntil,
} from "./testing.ts";
import { createTestLevel } from "./testing-levels.ts";
import type { SandboxLevel } from "./types.ts";

const { features } = containers.probe;

/** A daemon that starts one process and waits; the test kills it with SIGKILL. */
const DAEMON = `
const [modules, requestText, level, osqrHome, container] = process.argv.slice(1);
const { probeSandbox } = await import(modules + "/probe.ts");
const { createSandbox } = await import(modules + "/create.ts");
const sandbox = createSandbox({ probe: await probeSandbox({ wanted: level, container: JSON.parse(container) }), homeFolder: osqrHome });
await sandbox.start(JSON.parse(requestText));
setInterval(() => {}, 1000);
`;

describe("after the daemon was killed", () => {
  let place: TestPlace;
  let nap: string;
  beforeEach(() => {
    place = createPlace();
    nap = `sleep 1000.${process.pid}${Math.floor(performance.now() * 1000)}`;
  });
  afterEach(() => place.remove());

  async function startAndKill(level: SandboxLevel): Promise<void> {
    const script = `( setsid ${nap} & ); ${nap}`;
    const request = JSON.stringify(toRequest(place, script, { label: "a-7" }));
    const args = ["--experimental-strip-types", "--input-type=module", "-e", DAEMON];
    const daemon: ChildProcess = spawn(
      process.execPath,
      [...args, import.meta.dirname, request, level, place.osqrHome, JSON.stringify(TEST_SETTING)],
      { stdio: "ignore", env: containers.env },
    );
    await waitUntil("both sleep", () => findProcesses(nap, { isExact: true }).length === 2);
    const gone = new Promise((resolve) => daemon.once("exit", resolve));
    daemon.kill("SIGKILL");
    await gone;
  }

  it.skipIf(!isBubblewrapWorking)("nothing is left at level bubblewrap", async () => {
    await startAndKill("bubblewrap");
    await waitUntil("nothing is left", () => findProcesses(nap, { isExact: true }).length === 0);
    expect(await createTestSandbox("bubblewrap", place).reap()).toEqual([]);
  });

  it("the next one ends what is left at level process, and names it", async () => {
    await startAndKill("process");
    expect(findProcesses(nap, { isExact: true })).toHaveLength(2);
    const other = createTestSandbox("process", { ...place, osqrHome: join(place.root, "another home") });
    expect(await other.reap()).toEqual([]);
    expect(findProcesses(nap, { isExact: true })).toHaveLength(2);
    const sandbox = createTestSandbox("process", place);
    expect(await sandbox.reap()).toEqual(["a-7"]);
    expect(findProcesses(nap, { isExact: true })).toEqual([]);
  });

  it.skipIf(features === null)(
    `the next one removes what is left at level container${whyNoContainers}`,
    async () => {
      await startAndKill("container");
      expect(findProcesses(nap, { isExact: true })).toHaveLength(2);
      const sandbox = createTestLevel("container", place);
      expect(
        await createTestLevel("container", { ...place, osqrHome: join(place.root, "other") }).reap(),
      ).toEqual([]);
      const own = await sandbox.start(toRequest(place, `exec ${nap}1`, { label: "a-8" }));
      await waitUntil("its own sleeps", () => findProcesses(`${nap}1`, { isExact: true }).length === 1);
      expect(await sandbox.reap()).toEqual(["a-7"]);
      expect(findProcesses(nap, { isExact: true })).toEqual([]);
      expect(findProcesses(`${nap}1`, { isExact: true })).toHaveLength(1);
      await own.terminate("shutdown");
      expect(await sandbox.reap()).toEqual([]);
    },
  );

  it("reaping spares what this daemon runs", async () => {
    const sandbox = createTestSandbox("process", place);
    const started = await sandbox.start(toRequest(place, nap));
    await waitUntil("it sleeps", () => findProcesses(nap, { isExact: true }).length === 1);
    expect(await sandbox.reap()).toEqual([]);
    expect(findProcesses(nap, { isExact: true })).toHaveLength(1);
    await started.terminate("shutdown");
  });
});
