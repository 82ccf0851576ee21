/** Which agents are on this machine, and what they lack. */
import { execFile } from "node:child_process";
import { isAbsolute } from "node:path";
import { findPrograms, isForeign, type Programs } from "./find-agent.ts";
import { findLogin, toMissingLogin } from "./login.ts";
import type { AgentCandidate, AgentPreset } from "./preset-types.ts";
import { findVersion, isOlder } from "./versions.ts";

/** How long a program may take to print its version. */
const VERSION_TIMEOUT_MS = 15_000;
const VERSION_BYTES_MAX = 64 * 1024;

export interface DetectedAgent {
  readonly preset: AgentPreset;
  /** Absolute; null: not found. */
  readonly program: string | null;
  /** Others on the PATH that could be meant too: the first is used. */
  readonly others: readonly string[];
  /** Null: it does not say. */
  readonly version: string | null;
  /** Its program is there and fit to be started; a login may be missing. */
  readonly canStart: boolean;
  /** What keeps it from working, for people, with the way out. Empty: nothing. */
  readonly missing: readonly string[];
}

/** What a program printed, and why it failed; null: it did not. */
export interface ProgramOutput {
  readonly output: string;
  readonly failure: string | null;
}

/** `path` and `programs`: where they are looked for. */
export interface DetectOptions extends Programs {
  readonly presets: readonly AgentPreset[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Runs a program to its end. @default `runProgram` */
  readonly run?: (program: string, args: readonly string[]) => Promise<ProgramOutput>;
}

/** Looks one after the other: four agents that start at once take four times as long each. */
export async function detectAgents(options: DetectOptions): Promise<readonly DetectedAgent[]> {
  const found: DetectedAgent[] = [];
  for (const preset of options.presets) found.push(await detectAgent(preset, options));
  return found;
}

async function detectAgent(preset: AgentPreset, options: DetectOptions): Promise<DetectedAgent> {
  if (preset.problem !== undefined) {
    const missing = [await explainAbsence(preset, options)];
    return { preset, program: null, others: [], version: null, canStart: false, missing };
  }
  const all: { readonly candidate: AgentCandidate; readonly program: string }[] = [];
  for (const candidate of preset.candidates) {
    for (const program of await findPrograms(candidate.program, options)) all.push({ candidate, program });
  }
  const [first, ...others] = all;
  if (first === undefined) {
    const missing = [await explainAbsence(preset, options)];
    return { preset, program: null, others: [], version: null, canStart: false, missing };
  }
  const { version, problem } = await readVersion(preset, first, options);
  const login = toMissingLogin(preset, await findLogin(preset, options));
  return {
    preset,
    program: first.program,
    others: others.map((other) => other.program),
    version,
    canStart: problem === null,
    missing: [problem, login].filter((text) => text !== null),
  };
}

/** Why an agent that is not here cannot be started, with the way out. */
export async function explainAbsence(
  { candidates, base, problem }: AgentPreset,
  toolchains: Programs,
): Promise<string> {
  if (problem !== undefined) return problem;
  const names = candidates.map((candidate) => candidate.program).join(" or ");
  const install = candidates[0]?.install ?? "";
  const hasBase = base !== null && (await findPrograms(base, toolchains)).length > 0;
  const where = toolchains.programs === undefined ? "" : " of the image";
  const what = hasBase
    ? `${base} is there, but not ${names}, which speaks for it`
    : `${names} ${isAbsolute(names) ? "is not there, or may not be run" : `is not on PATH${where}`}`;
  return install === "" ? what : `${what}; ${sayInstall(install)}`;
}

/** An archive is unpacked by hand. */
const sayInstall = (install: string): string =>
  install.startsWith("https://") ? `unpack ${install} into a folder of your PATH` : `run: ${install}`;

async function readVersion(
  { floor }: AgentPreset,
  { candidate, program }: { readonly candidate: AgentCandidate; readonly program: string },
  { run = runProgram, programs }: DetectOptions,
): Promise<{ readonly version: string | null; readonly problem: string | null }> {
  if (programs === undefined && (await isForeign(program))) {
    const problem = `${program} is built for another kind of machine; ${sayInstall(candidate.install)}`;
    return { version: null, problem };
  }
  if (candidate.versionArgs === null) return { version: null, problem: null };
  const { output, failure } = await run(program, candidate.versionArgs);
  if (failure !== null) return { version: null, problem: `${program} cannot be run: ${failure}` };
  const version = findVersion(output);
  const isOld = version !== null && floor !== null && isOlder(version, floor);
  const problem = isOld ? `version ${version} is older than ${floor}; run: ${candidate.install}` : null;
  return { version, problem };
}

/** Runs a program that ends soon, without input. Never rejects. */
export function runProgram(program: string, args: readonly string[]): Promise<ProgramOutput> {
  const options = { timeout: VERSION_TIMEOUT_MS, maxBuffer: VERSION_BYTES_MAX };
  return new Promise((resolve) => {
    const child = execFile(program, [...args], options, (error, stdout, stderr) => {
      resolve({ output: `${stdout}\n${stderr}`, failure: error === null ? null : toReason(error, stderr) });
    });
    child.stdin?.end();
  });
}

function toReason(error: Error & { code?: unknown; killed?: boolean }, stderr: string): string {
  if (error.killed === true) return `it did not end within ${VERSION_TIMEOUT_MS / 1_000} s`;
  const lines = stderr.split("\n").flatMap((line) => line.trim() || []);
  // What is wrong comes first, advice behind it; a thrown error stands below the place that threw it.
  const said = (lines.find((line) => /^(?:\w*Error|error|fatal)\b/.test(line)) ?? lines[0] ?? "").slice(
    0,
    200,
  );
  return said === "" ? `it ended with ${String(error.code)}` : said;
}
