/**
 * What config means: the operator's and the project's file become one. A project can only tighten what guards the operator's
 * machine; what its commands may do is approved by their content.
 */

import { mergePolicy } from "./autonomy/merge-policy.ts";
import type { AutonomyPolicy } from "./autonomy/types.ts";
import type { GateChoice } from "./checks/choices.ts";
import { mergeGates } from "./checks/merge-gates.ts";
import { mergeWatch, type WatchPolicy } from "./checks/watch-policy.ts";
import { mergeBudget } from "./config-budget.ts";
import type { ConfigLayer } from "./config-shape.ts";
import type { Budget } from "./model/budget.ts";
import type { OverlapPolicy, Policy } from "./model/project.ts";
import { expandHosts } from "./network/package-hosts.ts";
import { ROUNDS_DEFAULT } from "./recovery/plan-recovery.ts";
import type { RoutingConfig } from "./routing/config.ts";
import { mergeRouting } from "./routing/merge.ts";

/** The config in force for one project. */
export interface Config {
  /** Null: the branch that is checked out. */
  readonly base: string | null;
  /** Folders and files to look for specs in, beside the usual ones. */
  readonly specs: readonly string[];
  /** Attempts at once, from 1. */
  readonly maxParallel: number;
  readonly policy: Policy;
  /** Specs in the order of the policy `user_defined`. */
  readonly order: readonly string[];
  /** Workflow of specs that name none: a name, or name@version. */
  readonly workflow: string;
  /** What becomes of workstreams that declare the same paths. */
  readonly overlaps: OverlapPolicy;
  /** Who commits the handoffs of tasks: whoever finishes one, or a collector afterwards. */
  readonly handoffs: "producer" | "collector";
  /** Which executor does which work. */
  readonly routing: RoutingConfig;
  /** Who signs where no name is given; null: git's user.name, else the system's. */
  readonly me: string | null;
  /** Who has a role; one that is not named may be taken by anybody. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** By name: changes to the gates that are found, and further ones. */
  readonly gates: Readonly<Record<string, GateChoice>>;
  /** The command that installs dependencies; false: none; null: inferred from lockfiles. */
  readonly setup: string | false | null;
  /** Capacities by name. */
  readonly resources: Readonly<Record<string, number>>;
  /** For tasks that say nothing themselves. */
  readonly taskTimeoutMs: number;
  /** The same for tasks that an agent does. */
  readonly agentTimeoutMs: number;
  /** How long nothing is seen of an agent before a person is asked. */
  readonly taskStuckMs: number;
  /** How often an agent is told what turned its result down before somebody else takes over, from 0. */
  readonly taskRounds: number;
  /** What is watched while an attempt runs. */
  readonly watch: WatchPolicy;
  readonly disk: {
    /** What workspaces and caches of the home may use. */
    readonly maxBytes: number;
    /** What must stay free. */
    readonly minFreeBytes: number;
  };
  readonly sandbox: {
    /** Null: the best that works here, without a container. Otherwise no other level will do. */
    readonly level: SandboxLevelName | null;
    /** For level `container`; null: nothing is said. */
    readonly container: ContainerConfig | null;
    /** What attempts reach; `allow`: these hosts alone. */
    readonly network: AttemptNetwork;
    /** Absolute paths, or below `~/`, that attempts may read. */
    readonly mounts: readonly string[];
    /** Variables of the operator's environment that attempts get. */
    readonly env: readonly string[];
  };
  /** What runs, workstreams and tasks may cost. */
  readonly budget: Budget;
  /** How long a task takes of which nothing is known. */
  readonly estimate: { readonly lowMs: number; readonly highMs: number };
  /** What agents may do without asking. */
  readonly autonomy: AutonomyPolicy;
}

export type SandboxLevelName = "bubblewrap" | "process" | "container";

