/**
 * Whether two JSON values say the same. The order of keys says nothing: what comes back from the log has them sorted, what was just
 * made has them as they were written, and a replay must decide as the live run did.
 */
export function isSameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(a, sortKeys) === JSON.stringify(b, sortKeys);
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
