/** A look at the agents of this machine, for whoever asks before any work: it needs no daemon and no project. */
import { mkdtemp } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, mergeConfig } from "../../core/config.ts";
import { type DetectedAgent, detectAgents } from "../../executors/acp/detect.ts";
import { findPrograms } from "../../executors/acp/find-agent.ts";
import { probeAgent } from "../../executors/acp/probe.ts";
import type { AgentFinding } from "../../executors/agent-finding.ts";
import { readOperatorConfig } from "../../store/config-file.ts";
import { homePaths, resolveConfigPath } from "../../store/home.ts";
import { listPresets, programsOf } from "./agents.ts";
import { findApis } from "./find-apis.ts";
import { systemClock } from "./machine.ts";
import { addOperatorExtras } from "./projects.ts";
import { runInside } from "./run-inside.ts";
import { removeFolder } from "./setup.ts";
import { findTools, type LocalTools } from "./tools.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** How long an agent may take to answer `initialize`: slow ones took up to 12 s on a busy machine. */
const PROBE_DEADLINE_MS = 20_000;

export interface FindAgentsOptions {
  /** @default 20_000 */
  readonly deadlineMs?: number;
  /** Called before each agent is started. */
  readonly onProbe?: (name: string) => void;
}

/**
 * Those that the operator's config names, else those that are found. What can be started is greeted, one after the other, without network
 * and login. Not found and not named is not in the list. Models behind an API come last.
 *
 * @throws `config-invalid`, `config-unsafe`, `config-unreadable`
 */
export async function findAgents(
  env: Env,
  options: FindAgentsOptions = {},
): Promise<readonly AgentFinding[]> {
  const { config } = mergeConfig(readOperatorConfig(resolveConfigPath(env)), {}, { maxParallel: 1 });
  // A home of its own: the daemon's clean-up ends only what belongs to its own.
  const folder = await mkdtemp(join(tmpdir(), "osqr-agents-"));
  try {
    const own = homePaths(folder);
    const tools = await findTools({
      home: own,
      env,
      config: config.sandbox,
      report: () => undefined,
      clock: systemClock,
    });
    const home = env.HOME ?? homedir();
    const places = { ...programsOf(tools), configPath: resolveConfigPath(env), home };
    // At a weaker level than the operator asks for nothing is started.
    const presets = isMissing(tools, config) ? [] : await listPresets(config.routing, places);
    const findings: AgentFinding[] = [];
    const where = { ...tools.toolchains, ...runInside(tools, folder) };
    for (const detected of await detectAgents({ ...where, presets, env, home })) {
      const isConfigured = isNamed(config, detected.preset.name);
      if (!isConfigured && !(await isHalfHere(detected, tools.toolchains))) continue;
      if (detected.canStart) options.onProbe?.(detected.preset.name);
      const deadlineMs = options.deadlineMs ?? PROBE_DEADLINE_MS;
      const answer = detected.canStart ? await greet(detected, { tools, config, folder, deadlineMs }) : null;
      findings.push(toFinding(detected, answer, isConfigured));
    }
    return [...findings, ...(await findApis(config.routing, env, options.onProbe))];
  } finally {
    await removeFolder(folder);
  }
}

const isMissing = ({ probe }: LocalTools, { sandbox: { level } }: Config): boolean =>
  level !== null && level !== "process" && level !== probe.level;

const isNamed = ({ routing: { executors, executor } }: Config, name: string): boolean =>
  Object.hasOwn(executors, name) || executor?.executor === name;

/** Its own program counts too where only the one that speaks for it is missing. */
async function isHalfHere(
  { program, preset }: DetectedAgent,
  toolchains: LocalTools["toolchains"],
): Promise<boolean> {
  if (program !== null) return true;
  return preset.base !== null && (await findPrograms(preset.base, toolchains)).length > 0;
}

/** What became of `initialize`: what it calls itself, or why there is no answer. */
type Answer = { readonly version: string | null; readonly durationMs: number } | { readonly problem: string };

async function greet(
  { preset }: DetectedAgent,
  place: {
    readonly tools: LocalTools;
    readonly config: Config;
    readonly folder: string;
    readonly deadlineMs: number;
  },
): Promise<Answer> {
  const { tools, config, folder, deadlineMs } = place;
  const { sandbox, toolchains, limits } = tools;
  const { env, mounts } = addOperatorExtras(tools, { mounts: [], env: {} }, config);
  const wanted = { ...preset, env: { ...env, ...preset.env }, mounts: [...preset.mounts, ...mounts] };
  const own = await mkdtemp(join(folder, "probe-"));
  try {
    const { facts, failure, durationMs } = await probeAgent({
      preset: wanted,
      sandbox,
      toolchains,
      limits,
      folder: own,
      deadlineMs,
    });
    return facts === null
      ? { problem: failure?.message ?? `${preset.name}: no answer to initialize` }
      : { version: facts.version, durationMs };
  } catch (error) {
    return { problem: `it could not be started: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function toFinding(
  { preset, program, version, missing }: DetectedAgent,
  answer: Answer | null,
  isConfigured: boolean,
): AgentFinding {
  const problems = answer !== null && "problem" in answer ? [answer.problem, ...missing] : missing;
  const facts = answer !== null && "durationMs" in answer ? answer : null;
  return {
    name: preset.name,
    program,
    version: version ?? facts?.version ?? null,
    floor: preset.floor,
    answeredMs: facts?.durationMs ?? null,
    problems,
    ok: facts !== null && problems.length === 0,
    isConfigured,
  };
}
