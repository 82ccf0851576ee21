/** The agents of this machine as executors: those that the operator's config names, or else those that are found. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { ApiSetting, ExecutorSetting, RoutingConfig } from "../../core/routing/config.ts";
import { explainAbsence } from "../../executors/acp/detect.ts";
import { createAcpExecutor } from "../../executors/acp/executor.ts";
import { findPrograms, type Programs } from "../../executors/acp/find-agent.ts";
import { findLogin } from "../../executors/acp/login.ts";
import type { AgentPreset } from "../../executors/acp/preset-types.ts";
import { AGENT_PRESETS } from "../../executors/acp/presets.ts";
import { type RegistryFile, toRegistryPreset } from "../../executors/acp/registry/registry-preset.ts";
import { UNKNOWN_PRESET } from "../../executors/acp/unknown-preset.ts";
import { createApiExecutor } from "../../executors/api/api.ts";
import type { AttemptOrder, Executor } from "../../executors/types.ts";
import type { Toolchains } from "../../sandbox/toolchains.ts";
import { chooseMeters, meteringOf, refuseMeter } from "./agent-metering.ts";
import { readRegistryFile } from "./registry-file.ts";
import type { LocalTools } from "./tools.ts";

/** Where presets are looked for beside those that osqr knows. */
export interface PresetPlaces extends Programs {
  readonly configPath: string;
  readonly home: string;
}

/** Presets in the order of their names, as the config changes them; where it names none, all that osqr knows. */
export async function listPresets(
  routing: Pick<RoutingConfig, "executors" | "registry">,
  places: PresetPlaces,
): Promise<readonly AgentPreset[]> {
  const settings = Object.entries(routing.executors).sort(([a], [b]) => (a < b ? -1 : 1));
  if (settings.length === 0) return AGENT_PRESETS;
  let file: Promise<RegistryFile> | null = null;
  const presets: AgentPreset[] = [];
  for (const [name, setting] of settings) {
    if (setting.api !== null) continue;
    const { registry: id } = setting;
    if (id === undefined) presets.push(toPreset(name, setting));
    else {
      file ??= readRegistryFile(routing, places);
      presets.push(fromRegistry(name, setting, await toRegistryPreset(await file, id, places)));
    }
  }
  return presets;
}

/** An agent of the registry: nothing is known of it but how it is started. */
function fromRegistry(
  name: string,
  { args }: ExecutorSetting,
  launch: Awaited<ReturnType<typeof toRegistryPreset>>,
): AgentPreset {
  const candidates = launch.candidates.map((each) => ({ ...each, args: [...each.args, ...args] }));
  return { ...UNKNOWN_PRESET, ...launch, name, candidates };
}

function toPreset(name: string, { preset, argv, args }: ExecutorSetting): AgentPreset {
  const known = AGENT_PRESETS.find((each) => each.name === preset) ?? null;
  const [program, ...own] = argv ?? [];
  const candidates =
    program === undefined
      ? (known?.candidates ?? []).map((each) => ({ ...each, args: [...each.args, ...args] }))
      : [{ program: expand(program), args: [...own.map(expand), ...args], versionArgs: null, install: "" }];
  const title = known?.title ?? name;
  const mounts = [...(known?.mounts ?? []), ...listOwnFiles(argv ?? [])];
  return { ...(known ?? UNKNOWN_PRESET), name, title, candidates, mounts };
}

/** Programs and scripts that the operator names by their path are there inside too; what they load is for `sandbox.mounts`. */
const listOwnFiles = (argv: readonly string[]): AgentPreset["mounts"] =>
  argv
    .map(expand)
    .filter((word) => isAbsolute(word) && existsSync(word))
    .map((path) => ({ source: path, target: path, mode: "read" }));

/** The price list is large: it is loaded with the first agent. */
let prices: typeof import("../../executors/prices.ts") | null = null;

async function loadPrices(): Promise<void> {
  prices ??= await import("../../executors/prices.ts");
}

export type PriceOf = typeof import("../../executors/prices.ts")["priceOf"];

/** What requests cost, for whoever asks before an agent has started. */
export async function findPriceOf(): Promise<PriceOf | null> {
  await loadPrices();
  return prices?.priceOf ?? null;
}

const expand = (path: string): string => (path.startsWith("~/") ? `${homedir()}${path.slice(1)}` : path);

/** The agents of this machine as they are now. */
export interface FoundExecutors {
  readonly found: ReadonlyMap<string, Executor>;
  /** Why one that the config names is not among them, by name. */
  readonly missing: ReadonlyMap<string, string>;
}

