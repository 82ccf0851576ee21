/** Approved and blocked actions of a workstream: `edit`, `edit:src/**`, `execute:npm test`, `fetch:registry.example.org`, `tool:server/name`. */
import picomatch from "picomatch";
import { parseGlob } from "../conflicts/glob.ts";
import { findNearestName } from "../nearest-name.ts";
import { ACTION_NAMES, type ActionName, parseActionName } from "./action-names.ts";
import { isCovered } from "./classify-path.ts";
import { toPathKey } from "./paths.ts";
import { quote } from "./quote.ts";
import { readShell } from "./shell/read.ts";
import { nameProgram } from "./shell/unwrap.ts";
import type { Facet } from "./types.ts";

/** One approved or blocked action. */
export interface ActionRule {
  readonly text: string;
  readonly action: ActionName;
  /** What it is about: a glob, the first words of a command, a host, a tool, a word of a subject; null: all of them. */
  readonly pattern: string | null;
  /** Of commands: the words of `pattern`. */
  readonly words: readonly string[];
}

/** Why a text is no rule, and one next step. */
export interface ActionRuleProblem {
  readonly problem: string;
  readonly hint: string;
}

const CHARS_MAX = 300;
const GRAMMAR = "write edit, edit:src/**, execute:npm test, fetch:host, tool:server/name";
const ON_COMMANDS: ReadonlySet<ActionName> = new Set<ActionName>([
  "execute",
  "inspect",
  "run_tests",
  "commit_code",
]);

/** Reads a rule as people write it. */
export function parseActionRule(text: string): ActionRule | ActionRuleProblem {
  const at = text.indexOf(":");
  const name = (at === -1 ? text : text.slice(0, at)).trim();
  const pattern = at === -1 ? null : text.slice(at + 1).trim();
  const action = parseActionName(name);
  if (action === null) {
    const nearest = findNearestName(name, Object.keys(ACTION_NAMES));
    const hint =
      nearest === null
        ? `known actions: ${Object.keys(ACTION_NAMES).join(", ")}`
        : `did you mean ${nearest}?`;
    return { problem: `expected an action, found ${quote(name)}`, hint };
  }
  const wrong = pattern === null ? null : checkPattern(action, pattern);
  if (wrong !== null) return { problem: `${name}: ${wrong}`, hint: GRAMMAR };
  const words = pattern !== null && ON_COMMANDS.has(action) ? (readWords(pattern) ?? []) : [];
  return { text, action, pattern, words };
}

/** What is wrong with what stands behind the colon; null: nothing. */
function checkPattern(action: ActionName, pattern: string): string | null {
  if (pattern === "") return "expected something behind the colon, found nothing";
  if (pattern.length > CHARS_MAX) return `expected at most ${CHARS_MAX} characters, found ${pattern.length}`;
  if (ON_COMMANDS.has(action))
    return readWords(pattern) === null
      ? `expected the first words of one command, found ${quote(pattern)}`
      : null;
  if (action === "fetch")
    return /^(?:\*\.)?[a-z0-9][a-z0-9.-]*$/i.test(pattern)
      ? null
      : `expected a host, found ${quote(pattern)}`;
  if (action === "tool")
    return /^[^\s/]+(?:\/[^\s/]+)?$/.test(pattern)
      ? null
      : `expected server or server/tool, found ${quote(pattern)}`;
  if (action === "decide") return null;
  const isInside = !pattern.startsWith("/") && !pattern.split("/").includes("..");
  return parseGlob(pattern) !== null && isInside
    ? null
    : `expected a glob in the work tree, found ${quote(pattern)}`;
}

/** The plain words of a single command; null: it is more than that. */
function readWords(text: string): readonly string[] | null {
  const { list, problem } = readShell(text);
  const [only] = list;
  const [command] = only?.commands ?? [];
  if (problem !== null || list.length !== 1 || only?.commands.length !== 1 || command?.kind !== "simple")
    return null;
  const { words, env, redirects, documents } = command;
  if (words.length === 0 || env.length + redirects.length + documents.length > 0) return null;
  if (!words.every(({ isLiteral, isWild }) => isLiteral && !isWild)) return null;
  return words.map(({ text: word }, at) => (at === 0 ? nameProgram(word) : word));
}

/** True where a blocked action may mean this part: in doubt it does. */
export function mayMean({ action, pattern, words }: ActionRule, facet: Facet): boolean {
  // Agents call a new file an edit and the other way round.
  const isWriting = action === "create" || action === "edit";
  const isNamed = facet.names.some(
    (name) => name === action || (isWriting && /^(?:create|edit)$/.test(name)),
  );
  if (!isNamed) return false;
  if (pattern === null) return true;
  switch (facet.on) {
    case "path":
      return isCovered(toPathKey(facet.path), [toPathKey(pattern)]);
    case "command":
      return words.every((word, at) => facet.words[at] === word) || includesWords(facet.words, words);
    case "host": {
      const host = pattern.replace(/^\*\./, "").toLowerCase();
      return facet.host === host || facet.host.endsWith(`.${host}`);
    }
    case "tool":
      return (
        facet.tool.toLowerCase() === pattern.toLowerCase() ||
        isOfServer(facet.tool.toLowerCase(), pattern.toLowerCase())
      );
    case "subject":
      return facet.subject.toLowerCase().includes(pattern.toLowerCase());
  }
}

/** The same words in this order with options between them: `git -C x push` is `git push`. */
function includesWords(all: readonly string[], wanted: readonly string[]): boolean {
  const [program, ...rest] = wanted;
  if (all[0] !== program) return false;
  let at = 0;
  for (const word of all.slice(1)) if (word === rest[at]) at += 1;
  return at === rest.length;
}

const isOfServer = (tool: string, server: string): boolean =>
  !server.includes("/") && tool.startsWith(`${server}/`);

/** True where an approved action means exactly this part: in doubt it does not. */
export function surelyMeans({ action, pattern, words }: ActionRule, facet: Facet): boolean {
  if (!facet.names.includes(action)) return false;
  if (pattern === null) return true;
  switch (facet.on) {
    case "path":
      return picomatch.isMatch(facet.path, toFolderGlobs(pattern), { dot: true, nonegate: true });
    case "command":
      return words.every((word, at) => facet.words[at] === word);
    case "host":
      return pattern.startsWith("*.")
        ? facet.host.endsWith(pattern.slice(1).toLowerCase())
        : facet.host === pattern.toLowerCase();
    case "tool":
      return facet.tool === pattern || isOfServer(facet.tool, pattern);
    case "subject":
      return facet.subject.toLowerCase() === pattern.toLowerCase();
  }
}

/** `src/` and `src` are all that is in it, as everywhere in osqr. */
const toFolderGlobs = (pattern: string): string[] => {
  const bare = pattern.replace(/^\.\//, "").replace(/\/+$/, "");
  return [bare, `${bare}/**`];
};
