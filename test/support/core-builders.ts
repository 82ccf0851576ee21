import type { QuestionDraft, Registration } from "../../src/core/model/command.ts";
import type { ProjectDraft, TaskDraft, WorkstreamDraft } from "../../src/core/model/drafts.ts";
import type { GraphRanks } from "../../src/core/model/event.ts";
import { type ProjectId, toProjectId, toTaskId, toWorkstreamId } from "../../src/core/model/ids.ts";
import type { QuestionOption } from "../../src/core/model/spec.ts";

export const PROJECT = toProjectId("p-1");

export const NO_RANKS: GraphRanks = { tasks: [], overlaps: [], stacks: [] };

export function projectDraft(changes: Partial<ProjectDraft> = {}): ProjectDraft {
  return {
    id: PROJECT,
    root: "/repo",
    base: "main",
    policy: "fifo",
    maxParallel: 8,
    resources: {},
    ...changes,
  };
}

export type TaskInput = Partial<TaskDraft> & { readonly key: string };

/** A critical task of one second with a run block. */
export function taskDraft(input: TaskInput): TaskDraft {
  return {
    order: 1,
    title: `do ${input.key}`,
    phase: null,
    line: 1,
    parallel: false,
    critical: true,
    script: "true",
    executor: "command",
    timeoutMs: 300_000,
    estimateMs: 1_000,
    uses: [],
    requires: [],
    knowledge: [],
    already: false,
    ...input,
  };
}

/**
 * Makes the requirements that FR-005 asks for: tasks run in ascending order; neighbours marked parallel form a group that
 * starts together, and the task after it joins them all.
 */
export function inOrder(workstream: string, inputs: readonly TaskInput[]): readonly TaskDraft[] {
  const tasks = inputs.map((input, index) => taskDraft({ order: index + 1, ...input }));
  const sorted = [...tasks].sort((a, b) => a.order - b.order || (a.key < b.key ? -1 : 1));
  const before = new Map<string, readonly TaskDraft[]>();
  let done: readonly TaskDraft[] = [];
  let group: TaskDraft[] = [];
  for (const task of sorted) {
    if (!(task.parallel && group.every(({ parallel }) => parallel)) && group.length > 0) {
      done = group;
      group = [];
    }
    group.push(task);
    before.set(task.key, done);
  }
  return tasks.map((task) => {
    const own = (before.get(task.key) ?? []).map(({ key }) => `task:${toTaskId(workstream, key)}`);
    return { ...task, requires: [...own, ...task.requires] };
  });
}

export interface WorkstreamInput {
  readonly id: string;
  /** Keys or drafts, in order. */
  readonly tasks: readonly (string | TaskInput)[];
  readonly questions?: readonly QuestionDraft[];
  /** False: no order between the tasks but what they require. @default true */
  readonly ordered?: boolean;
  readonly changes?: Partial<WorkstreamDraft>;
}

let lastNumber = 0;

/** A workstream to register. Numbers count up over the test run unless `changes.number` says otherwise. */
export function registration({ id, tasks, questions, ordered, changes }: WorkstreamInput): Registration {
  const inputs = tasks.map((task) => (typeof task === "string" ? { key: task } : task));
  lastNumber += 1;
  const phases = [...new Set(inputs.flatMap(({ phase }) => phase ?? []))];
  return {
    workstream: {
      id: toWorkstreamId(id),
      project: PROJECT,
      number: lastNumber,
      name: id,
      title: `Build ${id}`,
      spec: { path: `docs/${id}.md`, hash: "0".repeat(64), commit: "0".repeat(40), format: "markdown" },
      workflow: { name: "default", version: 1 },
      priority: "medium",
      position: lastNumber,
      executor: "command",
      touches: [],
      gates: null,
      tags: [],
      due: null,
      approvedActions: [],
      blockedActions: [],
      displaced: null,
      addedBy: "user",
      phases: phases.map((key) => ({ key, title: key })),
      ...changes,
    },
    tasks: ordered === false ? inputs.map((input) => taskDraft(input)) : inOrder(id, inputs),
    questions: questions ?? [],
  };
}

export function option(id: string, changes: Partial<QuestionOption> = {}): QuestionOption {
  return { id, label: id, description: "", implications: [], recommended: false, ...changes };
}

/** A question with the options a (recommended) and b, without a deadline. */
export function question(key: string, changes: Partial<QuestionDraft> = {}): QuestionDraft {
  return {
    contentKey: key,
    type: "implementation",
    priority: "high",
    subject: { kind: "question", key },
    question: `${key}?`,
    context: "",
    location: null,
    options: [option("a", { recommended: true }), option("b")],
    blocksProgress: true,
    deadline: null,
    defaultOption: null,
    autoResolveMinutes: null,
    ...changes,
  };
}

/** Approval of a run block by the hash of its content. */
export function approvalOf(hash: string): QuestionDraft {
  return question(`content:${hash}`, {
    type: "approval",
    priority: "critical",
    subject: { kind: "content", hashes: [hash] },
    options: [option("approve"), option("reject")],
  });
}

/** A person's word on a subject (EO-2, type approval). */
export function approvalBy(subject: string): QuestionDraft {
  return question(`approval:${subject}`, {
    type: "approval",
    subject: { kind: "approval", subject },
    options: [option("approve"), option("reject")],
  });
}

export function overlap(a: string, b: string, path: string): GraphRanks["overlaps"] {
  const one = (id: string, other: string) => ({
    workstream: toWorkstreamId(id),
    with: [{ workstream: toWorkstreamId(other), paths: [path] }],
  });
  return [one(a, b), one(b, a)];
}

export type { ProjectId };
