/** Reading of JSON that nobody has checked: whatever it holds, these give the shape asked for, or null. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function toObject(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

export function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Null for an empty text too. */
export function toText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** The value under a path of names. */
export function pick(value: unknown, ...path: readonly string[]): unknown {
  let found: unknown = value;
  for (const name of path) {
    const object = toObject(found);
    found = object !== null && Object.hasOwn(object, name) ? object[name] : undefined;
  }
  return found;
}
