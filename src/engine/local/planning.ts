import { CONFIG_DEFAULTS, type Config } from "../../core/config.ts";
import type { EpochMs } from "../../core/model/ids.ts";
import type { RouteChoice } from "../../core/model/route.ts";
import type { State } from "../../core/model/state.ts";
import { buildPlan } from "../../core/plan/build-plan.ts";
import type { PlanInput } from "../../core/plan/input.ts";
import type { Plan } from "../../core/plan/types.ts";
import { parseChoice } from "../../core/routing/choice.ts";
import { COMMAND } from "../../core/routing/config.ts";
import type { Selection } from "../service.ts";
import { findPriceOf, type PriceOf } from "./agents.ts";
import { readSpecs, readWorkflowFiles } from "./discovery.ts";
import { findGates } from "./gates.ts";
import { hashCommand } from "./hash.ts";
import { countCores, readFreeMemory } from "./machine.ts";
import type { LoadedProject } from "./projects.ts";
import { planSetupOf } from "./setup.ts";
import type { LocalTools } from "./tools.ts";

/** Everything that a plan depends on, read from the repository, the machine and the log. */
export async function gatherInput(
  tools: LocalTools,
  project: LoadedProject,
  options: {
    readonly state: State;
    readonly selection: Selection;
    readonly approval: PlanInput["approval"];
    /** For effective dates of workflows. */
    readonly now: EpochMs;
    /** Whom the operator wants for this run; absent: as documents and config say. */
    readonly executor?: string | null;
  },
): Promise<PlanInput> {
  const { commit, config, base, files } = project;
  const [discovery, workflows, gates, setup, priceOf] = await Promise.all([
    readSpecs(files, config.specs),
    readWorkflowFiles(files),
    findGates(files, config.gates),
    planSetupOf(files, config.setup, tools.platform),
    isMoneyLimited(config) ? findPriceOf() : null,
  ]);
  return {
    project: { id: project.id, root: project.root, base: base.name, commit },
    discovery,
    state: options.state,
    config: { ...config, estimates: toEstimates(config), sources: project.sources },
    selection: options.selection,
    gates,
    workflows,
    now: options.now,
    setup: setup === null ? null : { command: setup.command, content: setup.command },
    baseFiles: (path) => files.entries.has(path),
    executors: [...project.ports.executors.values()].map((executor) => ({
      name: executor.name,
      kind: executor.name === COMMAND ? ("command" as const) : ("agent" as const),
      refuse: (work) => executor.refuse(work),
      ...(executor.metering === undefined ? {} : { metering: executor.metering }),
      ...sayPrices(executor.name, config, priceOf),
    })),
    missing: project.missing(),
    wanted: readWanted(options.executor ?? null),
    approval: options.approval,
    hash: hashCommand,
    dirty: base.dirtyCheckouts,
    sandbox: {
      level: tools.probe.level,
      network: sayNetwork(config.sandbox.network),
      reason: tools.probe.reason,
    },
    machine: { cores: countCores(), freeMemoryBytes: readFreeMemory() },
  };
}

const isMoneyLimited = ({ budget }: Config): boolean =>
  [budget.run, budget.workstream, budget.task].some(({ microUsd }) => microUsd !== null);

/** Of a model behind an API the name is the provider's own; agents have names of theirs, and tell it with the request. */
function sayPrices(
  name: string,
  { routing }: Pick<Config, "routing">,
  priceOf: PriceOf | null,
): Pick<PlanInput["executors"][number], "isPriced"> {
  const setting = routing.executors[name];
  if (priceOf === null || setting?.api == null) return {};
  const usage = { inputTokens: 1, cachedTokens: 0, outputTokens: 1, microUsd: null, model: null };
  return { isPriced: (model) => priceOf(usage, model ?? setting.model) !== null };
}

const sayNetwork = (network: Config["sandbox"]["network"]): string =>
  typeof network === "string" ? network : `only ${network.allow.join(", ") || "nobody"}`;

/** What is no name is left for the plan to refuse. */
const readWanted = (text: string | null): RouteChoice | null =>
  text === null ? null : (parseChoice(text) ?? { executor: text, model: null });

/** What a config states of its own holds for every executor. */
function toEstimates({ estimate }: Config): PlanInput["config"]["estimates"] {
  const { estimateLowMs, estimateHighMs } = CONFIG_DEFAULTS;
  const isStated = estimate.lowMs !== estimateLowMs || estimate.highMs !== estimateHighMs;
  return isStated ? { default: estimate, command: estimate } : { default: estimate };
}

/** The plan of a project as it stands now. */
export async function makePlan(
  tools: LocalTools,
  project: LoadedProject,
  options: Parameters<typeof gatherInput>[2],
): Promise<Plan> {
  const plan = buildPlan(await gatherInput(tools, project, options));
  const refused = project.refused.map(
    ({ key, reason }) => `.osqr/config.yaml: ${key} was not taken over: ${reason}`,
  );
  return { ...plan, notes: [...plan.notes, ...refused] };
}
