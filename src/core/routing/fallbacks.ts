/** Fallbacks as a graph: who takes over from whom. */
import type { RouteChoice } from "../model/route.ts";

type Fallbacks = Readonly<Record<string, readonly Pick<RouteChoice, "executor">[]>>;

const nextOf = (fallbacks: Fallbacks, name: string): readonly string[] =>
  Object.hasOwn(fallbacks, name) ? (fallbacks[name] ?? []).map(({ executor }) => executor) : [];

/**
 * Circles in who falls back to whom, each as the names on the way round, the first again at the end. Empty where there is none; where
 * circles share an executor, not all of them are told. The order of the keys makes no difference.
 */
export function findCycles(fallbacks: Fallbacks): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const told = new Set<string>();
  for (const name of Object.keys(fallbacks).sort()) {
    if (told.has(name)) continue;
    const cycle = findWayBack(fallbacks, name);
    if (cycle === null) continue;
    for (const each of cycle) told.add(each);
    cycles.push(cycle);
  }
  return cycles;
}

/** The shortest way from an executor back to itself; null: there is none. Breadth first, each executor once. */
function findWayBack(fallbacks: Fallbacks, start: string): readonly string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let at = 0; at < queue.length; at += 1) {
    const name = queue[at] as string;
    for (const next of nextOf(fallbacks, name)) {
      if (next === start) return [...walkBack(cameFrom, start, name), start];
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, name);
      queue.push(next);
    }
  }
  return null;
}

function walkBack(cameFrom: ReadonlyMap<string, string>, start: string, end: string): readonly string[] {
  const way = [end];
  for (let name = end; name !== start; ) {
    name = cameFrom.get(name) ?? start;
    way.unshift(name);
  }
  return way;
}

/** All that an executor falls back to: its own fallbacks in their order, each followed by those of its own. */
export function listFallbacks(
  fallbacks: Readonly<Record<string, readonly RouteChoice[]>>,
  name: string,
): readonly RouteChoice[] {
  const found: RouteChoice[] = [];
  const visited = new Set([name]);
  const visit = (from: string): void => {
    for (const choice of Object.hasOwn(fallbacks, from) ? (fallbacks[from] ?? []) : []) {
      found.push(choice);
      if (visited.has(choice.executor)) continue;
      visited.add(choice.executor);
      visit(choice.executor);
    }
  };
  visit(name);
  return found;
}
