/**
 * The candidate that a person most probably meant by `name`, for "did you mean".
 *
 * @returns Null where none is near: more than a third of the longer name, at least two edits, would have to change.
 */
export function findNearestName(name: string, candidates: Iterable<string>): string | null {
  const wanted = name.toLowerCase().slice(0, 100);
  let nearest: string | null = null;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase().slice(0, 100);
    const limit = Math.max(2, Math.floor(Math.max(wanted.length, other.length) / 3));
    if (Math.abs(other.length - wanted.length) > limit) continue;
    const distance = countEdits(wanted, other);
    if (distance <= limit && distance < Math.max(wanted.length, 1) && distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/** Levenshtein distance: letters to add, leave out or change. Both texts are to be short. */
export function countEdits(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
