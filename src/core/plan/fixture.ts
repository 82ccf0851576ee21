/** Specs, inputs and a small world for the tests of plan and report. */

import { decide } from "../decide/decide.ts";
import type { Budget } from "../model/budget.ts";
import type { Command } from "../model/command.ts";
import { toProjectId } from "../model/ids.ts";
import type { Dependency, DependencyTarget, OpenQuestion, Spec, SpecTask } from "../model/spec.ts";
import { emptyState, type State } from "../model/state.ts";
import { NO_ROUTING } from "../routing/config.ts";
import type { PlanExecutor, PlanInput } from "./input.ts";
import type { Plan } from "./types.ts";

export const PROJECT = toProjectId("p-1");

function toTarget(text: string): DependencyTarget {
  const [spec = "", part] = text.split("#");
  if (part === undefined) return { kind: "workstream", spec };
  return part.startsWith("phase") ? { kind: "phase", spec, phase: part } : { kind: "task", spec, task: part };
}

/** `b`, `b#T2`, `b#phase-1`, `know:b`, `news:b`, `file:b:dist/x.js`, `approval:legal`, `uses:gpu:2`. */
export function toDependency(text: string, path: string, line = 3): Dependency {
  const at = { location: { path, line }, provenance: "explicit" } as const;
  const [word = "", one = "", two = ""] = text.split(":");
  if (word === "know") return { ...at, type: "knowledge", target: toTarget(one) };
  if (word === "news") return { ...at, type: "knowledge", target: toTarget(one), news: true };
  if (word === "file") return { ...at, type: "output", target: toTarget(one), artifact: two };
  if (word === "approval") return { ...at, type: "approval", subject: one, question: "" };
  if (word === "uses") return { ...at, type: "resource", resource: one, amount: Number(two) };
  return { ...at, type: "completion", target: toTarget(text) };
}

/** `T1`, `T2 [P]`, `x T3` (ticked), `T4 ?` (optional), `T5 -` (no script), `T6 @phase-1`, `T7 <b#T1`. Order by place. */
export function toTask(text: string, order: number, path: string): SpecTask {
  const words = text.trim().split(/\s+/);
  const key = words.find((word) => /^[A-Z]/.test(word)) ?? `T${order}`;
  const phase = words.find((word) => word.startsWith("@"))?.slice(1) ?? null;
  const line = 10 + order;
  return {
    key,
    order,
    title: `Do ${key}`,
    phase,
    parent: null,
    boxLines: [line],
    line,
    checked: words.includes("x"),
    parallel: words.includes("[P]"),
    critical: !words.includes("?"),
    run: words.includes("-") ? null : { script: `echo ${path} ${key}`, line: line + 1, timeoutMs: null },
    executor: null,
    details: "",
    dependsOn: words
      .filter((word) => word.startsWith("<"))
      .map((word) => toDependency(word.slice(1), path, line)),
  };
}

export function spec(key: string, tasks = "T1", on: readonly string[] = [], more: Partial<Spec> = {}): Spec {
  const path = more.path ?? `docs/${key}.md`;
  const list = tasks.split(",").map((text, index) => toTask(text, index + 1, path));
  const phases = [...new Set(list.flatMap(({ phase }) => phase ?? []))];
  return {
    key,
    path,
    format: "markdown",
    title: `The ${key}`,
    summary: "",
    hash: `hash of ${key} ${tasks} ${on.join()}`,
    readiness: "ready",
    status: null,
    future: false,
    priority: "medium",
    dependsOn: on.map((text) => toDependency(text, path)),
    blocks: [],
    touches: [],
    executor: null,
    autonomy: null,
    due: null,
    gates: null,
    tags: [],
    phases: phases.map((phase, index) => ({ key: phase, title: phase, order: index + 1, line: 5 })),
    tasks: list,
    criteria: [],
    questions: [],
    problems: [],
    ...more,
  };
}

export function question(key: string, blocks: readonly string[] | null = null): OpenQuestion {
  const option = { description: "", implications: [], recommended: false };
  return {
    key,
    question: `Which ${key}?`,
    options: [
      { ...option, id: "a", label: "first", recommended: true },
      { ...option, id: "b", label: "second" },
    ],
    defaultOption: null,
    autoResolveMinutes: null,
    deadline: null,
    priority: "high",
    blocks,
    line: 31,
  };
}

const command: PlanExecutor = {
  name: "command",
  kind: "command",
  refuse: ({ script }) => (script === null ? "it has no run block" : null),
};

export function toInput(specs: readonly Spec[], more: Partial<PlanInput> = {}): PlanInput {
  return {
    project: { id: PROJECT, root: "/repo", base: "main", commit: "c0" },
    discovery: { commit: "c0", specs, otherDocuments: 0, problems: [] },
    state: openState(),
    config: {
      policy: "dependency_first",
      order: [],
      workflow: "tasks",
      routing: NO_ROUTING,
      resources: { gpu: 2 },
      maxParallel: 4,
      taskTimeoutMs: 300_000,
      agentTimeoutMs: 3_600_000,
      estimates: { command: { lowMs: 1_000, highMs: 3_000 } },
    },
    selection: { only: null, skip: [] },
    gates: [],
    workflows: { definitions: [], problems: [] },
    now: 0,
    setup: null,
    baseFiles: () => false,
    executors: [command],
    approval: { all: true, hashes: [] },
    hash: (kind, text) => `${kind}:${text}`,
    dirty: [],
    sandbox: { level: "bubblewrap", network: "off", reason: null },
    machine: { cores: 4, freeMemoryBytes: 8 * 1024 ** 3 },
    ...more,
  };
}

/** The state after a command; a refusal fails the test. */
export function apply(state: State, next: Command, now = state.at + 1): State {
  const decided = decide(state, next, now);
  if (!decided.ok) throw new Error(`${next.kind}: ${decided.refusal.message}`);
  return decided.state;
}

export function openState(maxParallel = 4): State {
  const project = {
    id: PROJECT,
    root: "/repo",
    base: "main",
    policy: "dependency_first",
    maxParallel,
    resources: { gpu: 2 },
  } as const;
  return apply(emptyState(), { kind: "open_project", project });
}

/** Registers a plan and starts a run with all that it takes in, as the engine does. */
export function start(state: State, plan: Plan, planningMs = 5, budget?: Budget): State {
  let next = state;
  const by = "test";
  for (const workstream of plan.replace)
    next = apply(next, { kind: "remove", workstream, by, reason: "changed" });
  const { registrations, ranks, maxParallel } = plan;
  next = apply(next, { kind: "register", project: PROJECT, registrations, ranks });
  const include = plan.workstreams.map(({ id }) => id);
  return apply(next, {
    kind: "go",
    project: PROJECT,
    include,
    approve: [],
    approveAll: true,
    planningMs,
    maxParallel,
    by,
    ...(budget === undefined ? {} : { budget }),
  });
}
