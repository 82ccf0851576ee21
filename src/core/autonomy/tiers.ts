import { stricterTier } from "./outcomes.ts";
import type { Tier } from "./types.ts";

/** From strict to loose. */
export const TIERS = ["supervised", "balanced", "autonomous", "full_auto"] as const satisfies readonly Tier[];

/** `full auto` and `Full-Auto` are `full_auto`. Null: it is none. */
export function parseTier(text: string): Tier | null {
  const name = text.replace(/[`*"]/g, "").trim().toLowerCase().replace(/[ -]/g, "_");
  return TIERS.find((tier) => tier === name) ?? null;
}

/** The tier that holds for a workstream: its own can only tighten the config's. */
export const tierOf = (config: Tier, { autonomy = config }: { readonly autonomy?: Tier }): Tier =>
  stricterTier(config, autonomy);
