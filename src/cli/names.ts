/** Names as people type them: several words for one workstream, with spaces for dashes. */
import { OsqrError } from "../core/errors.ts";
import { findNearestName } from "../core/nearest-name.ts";
import type { WorkstreamView } from "../core/report/types.ts";
import type { Client } from "./client/client.ts";

type Named = Pick<WorkstreamView, "name" | "number" | "title" | "spec">;

const normalize = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");

/** A workstream by its name, number, spec path or title, in any spelling of spaces and dashes; null: none or several. */
export function findWorkstream(text: string, workstreams: readonly Named[]): string | null {
  const number = /^#?(\d+)$/.exec(text.trim())?.[1];
  const wanted = normalize(text);
  const path = text.replace(/^\.\//, "");
  const tests: ((workstream: Named) => boolean)[] = [
    ({ name }) => name === text,
    (workstream) => number !== undefined && workstream.number === Number(number),
    ({ name }) => normalize(name) === wanted,
    ({ spec }) => spec !== null && (spec === path || path.endsWith(`/${spec}`)),
    ({ title }) => normalize(title) === wanted,
    ({ name }) => wanted.length >= 3 && normalize(name).split("-").includes(wanted),
  ];
  for (const matches of tests) {
    const found = workstreams.filter(matches);
    if (found.length === 1) return found[0]?.name ?? null;
    if (found.length > 1) return null;
  }
  return null;
}

/** Splits words into workstreams: each word one where that fits, else the words together are one name. */
export function matchWords(words: readonly string[], workstreams: readonly Named[]): string[] | null {
  const one = findWorkstream(words.join(" "), workstreams);
  if (one !== null) return [one];
  const each = words.map((word) => findWorkstream(word, workstreams));
  const found = each.filter((name) => name !== null);
  return found.length === words.length ? [...new Set(found)] : null;
}

/** Words around a name that say nothing. Not "but" or "except": these turn the sense. */
const FILLERS = new Set(
  "the a an my this that and thing things stuff one ones work workstream workstreams spec specs task tasks please now job build".split(
    " ",
  ),
);

/** The names that are spoken in a sentence, where nothing else is: `the delta thing`. Null where other words are left. */
function findSpoken(text: string, workstreams: readonly Named[]): string[] | null {
  let rest = `-${normalize(text)}-`;
  const found: string[] = [];
  for (const { name } of workstreams.toSorted((a, b) => b.name.length - a.name.length)) {
    const wanted = `-${normalize(name)}-`;
    if (!rest.includes(wanted)) continue;
    found.push(name);
    rest = rest.replaceAll(wanted, "-");
  }
  const isFiller = rest.split("-").every((word) => word === "" || FILLERS.has(word));
  return found.length > 0 && isFiller ? found : null;
}

/**
 * Names of workstreams for words of a person. A spelling mistake is not guessed away: what is near may be another one.
 *
 * @throws `unknown-workstream` with the nearest name
 */
export async function resolveNames(client: Client, words: readonly string[]): Promise<string[]> {
  const { workstreams } = await client.briefStatus();
  const matched = matchWords(words, workstreams) ?? findSpoken(words.join(" "), workstreams);
  if (matched !== null) return matched;
  const text = words.join(" ");
  const names = workstreams.map(({ name }) => name);
  const nearest = findNearestName(normalize(text), names);
  throw new OsqrError("unknown-workstream", `no workstream "${text}"`, {
    hints: [
      ...(nearest === null ? [] : [`did you mean ${nearest}?`]),
      names.length === 0
        ? "nothing is planned yet: osqr plan"
        : `there are: ${names.slice(0, 20).join(", ")}`,
    ],
  });
}

/** Ids of tasks, attempts, decisions and runs, and paths, go to the daemon as they are; other words may name a workstream. */
export async function resolveThing(client: Client, words: readonly string[]): Promise<string> {
  const text = words.join(" ");
  if (/^(?:a-\d+|d-\d+|r-\d+)$/i.test(text) || /[#/]/.test(text)) return text;
  const { workstreams } = await client.briefStatus();
  return findWorkstream(text, workstreams) ?? findSpoken(text, workstreams)?.[0] ?? text;
}

/** A workstream or a task of it, `rate-limit#T2`, whose workstream may be written like any other. @throws `unknown-workstream` */
export async function resolvePart(client: Client, text: string): Promise<string> {
  const [, words = text, task = ""] = /^(.+)(#[^#]+)$/.exec(text) ?? [];
  const [name = words] = await resolveNames(client, [words]);
  return `${name}${task}`;
}
