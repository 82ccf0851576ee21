const UNIT_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/**
 * Reads a size as a person writes it: `20 GiB`, `500MB`, `1.5g`. `kB`, `MB` … are powers of 1000, `KiB`, `MiB` … and single
 * letters powers of 1024.
 *
 * @returns Whole bytes, from 1 to 2^53 - 1; null for anything else, also for a number without a unit.
 */
export function parseByteSize(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)\s*([a-z]{1,3})$/.exec(text.trim().toLowerCase());
  const unit = UNIT_BYTES[match?.[2] ?? ""];
  if (unit === undefined) return null;
  const bytes = Math.round(Number(match?.[1]) * unit);
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : null;
}
