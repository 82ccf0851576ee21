import { findTrust } from "../autonomy/trust.ts";
import type { EpochMs } from "../model/ids.ts";
import type { Workstream } from "../model/work.ts";
import type { AutonomyView } from "./types.ts";

export function viewAutonomy({ autonomy, trust }: Workstream, now: EpochMs): AutonomyView {
  return { tier: autonomy ?? null, trust: trust === undefined ? null : sayTrust(findTrust(trust, now)) };
}

const sayTrust = ({ level, reason }: ReturnType<typeof findTrust>): AutonomyView["trust"] => ({
  level,
  reason,
});

/** Only where it is held back: anything else is as the config says. */
export function explainAutonomy({ autonomy }: Workstream): readonly string[] {
  return autonomy === undefined ? [] : [`Its agents work at most in tier ${autonomy}.`];
}
