/** The secret scan beside the gates that run commands: it comes first, and where it finds something they do not run. */

import { isSecrets } from "../../core/checks/merge-gates.ts";
import type { Config } from "../../core/config.ts";
import {
  DEFAULT_SECRET_POLICY,
  isWorthSaying,
  refuseSecrets,
  type SecretPolicy,
  toSecretReport,
} from "../../core/secrets/scan.ts";
import type { GitPort } from "../../git/types.ts";
import { scanCommit } from "../effects/secrets.ts";
import type { GateCheck, ProjectPorts } from "../ports.ts";
import type { GateRunner } from "./gates.ts";

/** Null: switched off. */
function readPolicy({ gates }: Pick<Config, "gates">): SecretPolicy | null {
  const { secrets } = gates;
  if (secrets === undefined) return DEFAULT_SECRET_POLICY;
  return isSecrets(secrets) ? secrets : null;
}

/** `settings` is asked at each scan: the config may have changed. */
export function createScan(git: GitPort, settings: () => Pick<Config, "gates">): ProjectPorts["scanSecrets"] {
  return async (from, to) => {
    const policy = readPolicy(settings());
    return policy === null ? null : scanCommit(git, { from, to, policy, pause: nextTurn });
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clean scan proves nothing about the work: it is no check where it would be the only one. */
export async function checkWithSecrets(
  input: Parameters<ProjectPorts["checkGates"]>[0],
  { gates, scan }: { readonly gates: GateRunner; readonly scan: ProjectPorts["scanSecrets"] },
): Promise<GateCheck> {
  const started = performance.now();
  const { base, combined } = input;
  const found = await scan(base, combined);
  if (found === null) return gates.check(input);
  const command = `git diff ${base.slice(0, 7)} ${combined.slice(0, 7)}`;
  const report = toSecretReport(found, { command, ms: performance.now() - started });
  if (refuseSecrets(found) !== null)
    return { reports: [report], ms: performance.now() - started, unapproved: [] };
  const check = await gates.check(input);
  const isSaid = check.reports.length > 0 || isWorthSaying(found);
  if (check.unapproved.length > 0 || !isSaid) return check;
  return { ...check, reports: [...check.reports, report], ms: performance.now() - started };
}
