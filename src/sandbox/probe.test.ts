import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probeSandbox } from "./probe.ts";
import { isBubblewrapWorking } from "./testing.ts";

describe.skipIf(process.platform !== "linux")("the probe", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "osqr-probe-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(!isBubblewrapWorking)("takes bubblewrap where it works", async () => {
    expect(await probeSandbox({ wanted: null })).toMatchObject({ level: "bubblewrap", reason: null });
  });

  it("takes level process where it is asked for", async () => {
    expect(await probeSandbox({ wanted: "process" })).toEqual({
      level: "process",
      reason: "the operator's config asks for level process",
      bubblewrap: null,
      container: null,
      hints: [],
    });
  });

  it("falls to level process where containers do not work, and says what to do", async () => {
    const container = { engine: null, image: "x", memoryBytes: null, cpus: null };
    expect(await probeSandbox({ wanted: "container", container, path: folder })).toMatchObject({
      level: "process",
      reason: "no podman and no docker on PATH",
      hints: ["install one: apt-get install podman"],
    });
    expect(await probeSandbox({ wanted: "container", path: folder })).toMatchObject({
      reason: "no image is named",
    });
  });

  it("falls to level process where bubblewrap is not there, also where it was asked for", async () => {
    expect(await probeSandbox({ wanted: "bubblewrap", path: folder })).toMatchObject({
      level: "process",
      reason: "bubblewrap is not installed: no bwrap on PATH",
    });
  });

  it("says what bubblewrap says where it does not work", async () => {
    const bwrapPath = join(folder, "bwrap");
    writeFileSync(bwrapPath, "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n");
    chmodSync(bwrapPath, 0o755);
    expect(await probeSandbox({ wanted: null, bwrapPath })).toMatchObject({
      level: "process",
      reason: "bubblewrap does not work here: bwrap: setting up uid map: Permission denied",
    });
  });
});