/** Where containers come from, and what they may use. */
export interface ContainerConfig {
  /** Null: the first that is found, podman before docker. */
  readonly engine: "podman" | "docker" | null;
  readonly image: string;
  /** Of an attempt's processes together; null: no limit. */
  readonly memoryBytes: number | null;
  /** Cores, e.g. 1.5; null: no limit. */
  readonly cpus: number | null;
}

/** What an attempt reaches of the network. `allow`: hosts, with a port or `*.` before them, or `packages:npm` and the like. */
export type AttemptNetwork = "off" | "open" | { readonly allow: readonly string[] };

/** A wish of the project that was not granted. */
export interface RefusedSetting {
  /** E.g. `sandbox.network`. */
  readonly key: string;
  readonly reason: string;
}

const GIB = 1024 ** 3;

/** Values where neither file says anything. `base`, `sandbox.level` and `setup` are found out (null). */
export const CONFIG_DEFAULTS = {
  policy: "dependency_first",
  workflow: "tasks",
  overlaps: "queue",
  handoffs: "producer",
  taskTimeoutMs: 5 * 60_000,
  agentTimeoutMs: 60 * 60_000,
  taskStuckMs: 10 * 60_000,
  taskRounds: ROUNDS_DEFAULT,
  maxBytes: 20 * GIB,
  minFreeBytes: GIB,
  network: "off",
  estimateLowMs: 5_000,
  estimateHighMs: 60_000,
} as const;

/**
 * Higher is tighter. Null, the best that works, is tighter than `process` and looser than insisting on `bubblewrap`; in a container nothing
 * of the machine's own system is seen.
 */
const LEVEL_RANKS = { process: 0, best: 1, bubblewrap: 2, container: 3 } as const;

/** Higher keeps more apart. */
const OVERLAP_RANKS: Readonly<Record<OverlapPolicy, number>> = { branch: 0, ask: 1, queue: 2 };

type Refuse = (key: string, reason: string) => void;

/**
 * Makes one config of two files.
 *
 * @param operator of the person whose machine it is
 * @param project of the repository: may only tighten; what it may not set is in `refused`, for the plan to show
 * @param machine what this machine can carry where the operator says nothing
 */
export function mergeConfig(
  operator: ConfigLayer,
  project: ConfigLayer,
  machine: { readonly maxParallel: number },
): { readonly config: Config; readonly refused: readonly RefusedSetting[] } {
  const refused: RefusedSetting[] = [];
  const refuse: Refuse = (key, reason) => refused.push({ key, reason });
  const lowMs = project.estimate?.low ?? operator.estimate?.low ?? CONFIG_DEFAULTS.estimateLowMs;
  const highMs = project.estimate?.high ?? operator.estimate?.high ?? CONFIG_DEFAULTS.estimateHighMs;
  const timeout = mergeTimeout(operator.taskTimeout, project.taskTimeout, refuse);
  const config: Config = {
    base: project.base ?? operator.base ?? null,
    specs: [...new Set([...(operator.specs ?? []), ...(project.specs ?? [])])],
    maxParallel: lowest(
      "maxParallel",
      operator.maxParallel ?? machine.maxParallel,
      project.maxParallel,
      refuse,
    ),
    policy: operatorFirst("policy", operator.policy, project.policy, refuse) ?? CONFIG_DEFAULTS.policy,
    order: project.order ?? operator.order ?? [],
    workflow:
      operatorFirst("workflow", operator.workflow, project.workflow, refuse) ?? CONFIG_DEFAULTS.workflow,
    overlaps: mergeOverlaps(operator.overlaps, project.overlaps, refuse),
    handoffs:
      operatorFirst("handoffs", operator.handoffs, project.handoffs, refuse) ?? CONFIG_DEFAULTS.handoffs,
    routing: mergeRouting(operator, project, refuse),
    me: mergeMe(operator.me, project.me, refuse),
    roles: mergeRoles(operator.roles ?? {}, project.roles ?? {}, refuse),
    gates: mergeGates(operator.gates ?? {}, project.gates ?? {}, refuse),
    setup: operatorFirst("setup", operator.setup, project.setup, refuse) ?? null,
    resources: mergeResources(operator.resources ?? {}, project.resources ?? {}, refuse),
    taskTimeoutMs: timeout ?? CONFIG_DEFAULTS.taskTimeoutMs,
    agentTimeoutMs: timeout ?? CONFIG_DEFAULTS.agentTimeoutMs,
    taskStuckMs:
      operatorFirst("taskStuck", operator.taskStuck, project.taskStuck, refuse) ??
      CONFIG_DEFAULTS.taskStuckMs,
    taskRounds:
      operatorFirst("taskRounds", operator.taskRounds, project.taskRounds, refuse) ??
      CONFIG_DEFAULTS.taskRounds,
    watch: mergeWatch(operator.watch, project.watch, refuse),
    disk: mergeDisk(operator.disk, project.disk, refuse),
    sandbox: mergeSandbox(operator.sandbox ?? {}, project.sandbox ?? {}, refuse),
    budget: mergeBudget(operator.budget, project.budget, refuse),
    estimate: { lowMs, highMs: Math.max(lowMs, highMs) },
    autonomy: mergePolicy(operator.autonomy ?? {}, project.autonomy ?? {}, refuse),
  };
  return { config, refused };
}

