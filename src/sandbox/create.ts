import { createBubblewrapSandbox } from "./bubblewrap.ts";
import { createContainerSandbox } from "./container.ts";
import type { ProbedSandbox } from "./probe.ts";
import { createProcessSandbox } from "./process.ts";
import type { Sandbox } from "./types.ts";

/** The sandbox of the level that the probe found. `homeFolder` (`$OSQR_HOME`) marks what belongs to this daemon. */
export function createSandbox(options: {
  readonly probe: ProbedSandbox;
  readonly homeFolder: string;
}): Sandbox {
  const { probe, homeFolder } = options;
  if (probe.container !== null) return createContainerSandbox({ homeFolder, features: probe.container });
  if (probe.bubblewrap === null) return createProcessSandbox({ homeFolder });
  return createBubblewrapSandbox({ homeFolder, features: probe.bubblewrap });
}
