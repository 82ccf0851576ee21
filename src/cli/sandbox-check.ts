import { type ContainerConfig, toContainerConfig } from "../core/config.ts";
import { type ContainerFeatures, describeContainer } from "../sandbox/container/features.ts";
import { type ProbedSandbox, probeSandbox } from "../sandbox/probe.ts";
import type { SandboxLevel } from "../sandbox/types.ts";
import { readOperatorConfig } from "../store/config-file.ts";
import { resolveConfigPath } from "../store/home.ts";
import type { Result } from "./doctor-checks.ts";
import type { Host } from "./host.ts";

/** Runs a real command at the level that the operator asks for, or at the strongest that works. */
export async function checkSandbox({ env }: Host): Promise<Result> {
  const { wanted, container } = readWish(env);
  const path = env.PATH === undefined ? {} : { path: env.PATH };
  const probed = await probeSandbox({
    wanted: wanted === "container" ? wanted : null,
    container,
    env,
    ...path,
  });
  if (probed.container !== null) return describeFound(probed.container);
  if (wanted === "container") return describeMissing(probed);
  if (probed.level === "bubblewrap") return { status: "ok", found: "bubblewrap", hints: [] };
  return {
    status: "warn",
    found: `${probed.level} only, a weaker promise: ${probed.reason}`,
    hints: ["install bubblewrap: apt-get install bubblewrap"],
  };
}

/** A config that cannot be read is the finding of its own check. */
function readWish(env: Host["env"]): {
  readonly wanted: SandboxLevel | null;
  readonly container: ContainerConfig | null;
} {
  try {
    const { sandbox } = readOperatorConfig(resolveConfigPath(env));
    return { wanted: sandbox?.level ?? null, container: toContainerConfig(sandbox?.container) };
  } catch {
    return { wanted: null, container: null };
  }
}

function describeFound(features: ContainerFeatures): Result {
  const found = `container: ${describeContainer(features)}`;
  const hints = [];
  if (!features.hasNode)
    hints.push(
      "no Node runs in the image: osqr-ask, osqr's tools and lists of hosts do not work; install nodejs in it",
    );
  for (const name of ["bash", "git"])
    if (!features.programs.has(name))
      hints.push(`${name} is not in the image: run blocks and agents want it`);
  return { status: hints.length === 0 ? "ok" : "warn", found, hints };
}

/** Nothing starts at another level than the one that is asked for. */
function describeMissing({ reason, hints }: ProbedSandbox): Result {
  return { status: "bad", found: `level container does not work: ${reason}`, hints };
}
