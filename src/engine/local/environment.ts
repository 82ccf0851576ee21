import type { Config } from "../../core/config.ts";
import { VERSION } from "../../core/version.ts";
import type { LocalTools } from "./tools.ts";

/**
 * What the result of an attempt depends on beside the work itself. Of variables that the operator lets in only the names count:
 * their values are often secrets, and new ones each time. What the set-up installs follows from its setting and the tree.
 *
 * @param git what git says of itself
 */
export function describeEnvironment(
  { probe, platform, toolchains }: Pick<LocalTools, "probe" | "platform" | "toolchains">,
  { sandbox, setup }: Pick<Config, "sandbox" | "setup">,
  git: string,
): Readonly<Record<string, unknown>> {
  return {
    osqr: VERSION,
    node: process.version,
    git,
    platform,
    path: toolchains.path,
    sandbox: probe.level,
    network: sandbox.network,
    env: [...sandbox.env].sort(),
    mounts: [...sandbox.mounts].sort(),
    setup,
  };
}
