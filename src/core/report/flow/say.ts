/** Figures in words. `–`: there is none. */
import { formatDuration } from "../../format-duration.ts";
import { countOf } from "../../plural.ts";
import type { FlowFigures, FlowReport, Spread } from "./types.ts";

export const NONE = "–";

export const sayMs = (ms: number | null): string => (ms === null ? NONE : formatDuration(ms));

/** A sum: nothing is said of none. */
export const saySum = (ms: number): string => sayMs(ms === 0 ? null : ms);

/** 0 to 1 as per cent. */
export const sayShare = (share: number | null): string =>
  share === null ? NONE : `${Math.round(100 * share)} %`;

/** At most one decimal. */
export const sayNumber = (value: number | null): string =>
  value === null ? NONE : String(Number(value.toFixed(value < 1 ? 2 : 1)));

/** `median 4 min, 85 % within 12 min (of 7)`. */
export function saySpread({ count, medianMs, p85Ms }: Spread): string {
  if (medianMs === null) return NONE;
  if (p85Ms === null) return `${formatDuration(medianMs)} (of 1)`;
  return `median ${formatDuration(medianMs)}, 85 % within ${formatDuration(p85Ms)} (of ${count})`;
}

/** The answer in one sentence: `7 built in 14 days; median lead time 3 h 10 min; 12 % rework; 2 in progress.` */
export function sayAnswer(report: Pick<FlowReport, "total" | "window" | "items" | "filter">): string {
  const { total, window, items, filter } = report;
  if (items.length === 0) return sayNothing(filter);
  const { completed, leadTime, rework, wip } = total;
  const parts = [`${completed} built in ${formatDuration(window.ms)}`];
  if (leadTime.medianMs !== null) parts.push(`median lead time ${formatDuration(leadTime.medianMs)}`);
  if (rework.rate !== null) parts.push(`${sayShare(rework.rate)} rework`);
  parts.push(`${wip.now} in progress`);
  return `${parts.join("; ")}.`;
}

/** What was looked for: the filter may be why there is nothing. */
function sayNothing({ owner, workflow, status }: FlowReport["filter"]): string {
  const whose = owner === null ? "" : ` of ${owner}`;
  const which = workflow === null ? "" : ` that goes through ${workflow}`;
  const now = status === null ? "" : ` that is ${status} now`;
  return `No workstream${whose}${which}${now} was open in that time.`;
}

/** Every figure with its name, in the order in which they are defined. */
export function sayFigures(figures: FlowFigures): readonly (readonly [name: string, words: string])[] {
  const { throughput, wip, rework, people, blocked } = figures;
  const types = blocked.byType.map(({ type, ms }) => `${type} ${formatDuration(ms)}`).join(", ");
  return [
    ["lead time", saySpread(figures.leadTime)],
    ["flow time", saySpread(figures.flowTime)],
    [
      "throughput",
      throughput.perDay === null
        ? NONE
        : `${sayNumber(throughput.perDay)} a day, ${sayNumber(throughput.perWeek)} a week`,
    ],
    ["in progress", `${wip.now} now, ${sayNumber(wip.mean)} on average`],
    ["rework", sayRework(rework)],
    [
      "wait for people",
      people.count === 0
        ? NONE
        : `${formatDuration(people.sumMs)} over ${countOf(people.count, "decision")}, median ${sayMs(people.medianMs)}, ${people.open} open`,
    ],
    [
      "blocked",
      blocked.count === 0
        ? NONE
        : `${formatDuration(blocked.sumMs)}, ${sayShare(blocked.share)} of the time: ${types}; ${blocked.open} open`,
    ],
    ["work", saySum(figures.workMs)],
    ["flow efficiency", sayShare(figures.efficiency)],
    ["reverts", String(figures.reverts)],
  ];
}

function sayRework(rework: FlowFigures["rework"]): string {
  const { rate, tasks, completions, workstreams, share, workMs } = rework;
  if (rate === null) return NONE;
  if (tasks === 0) return `${sayShare(rate)}: all of ${countOf(completions, "completed task")} held`;
  const done = `${tasks} of ${countOf(completions, "completed task")} did not hold`;
  const back = `${countOf(workstreams, "workstream")} sent back (${sayShare(share)})`;
  return [`${sayShare(rate)}: ${done}`, back, `${formatDuration(workMs)} of work refused`].join("; ");
}
