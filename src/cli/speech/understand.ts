import { findNearestName } from "../../core/nearest-name.ts";
import { COMMANDS, findCommand } from "../options.ts";
import { UsageError } from "../usage-error.ts";
import { RULES } from "./rules.ts";
import { isFiller, tidy } from "./words.ts";

export interface Understood {
  /** A command line without `osqr`. */
  readonly argv: readonly string[];
  /** It was plain speech: worth repeating. */
  readonly isSpeech: boolean;
}

/** Commands whose words are free: text, ids and values that must stay as they were typed. */
const LITERAL = new Set([
  "add",
  "completion",
  "decide",
  "edit",
  "log",
  "plan",
  "remove",
  "report",
  "show",
  "trace",
  "why",
]);
/** Commands whose words are names: articles and politeness around them are left out. */
const NAMING = new Set(["pause", "resume", "cancel", "prioritize"]);
const NEAREST_MAX = 3;

function splitOptions(argv: readonly string[]): { words: string[]; options: string[] } {
  const first = argv.findIndex((word) => word.startsWith("-"));
  const at = first < 0 ? argv.length : first;
  return { words: argv.slice(0, at), options: argv.slice(at) };
}

/**
 * The command line that words mean: a command as it is, or plain speech (`what needs me`, `go build it`, `pause the rate
 * limit`).
 *
 * @throws UsageError with the nearest commands where they mean nothing
 */
export function understand(argv: readonly string[]): Understood {
  const { words, options } = splitOptions(argv);
  const [first] = words;
  if (first === undefined) return { argv, isSpeech: false };
  const spec = findCommand(words);
  const isLiteral =
    spec !== null && (words.length === 1 || LITERAL.has(first) || spec.name.startsWith(`${first} `));
  if (isLiteral && !isSentence(first, words)) return { argv, isSpeech: false };
  const said = tidy(words.join(" "));
  if (spec !== null && NAMING.has(first) && isPlainNames(said.slice(1))) return { argv, isSpeech: false };
  const meant = applyRules(said, isQuestion(words));
  if (meant !== null) {
    return { argv: [...meant, ...options], isSpeech: meant.join(" ") !== words.join(" ") };
  }
  if (spec === null || (isQuestion(words) && !LOOKING.has(first) && !LITERAL.has(first)))
    throw notUnderstood(words);
  // What is left after a known command may be politeness: `status please`.
  if (spec.arguments.length === 0 && isFiller(said.slice(1)))
    return { argv: [first, ...options], isSpeech: false };
  return { argv, isSpeech: false };
}

/** `why is the rate limit waiting`, `show me the plan`, `decide D-1 a because …`: a command's name, then speech. */
function isSentence(first: string, words: readonly string[]): boolean {
  const text = tidy(words.join(" ")).join(" ");
  if (first === "why")
    return /^why (?:is|are|was|were|does|do|did|has|have|isn't|doesn't|won't|can't) /.test(text);
  if (first === "decide") return /^decide d-\d+ (?:with |option )?\S+ because /.test(text);
  if (first === "show") return /^show (?:me|the) /.test(text);
  return false;
}

/** Each word as one would type a name in a shell, not as one would say it. */
function isPlainNames(words: readonly string[]): boolean {
  return words.length > 0 && words.every((word) => /[-#/\d]/.test(word));
}

/** Commands that only look. */
const LOOKING = new Set([
  "blocker",
  "inbox",
  "log",
  "plan",
  "report",
  "show",
  "status",
  "trace",
  "verify",
  "why",
  "--help",
]);

function isQuestion(words: readonly string[]): boolean {
  const text = words.join(" ").trim();
  return text.endsWith("?") || /^(?:what|why|how|who|when|where|which)(?:'?s)?\b/i.test(text);
}

/** A question is never taken for an order. */
function applyRules(words: readonly string[], isAsking: boolean): readonly string[] | null {
  const text = words.join(" ");
  if (text === "") return null;
  for (const { pattern, toArgv } of RULES) {
    const match = pattern.exec(text);
    const argv = match === null ? null : toArgv(match.groups ?? {});
    if (argv !== null && (!isAsking || LOOKING.has(argv[0] ?? ""))) return argv;
  }
  return null;
}

function notUnderstood(words: readonly string[]): UsageError {
  const text = words.join(" ");
  return new UsageError(`"${text}" is not understood`, [
    ...listNearest(words).map(({ name, summary }) => `osqr ${name}   ${summary}`),
    "all commands: osqr --help",
  ]);
}

/** Commands whose name is near to a word, then those whose summary has one of the words. */
function listNearest(words: readonly string[]) {
  const names = COMMANDS.map(({ name }) => name);
  const spoken = words.map((word) => word.toLowerCase()).filter((word) => word.length > 3);
  const near = new Set(spoken.map((word) => findNearestName(word, names)).filter((name) => name !== null));
  const related = COMMANDS.filter(({ summary }) =>
    spoken.some((word) => summary.toLowerCase().split(/\W+/).includes(word)),
  );
  const found = [
    ...COMMANDS.filter(({ name }) => near.has(name)),
    ...related.filter(({ name }) => !near.has(name)),
  ];
  const usual = COMMANDS.filter(({ name }) => ["go", "status", "inbox"].includes(name));
  return (found.length > 0 ? found : usual).slice(0, NEAREST_MAX);
}