/** The project may go down, not up. `format` writes the values for people. */
function lowest(
  key: string,
  operator: number,
  project: number | null | undefined,
  refuse: Refuse,
  format: (value: number) => string = String,
): number {
  if (project == null || project <= operator) return project ?? operator;
  refuse(
    key,
    `a project can only lower it: ${format(operator)} stays, the project asks for ${format(project)}`,
  );
  return operator;
}

const formatBytes = (bytes: number): string =>
  bytes < GIB / 10 ? `${bytes} bytes` : `${Math.round((bytes * 10) / GIB) / 10} GiB`;
const formatMs = (ms: number): string => `${ms / 1000} s`;

/** Whoever speaks is heard; the operator where both do. */
function operatorFirst<T>(
  key: string,
  operator: T | null | undefined,
  project: T | null | undefined,
  refuse: Refuse,
): T | null {
  if (operator == null) return project ?? null;
  if (project != null && project !== operator) refuse(key, `the operator's config says ${operator}`);
  return operator;
}

/** The operator may let them run at once; a project can only keep them apart. */
function mergeOverlaps(
  operator: OverlapPolicy | null | undefined,
  project: OverlapPolicy | null | undefined,
  refuse: Refuse,
): OverlapPolicy {
  const own = operator ?? CONFIG_DEFAULTS.overlaps;
  if (project == null || OVERLAP_RANKS[project] >= OVERLAP_RANKS[own]) return project ?? own;
  refuse("overlaps", `a project can only keep more apart: ${own} stays, the project asks for ${project}`);
  return own;
}

/** A repository does not say who its reader is. */
function mergeMe(
  operator: string | null | undefined,
  project: string | null | undefined,
  refuse: Refuse,
): string | null {
  if (project != null) refuse("me", "only the operator's config says who that is");
  return operator ?? null;
}

