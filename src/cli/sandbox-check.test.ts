import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EngineScript, writeEngine } from "../sandbox/container/scripted-engine.ts";
import type { Host } from "./host.ts";
import { checkSandbox } from "./sandbox-check.ts";

describe.skipIf(process.platform !== "linux")("the doctor on containers", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "osqr-doctor-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function check(container: string, script: EngineScript | null) {
    mkdirSync(join(folder, "osqr"), { recursive: true });
    const file = join(folder, "osqr/config.yaml");
    writeFileSync(file, `sandbox:\n  level: container\n  container: ${container}\n`);
    chmodSync(file, 0o600);
    const engine = script === null ? folder : writeEngine(folder, script).folder;
    const env = { ...process.env, XDG_CONFIG_HOME: folder, PATH: `${engine}:/usr/bin:/bin` };
    return checkSandbox({ env } as unknown as Host);
  }

  it("runs one, and names engine, version and image", async () => {
    expect(await check('{ engine: podman, image: "localhost/agents:1" }', {})).toEqual({
      status: "ok",
      found: "container: podman 9.9.9, image localhost/agents:1",
      hints: [],
    });
  });

  it("says what the image lacks", async () => {
    const empty = "echo '1234abcd [\"PATH=/nowhere\"]'";
    const { status, hints } = await check('{ engine: podman, image: "localhost/agents:1" }', {
      image: empty,
    });
    expect(status).toBe("warn");
    expect(hints).toContain("bash is not in the image: run blocks and agents want it");
  });

  it("says what is in the way, and that nothing will start", async () => {
    const info = "echo 'Error: no space left on device' >&2; exit 125";
    const { status, found } = await check('{ engine: podman, image: "localhost/agents:1" }', { info });
    expect(status).toBe("bad");
    expect(found).toBe(
      `level container does not work: ${folder}/engine/podman is there, but not its engine: no space left on device`,
    );
    expect(await check("", null)).toEqual({
      status: "bad",
      found: "level container does not work: no image is named",
      hints: ["name one in your own config: sandbox: { container: { image: ... } }"],
    });
  });
});
