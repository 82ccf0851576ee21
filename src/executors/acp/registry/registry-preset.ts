import { arch, platform } from "node:process";
import { findPrograms, type Programs } from "../find-agent.ts";
import type { AgentCandidate, AgentPreset } from "../preset-types.ts";
import { findNpmProgram, guessProgram } from "./installed.ts";
import { findLaunch, type LaunchEntry } from "./launch-data.ts";

/** A registry that the operator has put in place. */
export interface RegistryFile {
  /** For messages. */
  readonly path: string;
  /** Null: there is none, or it cannot be used. */
  readonly content: string | null;
  /** Why it cannot be used; null: it can. */
  readonly problem: string | null;
}

const ARCHES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };
const PLATFORMS: Readonly<Record<string, string>> = { win32: "windows" };

/** What the registry calls this machine, e.g. `linux-x86_64`. */
export const MACHINE = `${PLATFORMS[platform] ?? platform}-${ARCHES[arch] ?? arch}`;

/** What an entry of the registry adds to a preset; `problem`: why it cannot be started. */
type Launchable = Pick<AgentPreset, "title" | "candidates" | "env" | "problem">;

/**
 * How the agent with this id is started: by a program that is installed on this machine, or in the image. Nothing is downloaded: of an entry
 * that is not installed it tells how that is done.
 *
 * @param where the operator's PATH, or the image's programs
 */
export async function toRegistryPreset(
  { path: file, content, problem }: RegistryFile,
  id: string,
  { machine = MACHINE, ...where }: Programs & { readonly machine?: string },
): Promise<Launchable> {
  if (content === null) return toBroken(id, problem ?? `${file}: it is not there`);
  const entry = findLaunch(content, id, { file, machine });
  if ("problem" in entry) return toBroken(id, entry.problem);
  const found: Launchable[] = [];
  for (const way of entry.ways) {
    const candidate = await toCandidate(way, where);
    const launch = { title: entry.name, candidates: [candidate], env: way.env };
    if ((await findPrograms(candidate.program, where)).length > 0) return launch;
    found.push(launch);
  }
  return found[0] ?? toBroken(entry.name, sayNotForHere(entry, file, machine));
}

const toBroken = (title: string, problem: string): Launchable => ({
  title,
  candidates: [],
  env: {},
  problem,
});

function sayNotForHere({ id, machines }: LaunchEntry, file: string, machine: string): string {
  const others = machines.length === 0 ? "none at all" : machines.join(", ");
  return `${file}: expected a program of ${id} for ${machine}, found ${others}`;
}

async function toCandidate(way: LaunchEntry["ways"][number], where: Programs): Promise<AgentCandidate> {
  const rest = { args: way.args, versionArgs: null };
  switch (way.kind) {
    case "npx": {
      // What a package in an image names as its program cannot be read from here: its name is looked for.
      const isHere = way.program === null && where.programs === undefined;
      const installed = isHere ? await findNpmProgram(way.package, where.path) : null;
      const program = installed ?? way.program ?? guessProgram(way.package);
      return { ...rest, program, install: `npm install -g ${way.package}` };
    }
    case "uvx":
      return {
        ...rest,
        program: way.program ?? guessProgram(way.package),
        install: `uv tool install '${way.package}'`,
      };
    case "binary":
      return {
        ...rest,
        program: way.program,
        install: `${way.archive}${way.sha256 === null ? "" : ` (SHA-256 ${way.sha256})`}`,
      };
  }
}
