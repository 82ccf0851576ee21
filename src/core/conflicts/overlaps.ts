import { type Glob, globsMeet, narrower, parseGlob } from "./glob.ts";

/** Shown of one pair at the most. */
const PATHS_MAX = 10;

/** Something that declared the paths that it will write. */
export interface Declared<Id extends string> {
  readonly id: Id;
  readonly touches: readonly string[];
}

/** Two that declared the same paths; `a` comes before `b` in the input. At most ten paths are named. */
export interface Overlap<Id extends string> {
  readonly a: Id;
  readonly b: Id;
  readonly paths: readonly string[];
}

interface Entry<Id extends string> {
  readonly id: Id;
  /** Place in the input. */
  readonly place: number;
  readonly glob: Glob;
}

/**
 * Pairs that declared a common path. Two patterns can only meet where the plain beginning of one is the beginning of the
 * other, so that each looks only at those under its own beginning: an inverted index instead of every pair. In the order
 * of the input.
 */
export function findOverlaps<Id extends string>(declared: readonly Declared<Id>[]): readonly Overlap<Id>[] {
  const entries = declared.flatMap(({ id, touches }, place) =>
    touches.flatMap((text): Entry<Id>[] => {
      const glob = parseGlob(text);
      return glob === null ? [] : [{ id, place, glob }];
    }),
  );
  const index = indexByPrefix(entries);
  const found = new Map<string, { a: Entry<Id>; b: Entry<Id>; paths: Set<string> }>();
  for (const entry of entries) {
    for (const other of candidatesOf(entry, index)) {
      if (other.place === entry.place || !globsMeet(entry.glob, other.glob)) continue;
      const [a, b] = entry.place < other.place ? [entry, other] : [other, entry];
      const key = `${a.place} ${b.place}`;
      const pair = found.get(key) ?? { a, b, paths: new Set<string>() };
      if (pair.paths.size < PATHS_MAX) pair.paths.add(narrower(a.glob, b.glob));
      found.set(key, pair);
    }
  }
  return [...found.values()]
    .sort((x, y) => x.a.place - y.a.place || x.b.place - y.b.place)
    .map(({ a, b, paths }) => ({ a: a.id, b: b.id, paths: [...paths].sort() }));
}

function indexByPrefix<Id extends string>(
  entries: readonly Entry<Id>[],
): ReadonlyMap<string, readonly Entry<Id>[]> {
  const index = new Map<string, Entry<Id>[]>();
  for (const entry of entries) {
    for (const prefix of new Set(entry.glob.ways.map((way) => way.prefix))) {
      const bucket = index.get(prefix);
      if (bucket === undefined) index.set(prefix, [entry]);
      else bucket.push(entry);
    }
  }
  return index;
}

/** Everything whose plain beginning is the entry's own or a folder above it. */
function* candidatesOf<Id extends string>(
  entry: Entry<Id>,
  index: ReadonlyMap<string, readonly Entry<Id>[]>,
): Generator<Entry<Id>> {
  for (const { prefix } of entry.glob.ways) {
    for (let at: string | null = prefix; at !== null; at = parentOf(at)) yield* index.get(at) ?? [];
  }
}

function parentOf(prefix: string): string | null {
  if (prefix === "") return null;
  const slash = prefix.lastIndexOf("/");
  return slash === -1 ? "" : prefix.slice(0, slash);
}
