/**
 * A persistent ordered map: a weight-balanced tree (Adams 1993; the balance pair 3, 2 is from Hirai and Yamamoto 2011).
 * `set` and `delete` are O(log n), share all untouched nodes with the old map, and iteration is in key order, so that
 * everything derived from a state is deterministic.
 */

interface Node<K, V> {
  readonly key: K;
  readonly value: V;
  readonly size: number;
  readonly left: Node<K, V> | null;
  readonly right: Node<K, V> | null;
}

type Compare<K> = (a: K, b: K) => number;

const DELTA = 3;
const RATIO = 2;

const sizeOf = <K, V>(node: Node<K, V> | null): number => (node === null ? 0 : node.size);

function makeNode<K, V>(key: K, value: V, left: Node<K, V> | null, right: Node<K, V> | null): Node<K, V> {
  return { key, value, size: sizeOf(left) + sizeOf(right) + 1, left, right };
}

function rotateLeft<K, V>(key: K, value: V, left: Node<K, V> | null, right: Node<K, V>): Node<K, V> {
  const inner = right.left;
  if (inner === null || sizeOf(inner) < RATIO * sizeOf(right.right)) {
    return makeNode(right.key, right.value, makeNode(key, value, left, inner), right.right);
  }
  const lower = makeNode(key, value, left, inner.left);
  const upper = makeNode(right.key, right.value, inner.right, right.right);
  return makeNode(inner.key, inner.value, lower, upper);
}

function rotateRight<K, V>(key: K, value: V, left: Node<K, V>, right: Node<K, V> | null): Node<K, V> {
  const inner = left.right;
  if (inner === null || sizeOf(inner) < RATIO * sizeOf(left.left)) {
    return makeNode(left.key, left.value, left.left, makeNode(key, value, inner, right));
  }
  const lower = makeNode(left.key, left.value, left.left, inner.left);
  const upper = makeNode(key, value, inner.right, right);
  return makeNode(inner.key, inner.value, lower, upper);
}

function balance<K, V>(key: K, value: V, left: Node<K, V> | null, right: Node<K, V> | null): Node<K, V> {
  const total = sizeOf(left) + sizeOf(right);
  if (total > 1) {
    if (right !== null && right.size > DELTA * sizeOf(left)) return rotateLeft(key, value, left, right);
    if (left !== null && left.size > DELTA * sizeOf(right)) return rotateRight(key, value, left, right);
  }
  return makeNode(key, value, left, right);
}

function insert<K, V>(node: Node<K, V> | null, key: K, value: V, compare: Compare<K>): Node<K, V> {
  if (node === null) return makeNode(key, value, null, null);
  const order = compare(key, node.key);
  if (order < 0) return balance(node.key, node.value, insert(node.left, key, value, compare), node.right);
  if (order > 0) return balance(node.key, node.value, node.left, insert(node.right, key, value, compare));
  return { key, value, size: node.size, left: node.left, right: node.right };
}

function takeFirst<K, V>(node: Node<K, V>): { first: Node<K, V>; rest: Node<K, V> | null } {
  if (node.left === null) return { first: node, rest: node.right };
  const { first, rest } = takeFirst(node.left);
  return { first, rest: balance(node.key, node.value, rest, node.right) };
}

function remove<K, V>(node: Node<K, V> | null, key: K, compare: Compare<K>): Node<K, V> | null {
  if (node === null) return null;
  const order = compare(key, node.key);
  if (order < 0) return balance(node.key, node.value, remove(node.left, key, compare), node.right);
  if (order > 0) return balance(node.key, node.value, node.left, remove(node.right, key, compare));
  if (node.left === null) return node.right;
  if (node.right === null) return node.left;
  const { first, rest } = takeFirst(node.right);
  return balance(first.key, first.value, node.left, rest);
}

/** In key order from the first key not less than `from` (null: from the start). The stack holds the path that is still to visit. */
function* walk<K, V>(
  root: Node<K, V> | null,
  from: K | null,
  compare: Compare<K>,
): Generator<[K, V], undefined> {
  const stack: Node<K, V>[] = [];
  for (let node = root; node !== null; ) {
    if (from !== null && compare(node.key, from) < 0) {
      node = node.right;
    } else {
      stack.push(node);
      node = node.left;
    }
  }
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield [node.key, node.value];
    for (let next = node.right; next !== null; next = next.left) stack.push(next);
  }
  return undefined;
}

/** What is no string sorts before all: a cast that lies finds nothing, instead of any entry. */
const compareStrings = (a: string, b: string): number =>
  a < b ? -1 : a > b ? 1 : typeof a === typeof b ? 0 : -1;

/** A balanced tree over entries in ascending order, in linear time. */
function build<K, V>(entries: readonly (readonly [K, V])[], from: number, to: number): Node<K, V> | null {
  if (from >= to) return null;
  const middle = (from + to) >>> 1;
  const [key, value] = entries[middle] as readonly [K, V];
  return makeNode(key, value, build(entries, from, middle), build(entries, middle + 1, to));
}

/** Immutable; every change returns a new map. */
export class SortedMap<K, V> {
  readonly #root: Node<K, V> | null;
  readonly #compare: Compare<K>;

  constructor(compare: Compare<K>, root: Node<K, V> | null = null) {
    this.#compare = compare;
    this.#root = root;
  }

  /** An empty map with string keys in code unit order. */
  static strings<K extends string, V>(): SortedMap<K, V> {
    return new SortedMap<K, V>(compareStrings);
  }

  get size(): number {
    return sizeOf(this.#root);
  }

  get(key: K): V | undefined {
    let node = this.#root;
    while (node !== null) {
      const order = this.#compare(key, node.key);
      if (order === 0) return node.value;
      node = order < 0 ? node.left : node.right;
    }
    return undefined;
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  set(key: K, value: V): SortedMap<K, V> {
    return new SortedMap(this.#compare, insert(this.#root, key, value, this.#compare));
  }

  /** The same map where the key is absent. */
  delete(key: K): SortedMap<K, V> {
    if (!this.has(key)) return this;
    return new SortedMap(this.#compare, remove(this.#root, key, this.#compare));
  }

  /** A map of the same order with these entries alone. Linear where they come in ascending order, as from iteration. */
  fill(entries: readonly (readonly [K, V])[]): SortedMap<K, V> {
    const compare = this.#compare;
    const isSorted = entries.every(
      (entry, at) => at === 0 || compare((entries[at - 1] ?? entry)[0], entry[0]) < 0,
    );
    if (isSorted) return new SortedMap(compare, build(entries, 0, entries.length));
    let map = new SortedMap<K, V>(compare);
    for (const [key, value] of entries) map = map.set(key, value);
    return map;
  }

  /** Entries in key order, from the first key that is not less than `from`. */
  entriesFrom(from: K): Generator<[K, V], undefined> {
    return walk(this.#root, from, this.#compare);
  }

  [Symbol.iterator](): Generator<[K, V], undefined> {
    return walk(this.#root, null, this.#compare);
  }

  *keys(): Generator<K> {
    for (const [key] of this) yield key;
  }

  *values(): Generator<V> {
    for (const [, value] of this) yield value;
  }
}
