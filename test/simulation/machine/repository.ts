import { createHash } from "node:crypto";
import type { Oid } from "../../../src/core/model/ids.ts";
import type { FileChange, TreeEdit } from "../../../src/git/types.ts";

export type Tree = ReadonlyMap<string, string>;

interface Commit {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly message: string;
  /** Longer than that of every parent. */
  readonly height: number;
}

function hash(value: unknown): Oid {
  return createHash("sha1").update(JSON.stringify(value)).digest("hex");
}

/** A git repository in memory: trees, commits and refs, and a real three-way merge by file. What it holds survives crashes. */
export class MemoryRepository {
  readonly refs = new Map<string, Oid>();
  readonly #trees = new Map<Oid, Tree>();
  readonly #commits = new Map<Oid, Commit>();
  readonly #ancestors = new Map<Oid, ReadonlySet<Oid>>();

  writeTree(files: Tree): Oid {
    const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
    const oid = hash(["tree", sorted]);
    this.#trees.set(oid, new Map(sorted));
    return oid;
  }

  commit(tree: Oid, parents: readonly Oid[], message: string, at: number): Oid {
    const oid = hash(["commit", tree, parents, message, Math.floor(at / 1_000)]);
    const height = 1 + Math.max(0, ...parents.map((parent) => this.readCommit(parent).height));
    this.#commits.set(oid, { tree, parents, message, height });
    return oid;
  }

  readCommit(oid: Oid): Commit {
    const commit = this.#commits.get(oid);
    if (commit === undefined) throw new Error(`no commit ${oid}`);
    return commit;
  }

  hasCommit(oid: Oid): boolean {
    return this.#commits.has(oid);
  }

  /** Files of a commit or tree. */
  files(treeish: Oid): Tree {
    const tree = this.#trees.get(this.#commits.get(treeish)?.tree ?? treeish);
    if (tree === undefined) throw new Error(`no commit or tree ${treeish}`);
    return tree;
  }

  /** A commit and all before it. */
  ancestors(oid: Oid): ReadonlySet<Oid> {
    const known = this.#ancestors.get(oid);
    if (known !== undefined) return known;
    const found = new Set<Oid>([oid]);
    for (const each of found) for (const parent of this.readCommit(each).parents) found.add(parent);
    this.#ancestors.set(oid, found);
    return found;
  }

  isAncestor(ancestor: Oid, descendant: Oid): boolean {
    return this.ancestors(descendant).has(ancestor);
  }

  /** The nearest common ancestor, null for none. */
  mergeBase(a: Oid, b: Oid): Oid | null {
    const others = this.ancestors(b);
    let best: Oid | null = null;
    let height = 0;
    for (const oid of this.ancestors(a)) {
      if (!others.has(oid) || this.readCommit(oid).height <= height) continue;
      best = oid;
      height = this.readCommit(oid).height;
    }
    return best;
  }

  merge(ours: Oid, theirs: Oid): { tree: Oid; conflicts: string[] } {
    const [base, other] = this.#mergeBases(ours, theirs);
    if (base === undefined) return this.mergeFrom(new Map(), ours, theirs);
    // Histories that cross: as git does, what both have in common is merged first.
    const tree = other === undefined ? base : this.merge(base, other).tree;
    return this.mergeFrom(this.files(tree), ours, theirs);
  }

  /** Common ancestors that no other one has among its own, the highest first. */
  #mergeBases(a: Oid, b: Oid): readonly Oid[] {
    const others = this.ancestors(b);
    const common = [...this.ancestors(a)].filter((oid) => others.has(oid));
    const byHeight = common.sort((x, y) => this.readCommit(y).height - this.readCommit(x).height);
    const best: Oid[] = [];
    for (const oid of byHeight) if (!best.some((each) => this.isAncestor(oid, each))) best.push(oid);
    return best;
  }

  /** With the base that is given. */
  mergeFrom(from: Tree, ours: Oid, theirs: Oid): { tree: Oid; conflicts: string[] } {
    const [a, b] = [this.files(ours), this.files(theirs)];
    const merged = new Map<string, string>();
    const conflicts: string[] = [];
    for (const path of new Set([...from.keys(), ...a.keys(), ...b.keys()])) {
      const [was, mine, other] = [from.get(path), a.get(path), b.get(path)];
      let result = mine;
      if (mine === other || other === was) result = mine;
      else if (mine === was) result = other;
      else {
        conflicts.push(path);
        result = `<<<<<<<\n${mine ?? ""}=======\n${other ?? ""}>>>>>>>\n`;
      }
      if (result !== undefined) merged.set(path, result);
    }
    return { tree: this.writeTree(merged), conflicts: conflicts.sort() };
  }

  editTree(treeish: Oid | null, edits: readonly TreeEdit[]): Oid {
    const files = new Map(treeish === null ? [] : this.files(treeish));
    for (const { path, content } of edits) {
      if (content === null) files.delete(path);
      else files.set(path, content);
    }
    return this.writeTree(files);
  }

  changes(from: Oid, to: Oid): FileChange[] {
    const [a, b] = [this.files(from), this.files(to)];
    const paths = [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path));
    return paths.sort().map((path) => ({
      path,
      kind: !a.has(path) ? "added" : !b.has(path) ? "deleted" : "modified",
      added: b.get(path)?.split("\n").length ?? 0,
      deleted: a.get(path)?.split("\n").length ?? 0,
    }));
  }

  /** Compare-and-set. `expected` null: must not exist. */
  updateRef(ref: string, next: Oid, expected: Oid | null): boolean {
    if ((this.refs.get(ref) ?? null) !== expected) return false;
    this.refs.set(ref, next);
    return true;
  }
}
