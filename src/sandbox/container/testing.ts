/** Helpers of the tests that run real containers. Nothing here is used by osqr itself. */

import { execFileSync } from "node:child_process";
import {
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
import { type ContainerProbe, probeContainer } from "./probe.ts";

/** Raise it when what goes into the image changes. */
const IMAGE = "localhost/osqr-test:2";

/** An image that holds a shell and small tools of this machine, made without any download. The daemon's Node is mounted. */
export const TEST_SETTING: ContainerConfig = {
  engine: "podman",
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
export const areContainersWorking: boolean = containers.probe.features !== null;
/** For the name of what is skipped. */
export const whyNoContainers: string =
  containers.probe.failure === null ? "" : ` (${containers.probe.failure.slice(0, 120)})`;

async function findContainers(): Promise<TestContainers> {
  const env = process.env;
  if (process.platform === "linux" && findProgram("podman", env.PATH ?? "") !== null) makeImage();
  const probe = await probeContainer({ setting: TEST_SETTING, env });
  if (probe.failure === null || findProgram("runc", env.PATH ?? "") === null) return { env, probe };
  // Podman's first choice, crun, does not know every kernel's control groups.
  const conf = join(tmpdir(), `osqr-test-runc-${process.getuid?.() ?? 0}.conf`);
  writeFileSync(conf, '[engine]\nruntime = "runc"\n');
  const other = { ...env, CONTAINERS_CONF: conf };
  return { env: other, probe: await probeContainer({ setting: TEST_SETTING, env: other }) };
}

/** Makes the image where it is not there yet. A failure shows in the probe. */
function makeImage(): void {
  const root = mkdtempSync(join(tmpdir(), "osqr-image-"));
  try {
    execFileSync("podman", ["image", "inspect", IMAGE], { stdio: "ignore" });
  } catch {
    try {
      fillRoot(root);
      const archive = `${root}.tar`;
      execFileSync("tar", ["-C", root, "-cf", archive, "."]);
      const change = ["--change", "ENV PATH=/usr/local/bin:/usr/bin:/bin", "--change", "ENV OF_IMAGE=yes"];
      execFileSync("podman", ["import", "--quiet", ...change, archive, IMAGE], { stdio: "ignore" });
      rmSync(archive);
    } catch {
      // The probe says that there is none.
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function fillRoot(root: string): void {
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
