/** Helpers of the tests that run real containers. Nothing here is used by osqr itself. */

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ContainerConfig } from "../../core/config.ts";
import { findProgram } from "../find-program.ts";
import type { EngineKind } from "./engine.ts";
import { type ContainerProbe, probeContainer } from "./probe.ts";

/** Raise it when what goes into the image changes. */
const IMAGE = "localhost/osqr-test:4";

/** The engine that the tests use: `OSQR_TEST_ENGINE=docker` for the other one. */
export const TEST_ENGINE: EngineKind = process.env.OSQR_TEST_ENGINE === "docker" ? "docker" : "podman";

/** An image that holds a shell and small tools of this machine, made without any download. The daemon's Node is mounted. */
export const TEST_SETTING: ContainerConfig = {
  engine: TEST_ENGINE,
  image: IMAGE,
  memoryBytes: null,
  cpus: null,
};

const PROGRAMS = (
  "sh bash env cat head tail tr fold sleep setsid nohup seq printf sort grep ls mkdir rm id whoami cut wc find sed " +
  "touch echo true false git test chmod stat ln mv cp dd basename dirname uname mktemp readlink tee expr date yes"
).split(" ");
/** What the daemon's Node needs. */
const LIBRARIES = ["libstdc++.so.6", "libm.so.6", "libgcc_s.so.1", "libdl.so.2", "libpthread.so.0"];

export interface TestContainers {
  /** For the engine's client. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly probe: ContainerProbe;
}

/** What this machine can do; tests of containers are skipped by name where they do not work. */
export const containers: TestContainers = await findContainers();
/** For the name of what is skipped. */
export const whyNoContainers: string =
  containers.probe.failure === null ? "" : ` (${containers.probe.failure.slice(0, 120)})`;

async function findContainers(): Promise<TestContainers> {
  const env = toClientEnvironment();
  if (process.platform === "linux" && findProgram(TEST_ENGINE, env.PATH ?? "") !== null) makeImage();
  return { env, probe: await probeContainer({ setting: TEST_SETTING, env }) };
}

/** Podman's first choice, crun, does not know control groups of both versions side by side: there runc is chosen, as an operator would. */
function toClientEnvironment(): Readonly<Record<string, string | undefined>> {
  const { env } = process;
  const isHybrid = existsSync("/sys/fs/cgroup/unified");
  if (!isHybrid || TEST_ENGINE === "docker" || findProgram("runc", env.PATH ?? "") === null) return env;
  const conf = join(tmpdir(), `osqr-test-runc-${process.getuid?.() ?? 0}.conf`);
  writeFileSync(conf, '[engine]\nruntime = "runc"\n');
  return { ...env, CONTAINERS_CONF: conf };
}

/** Makes the image where it is not there yet. A failure shows in the probe. */
function makeImage(): void {
  const root = mkdtempSync(join(tmpdir(), "osqr-image-"));
  try {
    execFileSync(TEST_ENGINE, ["image", "inspect", IMAGE], { stdio: "ignore" });
  } catch {
    try {
      fillRoot(root);
      const archive = `${root}.tar`;
      execFileSync("tar", ["-C", root, "-cf", archive, "."]);
      const change = ["--change", "ENV PATH=/usr/local/bin:/usr/bin:/bin", "--change", "ENV OF_IMAGE=yes"];
      execFileSync(TEST_ENGINE, ["import", ...change, archive, IMAGE], { stdio: "ignore" });
      rmSync(archive);
    } catch {
      // The probe says that there is none.
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function fillRoot(root: string): void {
  // It becomes the folder that everybody inside has to get through.
  chmodSync(root, 0o755);
  for (const folder of [
    "usr/bin",
    "usr/lib",
    "etc",
    "tmp",
    "var/tmp",
    "proc",
    "sys",
    "dev",
    "root",
    "usr/share/git-core/templates",
  ])
    mkdirSync(join(root, folder), { recursive: true });
  // As in any image: engines give memory that is mounted there the mode of the folder.
  for (const folder of ["tmp", "var/tmp"]) chmodSync(join(root, folder), 0o1777);
  for (const name of ["bin", "lib"]) symlinkSync(`usr/${name}`, join(root, name));
  for (const name of PROGRAMS) {
    const path = findProgram(name, "/usr/bin:/bin");
    if (path === null) throw new Error(`${name} is not on this machine`);
    const file = realpathSync(path);
    copyFileSync(file, join(root, "usr/bin", name));
    for (const library of readLines("ldd", [file])) copyLibrary(root, library);
  }
  const cache = readLines("ldconfig", ["-p"]).filter((path) => path.includes("64"));
  for (const name of LIBRARIES) copyLibrary(root, cache.find((path) => path.endsWith(`/${name}`)) ?? "");
}

function copyLibrary(root: string, path: string): void {
  const target = join(root, path);
  if (path === "" || existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(path, target);
}

/** Absolute paths that a program prints. */
function readLines(program: string, args: readonly string[]): string[] {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  try {
    const text = execFileSync(program, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return text.match(/\/\S+/g) ?? [];
  } catch {
    return []; // No dynamic program.
  }
}
