/** Masks every text in a value, at any depth. Names of fields stay. */
export function maskDeep<T>(value: T, mask: (text: string) => string): T {
  return maskUnknown(value, mask) as T;
}

function maskUnknown(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === "string") return mask(value);
  if (Array.isArray(value)) return value.map((entry) => maskUnknown(entry, mask));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, maskUnknown(entry, mask)]));
}
