/** Whether the requests of an agent pass osqr's meter, where each is asked for beforehand and the key stays outside the sandbox. */
import type { Metering } from "../../core/budget/check.ts";
import type { ExecutorSetting } from "../../core/routing/config.ts";
import { findMeterWays, listMeterKeys } from "../../executors/acp/meter.ts";
import type { AgentPreset, MeterWay } from "../../executors/acp/preset-types.ts";
import type { AttemptOrder } from "../../executors/types.ts";

type Env = Readonly<Record<string, string | undefined>>;
type Setting = Pick<ExecutorSetting, "meter" | "env" | "hosts"> | null;

/**
 * By itself where a limit holds and all that the agent can reach is metered: variables and hosts of the operator's own may be a way to a
 * model that nobody sees. A login by subscription has no key, and cannot be led anywhere.
 */
export function chooseMeters(
  preset: AgentPreset,
  setting: Setting,
  { env, purse }: { readonly env: Env } & Pick<AttemptOrder, "purse">,
): readonly MeterWay[] {
  const isWanted = setting?.meter ?? (canMeterByItself(setting) && purse?.isLimited() === true);
  return isWanted ? findMeterWays(preset, env) : [];
}

const canMeterByItself = (setting: Setting): boolean =>
  setting === null || (setting.env.length === 0 && setting.hosts.length === 0);

/** How exact its limits are, where there are any. */
export function meteringOf(preset: AgentPreset, setting: Setting, env: Env): Metering {
  const isWanted = setting?.meter ?? canMeterByItself(setting);
  return isWanted && findMeterWays(preset, env).length > 0 ? "exact" : "turn";
}

/** Why it cannot be metered though the config says so; null: it can, or need not. */
export function refuseMeter(preset: AgentPreset, setting: Setting, env: Env): string | null {
  if (setting?.meter !== true || findMeterWays(preset, env).length > 0) return null;
  return `executors.${preset.name}.meter needs a key: set ${listMeterKeys(preset).join(" or ")}`;
}
