import { resolveBase } from "./base.ts";
import { measureDisk } from "./disk.ts";
import { asGitError } from "./errors.ts";
import { findEffectiveBase, follow, land } from "./land.ts";
import { editTree, mergeCommits, mergeFrom, takePaths, writeCommit } from "./merge.ts";
import {
  hasFile,
  isAncestor,
  lastTouch,
  listFiles,
  mergeBase,
  readBlobs,
  readChanges,
  readCommit,
  readFile,
  treeOf,
} from "./read.ts";
import { deleteRef, listRefs, readRef, updateRef } from "./refs.ts";
import type { Repository } from "./repository.ts";
import { takeSnapshot } from "./snapshot.ts";
import type { GitPort } from "./types.ts";
import { createWorkspace, findWorkspace, listWorkspaces, removeWorkspace } from "./workspaces.ts";

/** The contract of `types.ts` on a real repository. */
export function createPort(repository: Repository): GitPort {
  const inTurn = createTurns();
  return {
    resolveBase: (branch) => resolveBase(repository, branch),
    effectiveBase: (base) => inTurn(() => findEffectiveBase(repository, base)),
    readRef: (ref) => readRef(repository, ref),
    updateRef: (ref, next, expected) => updateRef(repository, ref, next, expected),
    deleteRef: (ref) => deleteRef(repository, ref),
    listRefs: (prefix) => listRefs(repository, prefix),
    treeOf: (commit) => treeOf(repository, commit),
    readCommit: (commit) => readCommit(repository, commit),
    isAncestor: (ancestor, descendant) => isAncestor(repository, ancestor, descendant),
    mergeBase: (a, b) => mergeBase(repository, a, b),
    hasFile: (commit, path) => hasFile(repository, commit, path),
    lastTouch: (commit, path) => lastTouch(repository, commit, path),
    readFile: (commit, path) => readFile(repository, commit, path),
    listFiles: (commit, under) => listFiles(repository, commit, under),
    readBlobs: (oids, bytesMax) => readBlobs(repository, oids, bytesMax),
    changes: (from, to) => readChanges(repository, from, to),
    merge: (ours, theirs) => mergeCommits(repository, ours, theirs),
    mergeFrom: (base, ours, theirs) => mergeFrom(repository, base, { ours, theirs }),
    commit: (input) => writeCommit(repository, input),
    editTree: (treeish, edits) => withGitErrors(editTree(repository, treeish, edits)),
    takePaths: (treeish, side, paths) => withGitErrors(takePaths(repository, treeish, side, paths)),
    createWorkspace: (name, start) => withGitErrors(createWorkspace(repository, name, start)),
    snapshot: (workspace, message, at) => withGitErrors(takeSnapshot(repository, workspace, message, at)),
    removeWorkspace: (name) => removeWorkspace(repository, name),
    findWorkspace: (name) => findWorkspace(repository, name),
    listWorkspaces: () => listWorkspaces(repository),
    diskUse: () => measureDisk(repository),
    land: (base, from, to) => inTurn(() => land(repository, base, from, to)),
    follow: (base) => inTurn(() => follow(repository, base)),
  };
}

/** What moves the base runs one after the other: two of our own must not take each other for a stranger. */
function createTurns(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const mine = last.then(act, act);
    last = mine;
    return mine;
  };
}

async function withGitErrors<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw asGitError(error);
  }
}
