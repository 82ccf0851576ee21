import { DEFAULT_POLICY } from "../../src/core/autonomy/merge-policy.ts";
/** Ports that do nothing, at once: what is left is the engine and its log. */
import type { ProjectId } from "../../src/core/model/ids.ts";
import type { EnginePorts, ProjectPorts } from "../../src/engine/ports.ts";
import type { Executor, ExecutorEvent } from "../../src/executors/types.ts";
import type { GitPort } from "../../src/git/types.ts";
import type { EventLog } from "../../src/store/types.ts";

const COMMIT = "c".repeat(40);
const TREE = "d".repeat(40);

const RESULT = {
  exitCode: 0,
  signal: null,
  timedOut: false,
  isCanceled: false,
  limitHit: null,
  outputTruncated: false,
  durationMs: 0,
  tail: [],
};

async function* endAtOnce(): AsyncGenerator<ExecutorEvent> {
  yield { kind: "ended", result: RESULT, failure: null };
}

export const noopExecutor: Executor = {
  name: "command",
  refuse: () => null,
  start: async () => ({
    events: endAtOnce(),
    agent: null,
    answer: async () => true,
    cancel: async () => undefined,
    close: async () => undefined,
  }),
};

export function createNullGit(): GitPort {
  const refs = new Map<string, string>();
  const workspace = (name: string, start: string) => ({
    name,
    tree: "/",
    gitDir: "/",
    objectStores: [],
    start,
  });
  return {
    resolveBase: async () => ({ name: "main", commit: COMMIT, dirtyCheckouts: [] }),
    effectiveBase: async () => COMMIT,
    readRef: async (ref) => refs.get(ref) ?? null,
    updateRef: async (ref, next) => {
      refs.set(ref, next);
      return true;
    },
    deleteRef: async (ref) => {
      refs.delete(ref);
    },
    listRefs: async () => [],
    treeOf: async () => TREE,
    readCommit: async () => ({ tree: TREE, parents: [], message: "" }),
    isAncestor: async () => true,
    mergeBase: async (a) => a,
    hasFile: async () => true,
    lastTouch: async () => null,
    readFile: async () => null,
    listFiles: async () => [],
    readBlobs: async () => [],
    changes: async () => [],
    mergeFrom: async () => ({ tree: TREE, conflicts: [] }),
    merge: async () => ({ tree: TREE, conflicts: [] }),
    commit: async () => COMMIT,
    editTree: async () => TREE,
    takePaths: async () => TREE,
    createWorkspace: async (name, start) => workspace(name, start),
    snapshot: async () => ({ commit: COMMIT, tree: TREE, files: [], warnings: [] }),
    removeWorkspace: async () => undefined,
    findWorkspace: async () => null,
    listWorkspaces: async () => [],
    diskUse: async () => ({ usedBytes: 0, freeBytes: 0 }),
    land: async () => ({ kind: "landed", followed: true }),
    follow: async () => null,
  };
}

export function createNullProject(id: ProjectId): ProjectPorts {
  return {
    id,
    root: "/",
    git: createNullGit(),
    executors: new Map([["command", noopExecutor]]),
    prepare: async () => ({ mounts: [], env: {} }),
    attemptFolder: async () => "/",
    removeAttemptFolder: async () => undefined,
    listGates: async () => [],
    checkGates: async () => ({ reports: [], ms: 0, unapproved: [] }),
    checkCriteria: async ({ criteria }) => ({
      results: criteria.map(({ key }) => ({ key, met: true, detail: "" })),
      tail: [],
      unapproved: [],
    }),
    environment: () => ({}),
    warmGates: async () => undefined,
    knowTests: async () => "none",
    completeSpec: ({ text }) => text,
    readSpec: () => null,
    isSpecPath: () => false,
    network: () => "off",
    stuckAfterMs: () => 600_000,
    scanSecrets: async () => null,
    watch: () => null,
    measure: () => Promise.reject(new Error("nothing is watched here")),
    roundsMax: () => 2,
    autonomy: () => DEFAULT_POLICY,
    handoffs: () => "producer",
    sandbox: "none",
  };
}

export function createNullPorts(log: EventLog, slots: number): EnginePorts {
  return {
    clock: {
      now: () => Date.now(),
      after(ms, callback) {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
      soon: (callback) => void setImmediate(callback),
    },
    log,
    slots: () => slots,
    openProject: async (id) => createNullProject(id),
    reap: async () => [],
    report: (line) => process.stderr.write(`${line}\n`),
  };
}
