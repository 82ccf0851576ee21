import type { Oid } from "../../../src/core/model/ids.ts";
import { HANDOFFS_REF } from "../../../src/engine/effects/refs.ts";
import type { GitPort, Landing, WorkspaceRef } from "../../../src/git/types.ts";
import type { Faults } from "./machine.ts";
import type { MemoryRepository } from "./repository.ts";

export const BASE = "main";
const BRANCH = `refs/heads/${BASE}`;
const LANDED = `refs/osqr/landed/${BASE}`;

/** A work tree on the disk: it outlives a daemon. */
export interface Workspace {
  readonly start: Oid;
  readonly files: Map<string, string>;
}

/** What is on the machine's disk of one repository. */
export interface Disk {
  readonly repository: MemoryRepository;
  readonly workspaces: Map<string, Workspace>;
  /** Paths with local changes in the user's checkout of the base. */
  readonly dirty: Set<string>;
}

/** Lets time pass before and after an act, and sometimes refuses it. */
export interface Io {
  call<T>(what: string, act: () => T): Promise<T>;
}

/** The contract of `src/git` on a disk in memory. Each call is an await point; what moves the base is several. */
export function openGit({ repository, workspaces, dirty }: Disk, io: Io, faults: Faults): GitPort {
  const { refs } = repository;
  const landing = new Turns();
  const steps: LandingSteps = { repository, dirty, io, faults };
  return {
    resolveBase: () =>
      io.call("resolveBase", () => ({ name: BASE, commit: tipOf(repository), dirtyCheckouts: [] })),
    effectiveBase: () => landing.take(() => findEffectiveBase(steps)),
    readRef: (ref) => io.call("readRef", () => refs.get(ref) ?? null),
    updateRef: (ref, next, expected) =>
      io.call("updateRef", () => {
        const isLost = faults.losesHandoffs === true && ref === HANDOFFS_REF && expected !== null;
        return isLost || repository.updateRef(onlyOwn(ref), next, expected);
      }),
    deleteRef: (ref) => io.call("deleteRef", () => void refs.delete(onlyOwn(ref))),
    listRefs: (prefix) =>
      io.call("listRefs", () =>
        [...refs].filter(([ref]) => ref.startsWith(prefix)).map(([ref, oid]) => ({ ref, oid })),
      ),
    readCommit: (commit) =>
      io.call("readCommit", () => (repository.hasCommit(commit) ? repository.readCommit(commit) : null)),
    treeOf: (commit) => io.call("treeOf", () => repository.readCommit(commit).tree),
    isAncestor: (a, b) => io.call("isAncestor", () => repository.isAncestor(a, b)),
    mergeBase: (a, b) => io.call("mergeBase", () => repository.mergeBase(a, b)),
    hasFile: (commit, path) => io.call("hasFile", () => repository.files(commit).has(path)),
    lastTouch: () => io.call("lastTouch", () => null),
    readFile: (commit, path) => io.call("readFile", () => repository.files(commit).get(path) ?? null),
    listFiles: (commit) =>
      io.call("listFiles", () =>
        [...repository.files(commit)].map(([path, { length }]) => ({ path, oid: path, size: length })),
      ),
    readBlobs: (oids) => io.call("readBlobs", () => oids.map(() => null)),
    changes: (from, to) => io.call("changes", () => repository.changes(from, to)),
    merge: (ours, theirs) => io.call("merge", () => repository.merge(ours, theirs)),
    mergeFrom: (base, ours, theirs) =>
      io.call("mergeFrom", () => {
        if (faults.revertsNothing === true) return { tree: repository.readCommit(ours).tree, conflicts: [] };
        return repository.mergeFrom(repository.files(base), ours, theirs);
      }),
    commit: ({ tree, parents, message, at }) =>
      io.call("commit", () => {
        const isOther = faults.takesOther === true && message.includes("Osqr-Reuses: ");
        const made = isOther ? repository.editTree(tree, [{ path: "other.txt", content: "other\n" }]) : tree;
        return repository.commit(made, parents, message, at);
      }),
    editTree: (treeish, edits) => io.call("editTree", () => repository.editTree(treeish, edits)),
    takePaths: (treeish, side, paths) =>
      io.call("takePaths", () => {
        const files = repository.files(side);
        const edits = paths.map((path) => ({ path, content: files.get(path) ?? null }));
        return repository.editTree(treeish, edits);
      }),
    createWorkspace: (name, start) =>
      io.call("createWorkspace", () => {
        workspaces.set(name, { start, files: new Map(repository.files(start)) });
        return toRef(name, start);
      }),
    snapshot: ({ name, start }, message, at) =>
      io.call("snapshot", () => {
        const workspace = workspaces.get(name);
        if (workspace === undefined) throw new Error(`no workspace ${name}`);
        const tree = repository.writeTree(workspace.files);
        const isLost = faults.losesWork === true && message.startsWith("salvaged");
        const same = isLost || tree === repository.readCommit(start).tree;
        const commit = same ? start : repository.commit(tree, [start], message, at);
        return { commit, tree, files: repository.changes(start, commit), warnings: [] };
      }),
    removeWorkspace: (name) => io.call("removeWorkspace", () => void workspaces.delete(name)),
    findWorkspace: (name) =>
      io.call("findWorkspace", () => {
        const workspace = workspaces.get(name);
        return workspace === undefined ? null : toRef(name, workspace.start);
      }),
    listWorkspaces: () => io.call("listWorkspaces", () => [...workspaces.keys()]),
    diskUse: () => io.call("diskUse", () => ({ usedBytes: 0, freeBytes: 1e12 })),
    land: (_base, from, to) => landing.take(() => land(steps, from, to)),
    follow: () => landing.take(() => follow(steps)),
  };
}

