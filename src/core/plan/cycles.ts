/** A directed edge "`from` waits for `to`". `label` is the reason a person wrote down; null for what follows from the model. */
export interface WaitEdge<Label> {
  readonly from: string;
  readonly to: string;
  readonly label: Label | null;
}

const CYCLES_MAX = 50;

/**
 * Finds circular waits. Each cycle is given once, as the labels along its shortest way, and every labelled edge that
 * lies on any cycle is in at least one of them. At most 50 cycles.
 *
 * Linear in the edges to find what is circular, and once more per cycle that is reported.
 */
export function findCycles<Label>(edges: readonly WaitEdge<Label>[]): readonly (readonly Label[])[] {
  const outgoing = Map.groupBy(edges, (edge) => edge.from);
  const component = numberComponents(outgoing);
  const covered = new Set<Label>();
  const cycles: Label[][] = [];
  for (const edge of edges) {
    if (edge.label === null || covered.has(edge.label)) continue;
    if (component.get(edge.from) !== component.get(edge.to)) continue;
    const cycle = [...new Set([edge.label, ...walkBack(edge, outgoing, component)])];
    for (const label of cycle) covered.add(label);
    cycles.push(cycle);
    if (cycles.length === CYCLES_MAX) break;
  }
  return cycles;
}

/** The labels on the shortest way from the end of `edge` to its start, inside one component. */
function walkBack<Label>(
  edge: WaitEdge<Label>,
  outgoing: ReadonlyMap<string, readonly WaitEdge<Label>[]>,
  component: ReadonlyMap<string, number>,
): Label[] {
  const reachedBy = new Map<string, WaitEdge<Label> | null>([[edge.to, null]]);
  const queue = [edge.to];
  for (let head = 0; head < queue.length && !reachedBy.has(edge.from); head += 1) {
    for (const next of outgoing.get(queue[head] as string) ?? []) {
      if (reachedBy.has(next.to) || component.get(next.to) !== component.get(edge.from)) continue;
      reachedBy.set(next.to, next);
      queue.push(next.to);
    }
  }
  const labels: Label[] = [];
  for (let step = reachedBy.get(edge.from); step; step = reachedBy.get(step.from)) {
    if (step.label !== null && step.label !== edge.label && labels[0] !== step.label)
      labels.unshift(step.label);
  }
  return labels;
}

interface Visit {
  readonly node: string;
  next: number;
}

/** Tarjan's strongly connected components, without recursion: a chain of 10,000 tasks must not exhaust the stack. */
function numberComponents<Label>(
  outgoing: ReadonlyMap<string, readonly WaitEdge<Label>[]>,
): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const component = new Map<string, number>();
  const open: string[] = [];

  const enter = (node: string, path: Visit[]): void => {
    index.set(node, index.size);
    low.set(node, index.get(node) as number);
    open.push(node);
    path.push({ node, next: 0 });
  };
  const lower = (node: string, value: number): void => {
    low.set(node, Math.min(low.get(node) as number, value));
  };
  const leave = (node: string, path: Visit[]): void => {
    path.pop();
    const parent = path.at(-1);
    if (parent) lower(parent.node, low.get(node) as number);
    if (low.get(node) !== index.get(node)) return;
    const id = component.size;
    let member: string | undefined;
    do {
      member = open.pop();
      if (member !== undefined) component.set(member, id);
    } while (member !== node);
  };

  for (const root of outgoing.keys()) {
    if (index.has(root)) continue;
    const path: Visit[] = [];
    enter(root, path);
    for (let visit = path.at(-1); visit; visit = path.at(-1)) {
      const edge = outgoing.get(visit.node)?.[visit.next];
      visit.next += 1;
      if (!edge) leave(visit.node, path);
      else if (!index.has(edge.to)) enter(edge.to, path);
      else if (!component.has(edge.to)) lower(visit.node, index.get(edge.to) as number);
    }
  }
  return component;
}
