import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Config } from "../../core/config.ts";
import { Stagger } from "../../executors/acp/stagger.ts";
import { describeContainer, toImageToolchains } from "../../sandbox/container/features.ts";
import { createSandbox } from "../../sandbox/create.ts";
import { type ProbedSandbox, probeSandbox } from "../../sandbox/probe.ts";
import { resolveToolchains, type Toolchains } from "../../sandbox/toolchains.ts";
import type { Sandbox, SandboxLimits } from "../../sandbox/types.ts";
import type { HomePaths } from "../../store/home.ts";
import type { Clock } from "../ports.ts";

/** What all projects of one daemon share: the sandbox, the programs on PATH, the home. */
export interface LocalTools {
  readonly home: HomePaths;
  readonly probe: ProbedSandbox;
  readonly sandbox: Sandbox;
  /** The programs on the operator's PATH; at level `container` those of the image. */
  readonly toolchains: Toolchains;
  /** What programs and installed dependencies are made for: the kind of machine, and the image. */
  readonly platform: string;
  /** Node that runs osqr's own programs inside. */
  readonly node: string;
  readonly limits: Omit<SandboxLimits, "timeoutMs">;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Longest time that an agent's call which asks waits for the answer; undefined: as executors have it. */
  readonly askWaitMs: number | undefined;
  readonly clock: Clock;
  /** Agents start one after the other, whatever project they work for. */
  readonly stagger: Stagger;
  /** One line for the daemon's log. */
  report(line: string): void;
}

/** Limits of an attempt beside its time. */
const LIMITS: Omit<SandboxLimits, "timeoutMs"> = {
  graceMs: 2_000,
  outputBytesMax: 16 * 1024 ** 2,
  diskBytesMax: 4 * 1024 ** 3,
  processesMax: 512,
};

export async function findTools(options: {
  readonly home: HomePaths;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The operator's; a project's own has no say in what all of them share. */
  readonly config: Pick<Config["sandbox"], "level" | "container">;
  readonly report: (line: string) => void;
  readonly limits?: Partial<LocalTools["limits"]>;
  readonly askWaitMs?: number | undefined;
  readonly clock: Clock;
}): Promise<LocalTools> {
  const { home, env } = options;
  const path = env.PATH ?? "/usr/local/bin:/usr/bin:/bin";
  const { level: wanted, container } = options.config;
  const probe = await probeSandbox({ wanted, container, env, path });
  const toolchains =
    toImageToolchains(probe.container) ??
    resolveToolchains({ path, home: env.HOME ?? homedir(), exclude: [home.root, findInstallFolder()] });
  const sandbox = createSandbox({ probe, homeFolder: home.root });
  return {
    home,
    probe,
    sandbox,
    toolchains,
    platform: `${process.platform}-${process.arch}${probe.container === null ? "" : ` ${probe.container.image}`}`,
    node: probe.container?.node ?? process.execPath,
    limits: { ...LIMITS, ...options.limits },
    env,
    askWaitMs: options.askWaitMs,
    clock: options.clock,
    stagger: new Stagger(),
    report: options.report,
  };
}

/** Folder of this installation: its own tools (`node_modules/.bin`) are not the operator's. */
function findInstallFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** The sandbox's promise in words, for plan, report and log. */
export function describeSandbox({ level, reason, container }: ProbedSandbox): string {
  if (level === "process") {
    return `process only: tasks can see and write what you can (${reason ?? "no stronger level"})`;
  }
  return `${container === null ? level : `${level} (${describeContainer(container)})`}, network off`;
}