export async function findAgentExecutors(
  tools: LocalTools,
  routing: RoutingConfig,
  { configPath, secrets }: { readonly configPath: string; readonly secrets: () => readonly string[] },
): Promise<FoundExecutors> {
  const found = new Map<string, Executor>();
  const missing = new Map<string, string>();
  for (const [name, { api, model }] of Object.entries(routing.executors))
    if (api !== null && model !== null) found.set(name, toApiExecutor(tools, { name, api, model, secrets }));
  const home = tools.env.HOME ?? homedir();
  for (const preset of await listPresets(routing, { ...programsOf(tools), configPath, home })) {
    if (await isHere(preset, tools.toolchains)) {
      const setting = routing.executors[preset.name] ?? null;
      found.set(preset.name, toExecutor(tools, preset, { setting, secrets }));
    } else if (Object.hasOwn(routing.executors, preset.name)) {
      missing.set(preset.name, await explainAbsence(preset, tools.toolchains));
    }
  }
  return { found, missing };
}

/** Where programs of agents are looked for. */
export const programsOf = ({ toolchains: { path, programs } }: Pick<LocalTools, "toolchains">): Programs => ({
  path,
  ...(programs === undefined ? {} : { programs }),
});

async function isHere({ candidates }: AgentPreset, toolchains: Toolchains): Promise<boolean> {
  for (const { program } of candidates) if ((await findPrograms(program, toolchains)).length > 0) return true;
  return false;
}

function toExecutor(
  tools: LocalTools,
  preset: AgentPreset,
  {
    setting,
    secrets,
  }: { readonly setting: ExecutorSetting | null; readonly secrets: () => readonly string[] },
): Executor {
  const { sandbox, toolchains, node, limits, env, stagger, askWaitMs } = tools;
  const findMeters = (purse: AttemptOrder["purse"]) =>
    chooseMeters(preset, setting, purse === undefined ? { env } : { env, purse });
  const executor = createAcpExecutor({
    preset,
    sandbox,
    toolchains,
    node,
    limits,
    secrets,
    stagger,
    price: (usage) => prices?.withPrice(usage, usage.model) ?? usage,
    prices: () => prices,
    meters: ({ purse }) => findMeters(purse),
    ...(askWaitMs === undefined ? {} : { askWaitMs }),
    login: async () => {
      const login = await findLogin(preset, { env, home: env.HOME ?? homedir() });
      const own = (setting?.env ?? []).flatMap((name) =>
        env[name] === undefined ? [] : [[name, env[name]] as const],
      );
      return { ...login, env: { ...login.env, ...Object.fromEntries(own) } };
    },
  });
  const more = setting?.hosts ?? [];
  const hosts = [...preset.hosts, ...listOwnHosts(preset, env), ...more];
  return {
    ...executor,
    metering: meteringOf(preset, setting, env),
    refuse: (order) => refuseMeter(preset, setting, env) ?? executor.refuse(order),
    async start(order) {
      await loadPrices();
      // What is metered has no other way to its models.
      const reached = findMeters(order.purse).length > 0 ? more : hosts;
      return executor.start({ ...order, network: withHosts(order.network, reached) });
    },
  };
}

/** What one turn may ask of a model at the most. */
const REQUESTS_MAX = 200;

/** A model behind an API that the operator has named. Its key is read from the environment for each request. */
function toApiExecutor(
  { sandbox, toolchains, node, limits, env, askWaitMs, clock }: LocalTools,
  {
    name,
    api,
    model,
    secrets,
  }: {
    readonly name: string;
    readonly api: ApiSetting;
    readonly model: string;
    readonly secrets: () => readonly string[];
  },
): Executor {
  const { baseUrl, keyEnv, contextTokens } = api;
  const apiKey = (): string | null => (keyEnv === null ? null : (env[keyEnv] ?? null));
  const executor = createApiExecutor({
    name,
    sandbox,
    toolchains,
    node,
    limits,
    secrets,
    provider: { baseUrl, model, apiKey, keyName: keyEnv, headers: {} },
    turnsMax: REQUESTS_MAX,
    clock,
    newId: randomUUID,
    prices: () => prices,
    // Beside the private home, so that the attempt which goes on in it finds them.
    sessionsFolder: ({ folder, homeFolder }) => join(homeFolder ?? folder, "sessions"),
    ...(contextTokens === null ? {} : { contextTokens }),
    ...(askWaitMs === undefined ? {} : { askWaitMs }),
  });
  return {
    ...executor,
    async start(order) {
      await loadPrices();
      return executor.start(order);
    },
  };
}

/** An agent without its model can do nothing: its hosts are reached also where the network is off for everything else. */
function withHosts(network: AttemptOrder["network"], hosts: readonly string[]): AttemptOrder["network"] {
  if (network === "open" || hosts.length === 0) return network;
  return { allow: [...new Set([...(network === "off" ? [] : network.allow), ...hosts])] };
}

/** Where the operator's own variables point to, e.g. a gateway of a company. */
function listOwnHosts({ login }: AgentPreset, env: LocalTools["env"]): readonly string[] {
  return login.settings.flatMap((name) => {
    const url = URL.parse(env[name] ?? "");
    return url === null || url.host === "" ? [] : [url.host];
  });
}
