import { access, constants, open, realpath, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { OsqrError } from "../../core/errors.ts";
import type { Toolchains } from "../../sandbox/toolchains.ts";
import type { AgentCandidate, AgentPreset } from "./preset-types.ts";

/** The first of a preset's programs that is on the PATH. @throws OsqrError `agent-missing` */
export async function findAgent(preset: AgentPreset, toolchains: Programs): Promise<AgentCandidate> {
  if (preset.problem !== undefined)
    throw new OsqrError("agent-missing", `${preset.title}: ${preset.problem}`);
  for (const candidate of preset.candidates) {
    if ((await findPrograms(candidate.program, toolchains)).length > 0) return candidate;
  }
  const names = preset.candidates.map((candidate) => candidate.program).join(", ");
  throw new OsqrError("agent-missing", `${preset.title}: expected ${names} on PATH, found none`, {
    hints: preset.candidates.map((candidate) => candidate.install),
  });
}

/** Where programs are looked for: on a PATH of this machine, or in an image. */
export type Programs = Pick<Toolchains, "path" | "programs">;

/**
 * The files that a program's name stands for, in the order of the PATH; links to the same file count once. A path in an image is taken as it
 * is: only a start would tell.
 */
export async function findPrograms(
  program: string,
  { path, programs }: Programs,
): Promise<readonly string[]> {
  if (programs !== undefined) return isAbsolute(program) ? [program] : (programs.get(program) ?? []);
  const files = isAbsolute(program)
    ? [program]
    : path
        .split(delimiter)
        .filter((folder) => isAbsolute(folder))
        .map((folder) => join(folder, program));
  const found = new Map<string, string>();
  for (const file of new Set(files)) {
    const real = await toProgram(file);
    if (real !== null && !found.has(real)) found.set(real, file);
  }
  return [...found.values()];
}

/** The real path; null where it is not there, or nobody may run it. */
async function toProgram(file: string): Promise<string | null> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile() ? await realpath(file) : null;
  } catch {
    return null;
  }
}

/** Numbers of machines in the header of an ELF file. */
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

/** True for a binary that is built for another kind of machine: a shell would try to read it as a script. */
export async function isForeign(file: string): Promise<boolean> {
  const handle = await open(file, "r").catch(() => null);
  if (handle === null) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(20), 0, 20, 0);
    const isElf = bytesRead === 20 && buffer.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1"));
    const machine = MACHINES[process.arch];
    return isElf && machine !== undefined && buffer.readUInt16LE(18) !== machine;
  } finally {
    await handle.close();
  }
}
