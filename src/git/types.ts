import type { Oid } from "../core/model/ids.ts";

/** One changed path of a commit against its parent. `added`/`deleted` are lines, null for binary files. */
export interface FileChange {
  readonly path: string;
  readonly kind: "added" | "modified" | "deleted";
  readonly added: number | null;
  readonly deleted: number | null;
}

export interface WorkspaceRef {
  /** Directory name under the home's workspace folder: the attempt's id, or a gate tree's name. */
  readonly name: string;
  /** Work tree: the only place an attempt may write, beside its home. */
  readonly tree: string;
  /** osqr's own git directory for it, outside the tree, mounted read-only for the attempt. */
  readonly gitDir: string;
  /** The project's object stores that the git directory borrows from; to be mounted read-only too. */
  readonly objectStores: readonly string[];
  /** Commit the tree was made from. */
  readonly start: Oid;
}

export interface Snapshot {
  /** The new commit, or `start` itself where nothing changed. */
  readonly commit: Oid;
  readonly tree: Oid;
  readonly files: readonly FileChange[];
  /** Things left out or noteworthy, for people: embedded repositories, links out of the tree, names differing by case. */
  readonly warnings: readonly string[];
}

export interface MergeOutcome {
  /** Tree of the merge; with conflicts it holds conflict markers. */
  readonly tree: Oid;
  /** Empty: clean. */
  readonly conflicts: readonly string[];
}

/** What a commit says of itself. */
export interface CommitContent {
  readonly tree: Oid;
  /** In their order; empty: a first commit. */
  readonly parents: readonly Oid[];
  readonly message: string;
}

/** The last commit that changed a file. */
export interface FileTouch {
  readonly commit: Oid;
  /** At most 200 characters each. */
  readonly author: string;
  readonly subject: string;
}

/** What became of an advance of the base branch (design rule 5). */
export type Landing =
  /** The branch moved; `followed` tells whether a checked-out work tree was advanced too. */
  | { readonly kind: "landed"; readonly followed: boolean }
  /** The branch is no longer at `from`: merge again. */
  | { readonly kind: "base_moved"; readonly at: Oid }
  /** Local changes are in the way: the branch stays, the work is on `refs/osqr/landed/<base>`. */
  | { readonly kind: "held"; readonly paths: readonly string[]; readonly reason: string };

/** A file to write into a tree, `null` content removes it. Path relative to the root, `/` separated. */
export interface TreeEdit {
  readonly path: string;
  readonly content: string | null;
}

export interface BaseBranch {
  /** Short name, e.g. `main`. */
  readonly name: string;
  readonly commit: Oid;
  /** Work trees that have the branch checked out and hold local changes. */
  readonly dirtyCheckouts: readonly string[];
}

/**
 * All that the engine needs of a repository. `src/git` implements it on git; the simulator in memory. Methods reject
 * with a `GitError` (code, message, hints) on an expected failure.
 */
export interface GitPort {
  /** Resolves the base branch: the given name, else the branch checked out, else `main` or `master`. */
  resolveBase(branch: string | null): Promise<BaseBranch>;
  /** Where new work starts: `refs/osqr/landed/<base>` if it is ahead of the branch and holds it, else the branch. */
  effectiveBase(base: string): Promise<Oid>;
  readRef(ref: string): Promise<Oid | null>;
  /** Compare-and-set; `expected` null means: must not exist. Resolves false when the ref is elsewhere. Only `refs/osqr/`. */
  updateRef(ref: string, next: Oid, expected: Oid | null): Promise<boolean>;
  deleteRef(ref: string): Promise<void>;
  listRefs(prefix: string): Promise<readonly { ref: string; oid: Oid }[]>;
  treeOf(commit: Oid): Promise<Oid>;
  /** Null where the repository does not hold it (any more). */
  readCommit(commit: Oid): Promise<CommitContent | null>;
  isAncestor(ancestor: Oid, descendant: Oid): Promise<boolean>;
  /** The best common ancestor, null where two histories have nothing in common. */
  mergeBase(a: Oid, b: Oid): Promise<Oid | null>;
  /** True where the path exists as a file in the commit. */
  hasFile(commit: Oid, path: string): Promise<boolean>;
  /** The last commit up to this one that changed the file; null where none did. Costs a walk back to it. */
  lastTouch(commit: Oid, path: string): Promise<FileTouch | null>;
  /** UTF-8 content of a file of a commit, null where absent. */
  readFile(commit: Oid, path: string): Promise<string | null>;
  /** Regular files of a commit, optionally below the given folders. */
  listFiles(
    commit: Oid,
    under?: readonly string[],
  ): Promise<readonly { path: string; oid: Oid; size: number }[]>;
  /** Bytes of blobs, in the given order; those above `bytesMax` come back as null. */
  readBlobs(oids: readonly Oid[], bytesMax: number): Promise<readonly (Buffer | null)[]>;
  changes(from: Oid, to: Oid): Promise<readonly FileChange[]>;
  /** Three-way in memory, with the merge base of the two commits. */
  merge(ours: Oid, theirs: Oid): Promise<MergeOutcome>;
  /** Three-way in memory with the base that is given, whatever the history says. Commits or trees. */
  mergeFrom(base: Oid, ours: Oid, theirs: Oid): Promise<MergeOutcome>;
  commit(input: { tree: Oid; parents: readonly Oid[]; message: string; at: number }): Promise<Oid>;
  /** The tree of a commit or tree with some files replaced; null: the empty tree. */
  editTree(treeish: Oid | null, edits: readonly TreeEdit[]): Promise<Oid>;
  /** The tree with the given paths as `side` (commit or tree) has them: same content, mode, or absence. */
  takePaths(treeish: Oid, side: Oid, paths: readonly string[]): Promise<Oid>;
  createWorkspace(name: string, start: Oid): Promise<WorkspaceRef>;
  /** Commits all that is in the work tree from outside, as a child of `start`; the objects end in the project's store. */
  snapshot(workspace: WorkspaceRef, message: string, at: number): Promise<Snapshot>;
  /** Moves the workspace aside at once and deletes it in the background. Never rejects for a missing one. */
  removeWorkspace(name: string): Promise<void>;
  /** A workspace of an earlier process, null where there is none. */
  findWorkspace(name: string): Promise<WorkspaceRef | null>;
  listWorkspaces(): Promise<readonly string[]>;
  /** Bytes of disk that workspaces use (an estimate is fine) and bytes free. */
  diskUse(): Promise<{ usedBytes: number; freeBytes: number }>;
  /** Advances the base from `from` to `to` by rule 5. Moves `refs/osqr/landed/<base>` first, so that a crash is finished. */
  land(base: string, from: Oid, to: Oid): Promise<Landing>;
  /** Tries again to bring a held base to `refs/osqr/landed/<base>`. Null: nothing is held. */
  follow(base: string): Promise<Landing | null>;
}