/** A project says who has a role; where the operator says so too, only those in both lists have it. */
function mergeRoles(operator: Config["roles"], project: Config["roles"], refuse: Refuse): Config["roles"] {
  const roles = new Map(Object.entries(operator));
  for (const [role, names] of Object.entries(project)) {
    const held = roles.get(role);
    roles.set(role, held === undefined ? names : held.filter((name) => names.includes(name)));
    const others = names.filter((name) => held !== undefined && !held.includes(name));
    if (others.length > 0)
      refuse(
        `roles.${role}`,
        `a project can only take names away: ${others.join(", ")} is not in the operator's`,
      );
  }
  return Object.fromEntries([...roles].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A project knows its own resources; capacities that the operator gives are the machine's and can only be lowered. */
function mergeResources(
  operator: Config["resources"],
  project: Config["resources"],
  refuse: Refuse,
): Config["resources"] {
  const capacities = new Map(Object.entries(operator));
  for (const [name, amount] of Object.entries(project)) {
    capacities.set(name, lowest(`resources.${name}`, capacities.get(name) ?? amount, amount, refuse));
  }
  return Object.fromEntries(capacities);
}

/** Where the operator says nothing the project may set it, as each of its tasks may. */
function mergeTimeout(
  operator: number | null | undefined,
  project: number | null | undefined,
  refuse: Refuse,
): number | null {
  if (operator == null) return project ?? null;
  return lowest("taskTimeout", operator, project, refuse, formatMs);
}

function mergeDisk(
  operator: ConfigLayer["disk"],
  project: ConfigLayer["disk"],
  refuse: Refuse,
): Config["disk"] {
  const maxBytes = operator?.maxBytes ?? CONFIG_DEFAULTS.maxBytes;
  const minFreeBytes = operator?.minFreeBytes ?? CONFIG_DEFAULTS.minFreeBytes;
  const wanted = project?.minFreeBytes ?? minFreeBytes;
  if (wanted < minFreeBytes) {
    const text = `${formatBytes(minFreeBytes)} stays, the project asks for ${formatBytes(wanted)}`;
    refuse("disk.minFreeBytes", `a project can only raise it: ${text}`);
  }
  return {
    maxBytes: lowest("disk.maxBytes", maxBytes, project?.maxBytes, refuse, formatBytes),
    minFreeBytes: Math.max(minFreeBytes, wanted),
  };
}

type SandboxLayer = NonNullable<ConfigLayer["sandbox"]>;

function mergeSandbox(operator: SandboxLayer, project: SandboxLayer, refuse: Refuse): Config["sandbox"] {
  for (const key of ["mounts", "env"] as const) {
    if (project[key]?.length) refuse(`sandbox.${key}`, "only the operator's config can open it");
  }
  if (project.container != null) refuse("sandbox.container", "only the operator's config names an image");
  const network = mergeNetwork(operator.network ?? CONFIG_DEFAULTS.network, project.network ?? null, refuse);
  return {
    level: mergeLevel(operator.level ?? null, project.level ?? null, refuse),
    container: toContainerConfig(operator.container),
    network,
    mounts: operator.mounts ?? [],
    env: operator.env ?? [],
  };
}

/** What the operator says about containers; null: nothing. */
export function toContainerConfig(layer: SandboxLayer["container"]): ContainerConfig | null {
  if (layer == null) return null;
  const { engine, image, memory, cpus } = layer;
  return { engine: engine ?? null, image, memoryBytes: memory ?? null, cpus: cpus ?? null };
}

/** A project can close it, or leave fewer hosts of those that the operator lets through. */
function mergeNetwork(
  operator: AttemptNetwork,
  project: AttemptNetwork | null,
  refuse: Refuse,
): AttemptNetwork {
  if (project === null || project === operator) return operator;
  if (project === "off" || (operator === "open" && project !== "open")) return project;
  if (project === "open") {
    refuse(
      "sandbox.network",
      `a project can only close it, and it is ${operator === "off" ? "off" : "limited"}`,
    );
    return operator;
  }
  if (typeof operator === "string") {
    refuse("sandbox.network", "a project can only close it, and it is off");
    return operator;
  }
  const lets = expandHosts(operator.allow);
  const wanted = expandHosts(project.allow);
  const more = wanted.filter((each) => !lets.includes(each));
  if (more.length > 0)
    refuse(
      "sandbox.network",
      `a project can only take hosts away: ${more.join(", ")} is not in the operator's`,
    );
  return { allow: lets.filter((each) => wanted.includes(each)) };
}

type Level = Config["sandbox"]["level"];

function mergeLevel(operator: Level, project: Level, refuse: Refuse): Level {
  if (project === null) return operator;
  if (LEVEL_RANKS[project] >= LEVEL_RANKS[operator ?? "best"]) return project;
  refuse("sandbox.level", `a project can only raise it: ${operator ?? "the best that works"} stays`);
  return operator;
}