/** osqr writes `refs/osqr/*` and, by `land`, the base: nothing else. */
function onlyOwn(ref: string): string {
  if (!ref.startsWith("refs/osqr/")) throw new Error(`bug: osqr wrote ${ref}`);
  return ref;
}

function toRef(name: string, start: Oid): WorkspaceRef {
  return { name, tree: `/w/${name}`, gitDir: `/g/${name}`, objectStores: [], start };
}

const tipOf = ({ refs }: MemoryRepository): Oid => refs.get(BRANCH) ?? "";

/** What moves the base runs one after the other. */
class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(act, act);
    this.#last = mine;
    return mine;
  }
}

interface LandingSteps {
  readonly repository: MemoryRepository;
  readonly dirty: ReadonlySet<string>;
  readonly io: Io;
  readonly faults: Faults;
}

/** Where new work starts. Null: the branch and what landed went apart. */
function readEffective(repository: MemoryRepository): {
  tip: Oid;
  landed: Oid | null;
  effective: Oid | null;
} {
  const tip = tipOf(repository);
  const landed = repository.refs.get(LANDED) ?? null;
  if (landed === null || repository.isAncestor(landed, tip)) return { tip, landed, effective: tip };
  return { tip, landed, effective: repository.isAncestor(tip, landed) ? landed : null };
}

async function findEffectiveBase({ repository, io }: LandingSteps): Promise<Oid> {
  const { tip, landed, effective } = await io.call("effectiveBase", () => readEffective(repository));
  if (effective !== null || landed === null) return effective ?? tip;
  return io.call("mergeDiverged", () => {
    const { tree, conflicts } = repository.merge(tip, landed);
    if (conflicts.length > 0) throw new Error(`${BASE} and what has landed for it went apart`);
    const merged = repository.commit(tree, [tip, landed], "Merge what has landed", 0);
    repository.updateRef(LANDED, merged, landed);
    return merged;
  });
}

async function land(steps: LandingSteps, from: Oid, to: Oid): Promise<Landing> {
  const { repository, io } = steps;
  const before = await io.call("land: begin", () => {
    const state = readEffective(repository);
    if (state.effective !== from) return null;
    return repository.updateRef(LANDED, to, state.landed) ? state : null;
  });
  if (before === null) return { kind: "base_moved", at: tipOf(repository) };
  const result = await advance(steps, before.tip, to);
  if (result.kind === "base_moved") {
    await io.call("land: take back", () => {
      if (repository.refs.get(LANDED) !== to) return;
      if (before.landed === null) repository.refs.delete(LANDED);
      else repository.refs.set(LANDED, before.landed);
    });
  }
  return result;
}

async function follow(steps: LandingSteps): Promise<Landing | null> {
  const { repository, io } = steps;
  const { tip, landed, effective } = await io.call("follow", () => readEffective(repository));
  if (landed === null) return null;
  if (effective === landed && landed !== tip) return advance(steps, tip, landed);
  if (effective === null) return { kind: "held", paths: [], reason: "they have diverged" };
  await io.call("follow: done", () => void repository.refs.delete(LANDED));
  return null;
}

/** Moves the branch, unless local changes are in the way, and then takes away the sign that it is on its way. */
async function advance({ repository, dirty, io, faults }: LandingSteps, tip: Oid, to: Oid): Promise<Landing> {
  const moved = await io.call("land: move", (): Landing => {
    const paths = repository.changes(tip, to).map(({ path }) => path);
    const inTheWay = paths.filter((path) => dirty.has(path));
    if (inTheWay.length > 0) return { kind: "held", paths: inTheWay, reason: "local changes are in the way" };
    const at = tipOf(repository);
    if (at !== tip && faults.movesBlindly !== true) return { kind: "base_moved", at };
    repository.refs.set(BRANCH, to);
    return faults.landsTwice === true ? { kind: "base_moved", at: to } : { kind: "landed", followed: true };
  });
  if (moved.kind === "landed") {
    await io.call("land: end", () => {
      if (repository.refs.get(LANDED) === to) repository.refs.delete(LANDED);
    });
  }
  return moved;
}
