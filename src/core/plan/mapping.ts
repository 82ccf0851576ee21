/** Which task of an old blueprint goes on as which of a new one: by equal keys, and as the operator says. */
import { OsqrError } from "../errors.ts";
import type { TaskMapping } from "../model/flow.ts";

/** `old=new` as the operator wrote it: keys of steps or of tasks; `to` null for `old=-`, which drops. */
export interface MapPair {
  readonly from: string;
  readonly to: string | null;
}

/** A task as far as it is found by its key, its title or its step. */
export interface Placed extends Titled {
  readonly step: string;
}

interface Titled {
  readonly key: string;
  readonly title: string;
}

/**
 * The new key of each old one. A key may be only a position in the list, which another task has taken: where the title tells that, the
 * title counts; else the key.
 */
export function matchKeys(old: readonly Titled[], next: readonly Titled[]): ReadonlyMap<string, string> {
  const matched = new Map<string, string>();
  const titles = new Map(next.map(({ key, title }) => [key, title]));
  const left = new Set(titles.keys());
  const take = (from: string, to: string): void => {
    matched.set(from, to);
    left.delete(to);
  };
  for (const { key, title } of old) if (titles.get(key) === title) take(key, key);
  const open = old.filter(({ key }) => !matched.has(key));
  const byTitle = Map.groupBy(
    next.filter(({ key }) => left.has(key)),
    ({ title }) => title,
  );
  const named = Map.groupBy(open, ({ title }) => title);
  for (const [title, [one, ...others]] of named) {
    const [there, ...more] = byTitle.get(title) ?? [];
    if (one !== undefined && there !== undefined && others.length + more.length === 0)
      take(one.key, there.key);
  }
  for (const { key } of open) if (!matched.has(key) && left.has(key)) take(key, key);
  return matched;
}

/**
 * Reads `old=new` and `old=-`.
 *
 * @throws OsqrError `invalid-mapping`
 */
export function parsePair(text: string): MapPair {
  const match = /^([^=\s]+)=([^=\s]+)$/.exec(text.trim());
  const [, from, to] = match ?? [];
  if (from === undefined || to === undefined)
    throw new OsqrError("invalid-mapping", `expected old=new or old=-, found "${text}"`, {
      hints: ["--map review=sign-off", "--map T3=-"],
    });
  return { from, to: to === "-" ? null : to };
}

export interface Mapped {
  readonly mapping: readonly TaskMapping[];
  /** Pairs that named something of this workstream. */
  readonly used: ReadonlySet<MapPair>;
}

/** What is said comes first; the rest goes on as what has its title or its key, as long as that is free. */
export function mapTasks(old: readonly Placed[], next: readonly Placed[], pairs: readonly MapPair[]): Mapped {
  const said = new Map<string, string | null>();
  const used = new Set<MapPair>();
  for (const pair of pairs) {
    const found = expandPair(old, next, pair);
    if (found.length > 0) used.add(pair);
    for (const { from, to } of found) said.set(from, to);
  }
  const taken = new Set(said.values());
  const matched = matchKeys(
    old.filter(({ key }) => !said.has(key)),
    next.filter(({ key }) => !taken.has(key)),
  );
  const mapping = old.flatMap(({ key }): TaskMapping[] => {
    const to = said.get(key) ?? matched.get(key);
    if (to !== undefined) return [{ from: key, to }];
    return said.has(key) ? [{ from: key, to: null }] : [];
  });
  return { mapping, used };
}

/** A task by its key; else all tasks of the step of that key. */
function expandPair(old: readonly Placed[], next: readonly Placed[], { from, to }: MapPair): MapPair[] {
  const one = old.filter(({ key }) => key === from);
  const sources = one.length > 0 ? one : old.filter(({ step }) => step === from);
  if (to === null) return sources.map(({ key }) => ({ from: key, to: null }));
  const exact = next.filter(({ key }) => key === to);
  const targets = exact.length > 0 ? exact : next.filter(({ step }) => step === to);
  const [only] = targets;
  if (sources.length === 1 && targets.length === 1 && only !== undefined)
    return sources.map(({ key }) => ({ from: key, to: only.key }));
  const names = new Set(targets.map(({ key }) => key));
  // What the new step does not have is left open: it has to be said one by one.
  if (names.size === 0) return sources.map(({ key }) => ({ from: key, to }));
  return sources.filter(({ key }) => names.has(key)).map(({ key }) => ({ from: key, to: key }));
}
