/** What a look at a running attempt says: which limits it is near, or beyond. Pure. */
import { formatTokens } from "../budget/words.ts";
import { formatDuration } from "../format-duration.ts";
import { countOf } from "../plural.ts";
import type { Watched, WatchLevel, WatchPolicy } from "./watch-policy.ts";

/** `warn` and `high` are said, `ask` asks a person while it goes on, `critical` ends the attempt. */
export type FindingLevel = "warn" | "high" | "ask" | "critical";

export interface WatchFinding {
  readonly check: Watched;
  readonly level: FindingLevel;
  /** What was seen, with the limit. */
  readonly reason: string;
  /** One next step. */
  readonly advice: string;
}

/** A look. Null: it was not looked at, or nothing tells. Numbers from 0. */
export interface WatchSample {
  readonly tokens: {
    readonly used: number;
    /** All that was reserved for it, what is used included. */
    readonly kept: number;
  } | null;
  /** Since its last artifact: a change in its work tree, or a hand-off. */
  readonly progress: { readonly idleMs: number; readonly calls: number; readonly tokens: number } | null;
  /** Of the last calls of tools that came to an end. */
  readonly calls: { readonly failed: number; readonly ended: number } | null;
  readonly memory: { readonly bytes: number | null; readonly freeBytes: number | null } | null;
  readonly disk: {
    readonly bytes: number | null;
    /** As the sandbox limits it; null: not at all. */
    readonly maxBytes: number | null;
    readonly freeBytes: number | null;
    readonly minFreeBytes: number;
  } | null;
}

/** Share of a limit from which on it is said that it is near. */
const NEAR = 0.8;
/** Below this share of what must stay free nothing may go on: the history has to be written too. */
const SCARCE = 0.25;

/** At most one finding for each check, in the order of `WATCHED`; empty: all is well. */
export function judgeSample(sample: WatchSample, policy: WatchPolicy): readonly WatchFinding[] {
  const found = [
    judgeTokens(sample, policy),
    judgeProgress(sample, policy),
    judgeCalls(sample, policy),
    judgeMemory(sample, policy),
    judgeDisk(sample, policy),
  ];
  return found.filter((each) => each !== null);
}

type Judge = (sample: WatchSample, policy: WatchPolicy) => WatchFinding | null;

/** Beyond what was reserved the budget decides: here it is only said. */
const judgeTokens: Judge = ({ tokens: seen }, { tokens: limit }) => {
  if (seen === null || limit === null || seen.kept <= 0) return null;
  const percent = Math.floor((100 * seen.used) / seen.kept);
  if (percent < limit.warn) return null;
  return {
    check: "tokens",
    level: percent >= limit.red ? "high" : "warn",
    reason: `it used ${formatTokens(seen.used)} of the ${formatTokens(seen.kept)} tokens reserved for it (${percent} %)`,
    advice: "See whether it is near its end: osqr log <attempt>. Where a budget is set, it ends there.",
  };
};

const judgeProgress: Judge = ({ progress: seen }, { progress: limit }) => {
  if (seen === null || limit === null || seen.idleMs < limit.afterMs) return null;
  if (seen.calls === 0 && seen.tokens === 0) return null;
  const did = [
    ...(seen.calls > 0 ? [countOf(seen.calls, "call of a tool", "calls of tools")] : []),
    ...(seen.tokens > 0 ? [`${formatTokens(seen.tokens)} tokens`] : []),
  ].join(" and ");
  return {
    check: "progress",
    level: "ask",
    reason: `${did} in ${formatDuration(seen.idleMs)}, and nothing changed in its work tree`,
    advice: "Look at what it does: osqr log <attempt>. Wait, start it again, or cancel.",
  };
};

const judgeCalls: Judge = ({ calls: seen }, { errorRate: limit }) => {
  if (seen === null || limit === null || seen.ended < limit.sample) return null;
  const percent = (100 * seen.failed) / seen.ended;
  if (percent <= limit.limit) return null;
  return {
    check: "errorRate",
    level: limit.level,
    reason: `${seen.failed} of its last ${seen.ended} calls of tools failed (${Math.floor(percent)} %, allowed are ${limit.limit} %)`,
    advice:
      "See what fails in its log: a tool that is not there, a path, the network. Mend that, or say more in the spec, then retry.",
  };
};

const judgeMemory: Judge = ({ memory: seen }, { memory: limit }) => {
  if (seen === null || limit === null) return null;
  const { bytes, freeBytes } = seen;
  const own = judgeSize("memory", {
    bytes,
    maxBytes: limit.maxBytes,
    level: limit.level,
    is: "its processes use",
  });
  if (own?.level === "critical" || freeBytes === null || freeBytes >= 2 * limit.minFreeBytes) return own;
  const isScarce = freeBytes < limit.minFreeBytes;
  return {
    check: "memory",
    // Where others use it up, it is not this attempt that has to go.
    level: !isScarce ? "warn" : bytes !== null && bytes > freeBytes ? limit.level : "high",
    reason: `${toSize(freeBytes)} of memory are free (at least ${toSize(limit.minFreeBytes)} must be)${bytes === null ? "" : `, its processes use ${toSize(bytes)}`}`,
    advice: "Run fewer at once (maxParallel), or close what else uses memory; then retry.",
  };
};

const judgeDisk: Judge = ({ disk: seen }, { disk: limit }) => {
  if (seen === null || limit === null) return null;
  const { bytes, freeBytes, minFreeBytes } = seen;
  const maxBytes = limit.maxBytes ?? seen.maxBytes;
  const own = judgeSize("disk", { bytes, maxBytes, level: limit.level, is: "its work tree and home hold" });
  if (own?.level === "critical" || freeBytes === null || freeBytes >= minFreeBytes) return own;
  return {
    check: "disk",
    level: freeBytes < minFreeBytes * SCARCE ? limit.level : "high",
    reason: `${toSize(freeBytes)} are free where OSQR_HOME is (at least ${toSize(minFreeBytes)} must be)`,
    advice: "Free some room there, or point OSQR_HOME to a larger disk; then retry.",
  };
};

function judgeSize(
  check: "memory" | "disk",
  {
    bytes,
    maxBytes,
    level,
    is,
  }: { bytes: number | null; maxBytes: number | null; level: WatchLevel; is: string },
): WatchFinding | null {
  if (bytes === null || maxBytes === null || bytes <= maxBytes * NEAR) return null;
  return {
    check,
    level: bytes > maxBytes ? level : "warn",
    reason: `${is} ${toSize(bytes)}, allowed are ${toSize(maxBytes)}`,
    advice: `See what takes it; where it needs that, raise watch.${check}.max in your own config, then retry.`,
  };
}

function toSize(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  return gib >= 1
    ? `${gib.toFixed(1)} GiB`
    : `${(bytes / 1024 ** 2).toFixed(bytes < 10 * 1024 ** 2 ? 1 : 0)} MiB`;
}

/** What there is to say changes with these words: a number that grows is no news. */
export const toStanding = (findings: readonly Pick<WatchFinding, "check" | "level">[]): string =>
  findings.map(({ check, level }) => `${check} ${level}`).join(", ");

/** `error rate: 12 of its last 20 calls …`. */
export const describeWatch = ({ check, reason }: Pick<WatchFinding, "check" | "reason">): string =>
  `${check === "errorRate" ? "error rate" : check}: ${reason}`;
