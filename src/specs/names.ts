const KEY_CHARS_MAX = 80;

/** Lower-case words joined by `-`; letters and digits of every script stay. Empty for a text without any. */
export function toSlug(text: string): string {
  const slug = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/['’]/g, "")
    .replace(/[^\p{L}\p{N}]+/gu, "-");
  return trimKey(slug);
}

/**
 * A written id as the key of a spec: usable in a ref name, a file name and on a command line. Empty where nothing of it
 * is.
 */
export function toSpecKey(id: string): string {
  const key = id
    .normalize("NFKC")
    .replace(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/\.{2,}/g, ".")
    .replace(/\.lock$/i, "-lock");
  return trimKey(key);
}

function trimKey(text: string): string {
  return text.slice(0, KEY_CHARS_MAX).replace(/^[-.]+|[-.]+$/g, "");
}

/** File names that say only what kind of document it is; the folder says which work. */
const GENERIC = new Set([
  "spec",
  "plan",
  "tasks",
  "task",
  "readme",
  "index",
  "design",
  "proposal",
  "requirements",
  "goal",
  "todo",
]);

/** The key of a spec without a written id: its file name, or its folder's where the file name says nothing. */
export function toKeyOfPath(path: string): string {
  const parts = path.replace(/\.(?:md|markdown)$/i, "").split("/");
  const name = toSlug(parts.at(-1) ?? "");
  const folder = toSlug(parts.at(-2) ?? "");
  if (GENERIC.has(name) && folder !== "" && parts.length > 2) return folder;
  return name || folder || "spec";
}

/** A longer name for when another spec has the key already: folder and file name. */
export function toLongKeyOfPath(path: string): string {
  const parts = path.replace(/\.(?:md|markdown)$/i, "").split("/");
  return toSlug(parts.slice(-2).join("-")) || "spec";
}

/** Variable names for answers: `[A-Z0-9_]+`, at most 40 characters, cut between words. Empty for no Latin letter. */
export function toQuestionKey(text: string): string {
  const words = text
    .normalize("NFKD")
    .replace(/['’\p{M}]/gu, "")
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== "");
  let key = "";
  for (const word of words) {
    if (key.length + word.length + 1 > 40) break;
    key += key === "" ? word : `_${word}`;
  }
  return key || (words[0] ?? "").slice(0, 40);
}
