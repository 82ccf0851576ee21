/** Words that change nothing in a request, and words for everything. */

const POLITE = new Set([
  "please",
  "now",
  "then",
  "ok",
  "okay",
  "hey",
  "osqr",
  "kindly",
  "just",
  "can",
  "could",
  "you",
  "lets",
]);
const ARTICLES = new Set(["the", "a", "an", "my", "this", "that"]);
const NOUNS = new Set([
  "workstream",
  "workstreams",
  "spec",
  "specs",
  "task",
  "tasks",
  "work",
  "one",
  "again",
]);
const EVERYTHING = new Set(["everything", "all", "it", "them", "build", "run", "anything"]);

/** Lower case, without marks of punctuation at the ends of words and without politeness at both ends. */
export function tidy(text: string): string[] {
  const words = text
    .toLowerCase()
    .replaceAll(/[’']/g, "'")
    .split(/\s+/)
    .map((word) => word.replace(/^["(]+|[",.!?;:)]+$/g, ""))
    .filter(Boolean);
  let from = 0;
  let to = words.length;
  while (from < to && POLITE.has(words[from] ?? "")) from += 1;
  while (to > from && POLITE.has(words[to - 1] ?? "")) to -= 1;
  return words.slice(from, to);
}

/** Names in `the rate limit and embeddings`; `all` where everything is meant; null where nothing is named. */
export function readNames(text: string): readonly string[] | "all" | null {
  const parts = text
    .split(/\s+and\s+|\s*,\s*/)
    .map(stripName)
    .filter(Boolean);
  if (parts.length === 0) return null;
  const isAll = parts.every((part) => part.split(" ").every((word) => EVERYTHING.has(word) || word === "of"));
  return isAll ? "all" : parts;
}

function stripName(text: string): string {
  const words = text.trim().split(/\s+/).filter(Boolean);
  while (words.length > 1 && ARTICLES.has(words[0] ?? "")) words.shift();
  while (words.length > 1 && (NOUNS.has(words.at(-1) ?? "") || POLITE.has(words.at(-1) ?? ""))) words.pop();
  return words.join(" ");
}

/** True where nothing is left but politeness and words for everything. */
export function isFiller(words: readonly string[]): boolean {
  return words.every(
    (word) => POLITE.has(word) || ARTICLES.has(word) || NOUNS.has(word) || EVERYTHING.has(word),
  );
}
