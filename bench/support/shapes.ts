import type { Registration } from "../../src/core/model/command.ts";
import type { TaskDraft } from "../../src/core/model/drafts.ts";
import type { GraphRanks } from "../../src/core/model/event.ts";
import { toProjectId, toTaskId, toWorkstreamId, type WorkstreamId } from "../../src/core/model/ids.ts";

export const PROJECT = toProjectId("p-00000000");

export function toTask(key: string, order: number, requires: readonly string[]): TaskDraft {
  return {
    key,
    order,
    title: `task ${key}`,
    phase: null,
    line: order,
    parallel: true,
    critical: true,
    script: "true",
    executor: "command",
    timeoutMs: 60_000,
    estimateMs: 1_000,
    uses: [],
    requires,
    knowledge: [],
    already: false,
  };
}

export function toRegistration(name: string, number: number, tasks: readonly TaskDraft[]): Registration {
  return {
    workstream: {
      id: toWorkstreamId(`${PROJECT}/${name}`),
      project: PROJECT,
      number,
      name,
      title: name,
      spec: { path: null, hash: "0", commit: "c".repeat(40), format: "none" },
      workflow: { name: "spec", version: 1 },
      priority: "medium",
      position: number,
      executor: "command",
      touches: [],
      gates: null,
      tags: [],
      due: null,
      approvedActions: [],
      blockedActions: [],
      displaced: null,
      addedBy: "bench",
      phases: [],
    },
    tasks,
    questions: [],
  };
}

export interface Shape {
  readonly name: string;
  readonly registrations: readonly Registration[];
  readonly tasks: number;
}

const NO_RANKS: GraphRanks = { tasks: [], overlaps: [], stacks: [] };

export { NO_RANKS };

/** `depth` layers of `width` tasks; each task waits for the whole layer before it. */
export function makeLayers(depth: number, width: number): Shape {
  const id = toWorkstreamId(`${PROJECT}/layers`);
  const tasks: TaskDraft[] = [];
  for (let layer = 0; layer < depth; layer += 1) {
    for (let index = 0; index < width; index += 1) {
      const before =
        layer === 0 ? [] : Array.from({ length: width }, (_, each) => taskOf(id, layer - 1, each));
      tasks.push(toTask(`L${layer}-${index}`, layer + 1, before));
    }
  }
  return {
    name: `layers ${depth} × ${width}`,
    registrations: [toRegistration("layers", 1, tasks)],
    tasks: tasks.length,
  };
}

const taskOf = (id: WorkstreamId, layer: number, index: number): string =>
  `task:${toTaskId(id, `L${layer}-${index}`)}`;

export function makeChain(length: number): Shape {
  return { ...makeLayers(length, 1), name: `chain ${length}` };
}

/** Workstreams of one task each, none waiting for another. */
export function makeIndependent(count: number): Shape {
  const registrations = Array.from({ length: count }, (_, index) =>
    toRegistration(`w${index}`, index + 1, [toTask("T1", 1, [])]),
  );
  return { name: `independent ${count}`, registrations, tasks: count };
}

/** Independent tasks in workstreams of a hundred. */
export function makeBlocks(count: number): Shape {
  const registrations = Array.from({ length: Math.ceil(count / 100) }, (_, block) => {
    const size = Math.min(100, count - block * 100);
    const tasks = Array.from({ length: size }, (__, index) => toTask(`T${index}`, index + 1, []));
    return toRegistration(`b${block}`, block + 1, tasks);
  });
  return { name: `blocks ${count}`, registrations, tasks: count };
}
