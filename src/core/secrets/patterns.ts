/** Keys that are known by their looks, also where nobody said that they are secret. */

interface KeyPattern {
  /** What it is, for people. */
  readonly name: string;
  readonly prefix: string;
  /** Characters of the rest, as in a regular expression's class. */
  readonly chars: string;
  /** Fewest characters of the rest. */
  readonly min: number;
}

const WORD = "A-Za-z0-9_-";
const PLAIN = "A-Za-z0-9";

const of = (name: string, prefixes: readonly string[], chars: string, min: number): readonly KeyPattern[] =>
  prefixes.map((prefix) => ({ name, prefix, chars, min }));

const KEY_PATTERNS: readonly KeyPattern[] = [
  ...of("Anthropic API key", ["sk-ant-"], WORD, 20),
  ...of("OpenAI API key", ["sk-proj-", "sk-svcacct-", "sk-admin-"], WORD, 20),
  ...of("OpenRouter API key", ["sk-or-v1-"], WORD, 20),
  ...of("API key", ["sk-"], PLAIN, 32),
  ...of("GitHub token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], PLAIN, 30),
  ...of("GitHub token", ["github_pat_"], "A-Za-z0-9_", 22),
  ...of("GitLab token", ["glpat-"], WORD, 20),
  ...of("AWS access key", ["AKIA", "ASIA"], "A-Z0-9", 16),
  ...of("Google API key", ["AIza"], WORD, 30),
  ...of("Google OAuth secret", ["GOCSPX-"], WORD, 24),
  ...of("Slack token", ["xoxa-", "xoxb-", "xoxp-", "xoxs-"], "A-Za-z0-9-", 20),
  ...of("npm token", ["npm_"], PLAIN, 36),
  ...of("PyPI token", ["pypi-AgEI"], WORD, 50),
  ...of("Hugging Face token", ["hf_"], PLAIN, 30),
  ...of("Groq API key", ["gsk_"], PLAIN, 40),
  ...of("xAI API key", ["xai-"], PLAIN, 40),
  ...of("Stripe key", ["sk_live_", "rk_live_"], PLAIN, 24),
  ...of("DigitalOcean token", ["dop_v1_"], "a-f0-9", 64),
  ...of("Docker token", ["dckr_pat_"], WORD, 24),
  ...of("Shopify token", ["shpat_"], "a-fA-F0-9", 32),
  ...of("age secret key", ["AGE-SECRET-KEY-1"], "A-Z0-9", 50),
];

/** Each pattern is a group of its own, so that a match tells which one it is. */
const KEYS = new RegExp(
  `(?<![${WORD}])(?:${KEY_PATTERNS.map(({ prefix, chars, min }) => `(${prefix}[${chars}]{${min},})`).join("|")})`,
  "g",
);

const BLOCK_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const BLOCK_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const BLOCK_MARK_CHARS_MAX = 80;
/** Of a block: base64, line ends (also written as \n), and the lines above it in old formats. */
const NOT_IN_BLOCK = /[^A-Za-z0-9+/=\s\\:,_-]/;
/** A block that has no end is cut off here. */
export const BLOCK_CHARS_MAX = 16_384;

/** What a text that was cut may go on with. */
export type Rest =
  | { readonly kind: "key"; readonly chars: RegExp }
  | { readonly kind: "block"; readonly left: number };

export interface Span {
  readonly start: number;
  readonly end: number;
  /** What comes next may belong to it; null: it has ended. */
  readonly rest: Rest | null;
}

/** Keys in a text that follows `before` (one character, or none). */
export function findKeys(text: string, before: string): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(KEYS)) {
    if (match.index === 0 && new RegExp(`[${WORD}]`).test(before)) continue;
    const end = match.index + match[0].length;
    const pattern = KEY_PATTERNS[match.slice(1).findIndex((group) => group !== undefined)];
    const chars = new RegExp(`^[${pattern?.chars ?? WORD}]*`);
    spans.push({ start: match.index, end, rest: end === text.length ? { kind: "key", chars } : null });
  }
  return spans;
}

/** What a key is, by how it begins: its kind and the part that all of its kind have; null: nothing that is known. */
export function nameKey(key: string): { readonly name: string; readonly prefix: string } | null {
  return KEY_PATTERNS.find(({ prefix }) => key.startsWith(prefix)) ?? null;
}

/** Private keys between their marks. */
export function findBlocks(text: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const match of text.matchAll(BLOCK_BEGIN)) {
    if (match.index < from) continue;
    const body = match.index + match[0].length;
    const { chars, rest } = skipBlock(text.slice(body, body + BLOCK_CHARS_MAX), BLOCK_CHARS_MAX);
    from = body + chars;
    spans.push({ start: match.index, end: from, rest });
  }
  return spans;
}

/** How much of a text goes on with what was cut before it, and what may go on after it. */
export function skipRest(text: string, rest: Rest): { readonly chars: number; readonly rest: Rest | null } {
  if (rest.kind === "block") return skipBlock(text, rest.left);
  const chars = rest.chars.exec(text)?.[0].length ?? 0;
  return { chars, rest: chars === text.length ? rest : null };
}

function skipBlock(text: string, left: number): { readonly chars: number; readonly rest: Rest | null } {
  const outside = text.search(NOT_IN_BLOCK);
  const end = BLOCK_END.exec(text);
  if (end !== null && (outside === -1 || end.index < outside))
    return { chars: end.index + end[0].length, rest: null };
  if (outside !== -1) return { chars: outside, rest: null };
  if (text.length >= left) return { chars: left, rest: null };
  // The mark at the end may itself be cut: what could be its beginning is looked at again.
  const mark = text.search(/-{1,5}(?:E(?:N(?:D[A-Z0-9 ]{0,60}-{0,4})?)?)?$/);
  const chars = mark === -1 ? text.length : mark;
  return { chars, rest: { kind: "block", left: left - chars } };
}

/** Where the end of a text may be the beginning of a key or of a block; its length where it cannot. */
export function findPartialPattern(text: string, before: string): number {
  const tail = text.slice(-BLOCK_MARK_CHARS_MAX);
  const offset = text.length - tail.length;
  const run = tail.search(/[A-Za-z0-9_-]+$/);
  const isFree = run > 0 || (run === 0 && offset === 0 && !new RegExp(`[${WORD}]`).test(before));
  const key =
    isFree && KEY_PATTERNS.some((pattern) => isPartialKey(tail.slice(run), pattern)) ? run : tail.length;
  return offset + Math.min(key, findPartialMark(tail));
}

function isPartialKey(run: string, { prefix, chars, min }: KeyPattern): boolean {
  if (run.length <= prefix.length) return prefix.startsWith(run);
  return run.startsWith(prefix) && new RegExp(`^[${chars}]{0,${min - 1}}$`).test(run.slice(prefix.length));
}

function findPartialMark(tail: string): number {
  const start = "-----BEGIN ";
  for (let at = tail.indexOf("-"); at !== -1; at = tail.indexOf("-", at + 1)) {
    const rest = tail.slice(at);
    if (start.startsWith(rest)) return at;
    if (rest.startsWith(start) && /^[A-Z0-9 ]*-{0,4}$/.test(rest.slice(start.length))) return at;
  }
  return tail.length;
}
