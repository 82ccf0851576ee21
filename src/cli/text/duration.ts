import type { Estimate } from "../../core/plan/types.ts";

export { formatDuration } from "../../core/format-duration.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

/** How long something has been so, without false precision: `8 s`, `1 min`, `3 h`, `2 days`. */
export function formatAge(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(Math.max(0, ms) / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  const days = Math.floor(ms / DAY);
  return days === 1 ? "1 day" : `${days} days`;
}

const UNITS = [
  { ms: DAY, name: "days" },
  { ms: HOUR, name: "h" },
  { ms: MINUTE, name: "min" },
  { ms: SECOND, name: "s" },
] as const;

function roundRough(value: number): string {
  return value < 10 && value % 1 >= 0.25 && value % 1 < 0.75 ? value.toFixed(1) : String(Math.round(value));
}

/** An estimate: `~20 s`, `4–12 min`, `40 s – 3 min`. */
export function formatEstimate({ lowMs, highMs }: Pick<Estimate, "lowMs" | "highMs">): string {
  const low = Math.max(0, Math.min(lowMs, highMs));
  const high = Math.max(0, lowMs, highMs);
  if (high < SECOND) return "< 1 s";
  const highUnit = UNITS.find(({ ms }) => high >= ms) ?? UNITS[3];
  const lowUnit = UNITS.find(({ ms }) => low >= ms) ?? UNITS[3];
  const highText = roundRough(high / highUnit.ms);
  const lowText = roundRough(low / lowUnit.ms);
  if (lowUnit !== highUnit) return `${lowText} ${lowUnit.name} – ${highText} ${highUnit.name}`;
  if (lowText === highText) return `~${highText} ${highUnit.name}`;
  return `${lowText}–${highText} ${highUnit.name}`;
}

/** Bytes: `12 MB`, `1.5 GB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** `1 task`, `3 tasks`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A moment on the clock of the reader, `2026-01-05 11:00:00`. `offsetMinutes` is added to UTC. */
export function formatMoment(at: number, offsetMinutes: number): string {
  return new Date(at + offsetMinutes * MINUTE).toISOString().slice(0, 19).replace("T", " ");
}
