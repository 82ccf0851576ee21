const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

/** A duration as a person reads it: `0.4 s`, `12 s`, `4 min 10 s`, `1 h 5 min`, `3 days`. */
export function formatDuration(ms: number): string {
  const safe = Math.max(0, ms);
  if (safe < 9_950) return `${(safe / SECOND).toFixed(1)} s`;
  if (safe < 59_500) return `${Math.round(safe / SECOND)} s`;
  if (safe < HOUR - SECOND / 2) return join(Math.round(safe / SECOND), 60, "min", "s");
  if (safe < DAY - MINUTE / 2) return join(Math.round(safe / MINUTE), 60, "h", "min");
  const days = Math.round(safe / DAY);
  return days === 1 ? "1 day" : `${days} days`;
}

function join(total: number, base: number, large: string, small: string): string {
  const rest = total % base;
  const whole = `${Math.floor(total / base)} ${large}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}
