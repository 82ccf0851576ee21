/** The version in what a program prints: the first number with dots. Null: none. */
export function findVersion(text: string): string | null {
  return /(?<![\d.])\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?/.exec(text)?.[0] ?? null;
}

/** True where the first is lower, by its numbers; what stands behind a `-` does not count. A text without numbers is never lower. */
export function isOlder(version: string, floor: string): boolean {
  const parts = toParts(version);
  if (parts.length === 0) return false;
  for (const [index, least] of toParts(floor).entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part < least;
  }
  return false;
}

function toParts(version: string): number[] {
  const found = /\d+(?:\.\d+)*/.exec(version)?.[0] ?? "";
  return found === "" ? [] : found.split(".").map(Number);
}
