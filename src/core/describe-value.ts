/** What was found where something else was expected, in words; text is cut at 100 characters. */
export function describeValue(found: unknown): string {
  if (found === null || found === undefined) return "nothing";
  if (typeof found === "string") return found === "" ? "empty text" : `"${found.slice(0, 100)}"`;
  if (typeof found === "number" || typeof found === "bigint") return `the number ${found}`;
  if (Array.isArray(found)) return "a list";
  return typeof found === "object" ? "a mapping" : String(found);
}
