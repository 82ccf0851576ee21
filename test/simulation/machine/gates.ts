import { createHash } from "node:crypto";
import type { CriteriaCheck, GateCheck, ProjectPorts } from "../../../src/engine/ports.ts";
import type { Random } from "../random.ts";
import type { Chaos, Counters } from "./chaos.ts";

/** Hash of the gates' commands, which the operator has to approve. */
export const GATE_HASH = "g1";

interface Weather {
  readonly random: Random;
  readonly counters: Counters;
  readonly chaos: Chaos;
}

/** Gates that take their time, fail sometimes, and want to be approved first. */
export async function runGates(
  { random, counters, chaos }: Weather,
  pause: () => Promise<void>,
  { isApproved, signal }: Parameters<ProjectPorts["checkGates"]>[0],
): Promise<GateCheck> {
  await pause();
  if (!isApproved(GATE_HASH)) {
    counters.count("gates not approved");
    return {
      reports: [],
      ms: 0,
      unapproved: [{ hash: GATE_HASH, text: "npm test", source: "package.json" }],
    };
  }
  await pause();
  if (signal.aborted) throw new Error("aborted");
  const isFailed = random.chance(chaos.gateFailure);
  if (isFailed) counters.count("gates failed");
  const report = {
    name: "tests",
    command: "npm test",
    status: isFailed ? ("failed" as const) : ("passed" as const),
    newFailures: isFailed ? ["it works"] : [],
    oldFailures: [],
    counts: null,
    countsOnBase: null,
    durationMs: 10,
    recommendation: null,
    tail: [],
  };
  return { reports: [report], ms: 10, unapproved: [] };
}

/**
 * Criteria that take their time, sometimes do not hold, and want to be approved first. What they say follows from what is looked at: the
 * same commit has the same answer, as long as the weather is the same.
 */
export async function runCriteria(
  { chaos }: Pick<Weather, "chaos">,
  pause: () => Promise<void>,
  { criteria, commit, isApproved, signal }: Parameters<ProjectPorts["checkCriteria"]>[0],
): Promise<CriteriaCheck> {
  await pause();
  if (!isApproved(GATE_HASH)) {
    const unapproved = [{ hash: GATE_HASH, text: "make check", source: "criterion" }];
    return { results: [], tail: [], unapproved };
  }
  await pause();
  if (signal.aborted) throw new Error("aborted");
  const results = criteria.map(({ key }) => {
    const digits = createHash("sha1").update(`${commit} ${key}`).digest("hex").slice(0, 8);
    const met = Number.parseInt(digits, 16) / 2 ** 32 >= chaos.gateFailure / 2;
    return { key, met, detail: met ? "exit 0" : "exit 1" };
  });
  return { results, tail: [], unapproved: [] };
}
