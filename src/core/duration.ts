const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  sec: 1_000,
  second: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
};

const LONGEST_MS = 366 * 86_400_000;

/**
 * Reads a duration as a person writes it: `30m`, `5 min`, `90s`, `1.5h`, `1h 30m`, `2 days`.
 *
 * @returns Whole milliseconds, from 1 to 366 days; null for anything else, also for a number without a unit.
 */
export function parseDurationMs(text: string): number | null {
  const rest = text.trim().toLowerCase();
  if (!/^(?:\d{1,9}(?:\.\d{1,3})?\s*[a-z]{1,8}[\s,]*){1,5}$/.test(rest)) return null;
  let totalMs = 0;
  for (const [, amount, unit] of rest.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const unitMs = readUnitMs(unit ?? "");
    if (unitMs === null) return null;
    totalMs += Number(amount) * unitMs;
  }
  const wholeMs = Math.round(totalMs);
  return wholeMs >= 1 && wholeMs <= LONGEST_MS ? wholeMs : null;
}

function readUnitMs(unit: string): number | null {
  const singular = unit.length > 2 && unit.endsWith("s") ? unit.slice(0, -1) : unit;
  return UNIT_MS[unit] ?? UNIT_MS[singular] ?? null;
}
