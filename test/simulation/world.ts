import type { QuestionDraft, Registration } from "../../src/core/model/command.ts";
import type { ProjectDraft } from "../../src/core/model/drafts.ts";
import type { GraphRanks } from "../../src/core/model/event.ts";
import { type TaskId, toTaskId, toWorkstreamId, type WorkstreamId } from "../../src/core/model/ids.ts";
import type { Policy } from "../../src/core/model/project.ts";
import type { DuplicateCandidate } from "../../src/core/model/work.ts";
import type { WorkflowDefinition } from "../../src/core/model/workflow.ts";
import {
  approvalBy,
  approvalOf,
  overlap,
  PROJECT,
  projectDraft,
  question,
  registration,
  type TaskInput,
} from "../support/core-builders.ts";
import type { Random } from "./random.ts";
import { hashText, pathOf, writeSpec } from "./specs.ts";
import { type Expanded, expand, makeDefinitions, type Own, ROLES } from "./workflows.ts";

const POLICIES: readonly Policy[] = ["fifo", "dependency_first", "user_defined"];
const PRIORITIES = ["critical", "high", "medium", "medium", "low"] as const;

/** What the dependencies of others can point at. */
interface Made {
  readonly own: Own;
  readonly registration: Registration;
}

/** A random project: workstreams with everything that a plan can bring about, in groups that are registered together. */
export interface World {
  readonly project: ProjectDraft;
  readonly groups: readonly { readonly registrations: readonly Registration[]; readonly ranks: GraphRanks }[];
  readonly ids: readonly WorkstreamId[];
  /** Every version of every workflow; the first is the default. */
  readonly definitions: readonly WorkflowDefinition[];
  /** What each workstream is made from. */
  readonly own: ReadonlyMap<WorkstreamId, Own>;
}

export function makeWorld(random: Random): World {
  const count = random.between(1, 6);
  const apart = pickApart(random, count);
  const definitions = makeDefinitions(random.fork());
  const made: Made[] = [];
  const registrations: Registration[] = [];
  for (let index = 0; index < count; index += 1) {
    const isApart = apart.some((pair) => pair.includes(index));
    const one = makeWorkstream(random, { index, made, isApart, definitions });
    made.push(one);
    registrations.push(one.registration);
  }
  const pairs = apart.filter(([a, b]) => !reaches(registrations, a, b) && !reaches(registrations, b, a));
  return {
    project: projectDraft({
      policy: random.pick(POLICIES),
      maxParallel: random.between(1, 5),
      resources: { db: random.between(1, 3), gpu: 1 },
      roles: ROLES,
    }),
    groups: makeGroups(random, registrations, makeRanks(random, registrations, pairs)),
    ids: registrations.map(({ workstream }) => workstream.id),
    definitions,
    own: new Map(made.map(({ own }) => [own.id, own])),
  };
}

/** Pairs that declare the same paths. Such workstreams start only when what they depend on has landed, as plans see to it. */
function pickApart(random: Random, count: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let a = 0; a < count; a += 1) {
    for (let b = a + 1; b < count; b += 1) if (random.chance(0.15)) pairs.push([a, b]);
  }
  return pairs;
}

function reaches(registrations: readonly Registration[], from: number, to: number): boolean {
  const seen = new Set<number>([from]);
  for (const index of seen) {
    const requires = registrations[index]?.tasks.flatMap((task) => task.requires) ?? [];
    for (let other = 0; other < registrations.length; other += 1) {
      if (requires.some((each) => each.includes(`w${other}`))) seen.add(other);
    }
  }
  seen.delete(from);
  return seen.has(to);
}

interface Place {
  readonly index: number;
  readonly made: readonly Made[];
  readonly isApart: boolean;
  readonly definitions: readonly WorkflowDefinition[];
}

function makeWorkstream(random: Random, place: Place): Made {
  const { index, made, isApart, definitions } = place;
  const id = toWorkstreamId(`w${index}`);
  const questions: QuestionDraft[] = [];
  const tasks = makeTasks(random, place, questions);
  const own: Own = {
    id,
    tasks: isApart ? tasks.map((task) => ({ ...task, requires: onlyDecisions(task) })) : tasks,
    before: isApart ? (tasks[0]?.requires ?? []).filter((each) => !each.startsWith("question:")) : [],
    candidates: random.chance(0.5) ? pickCandidates(random, made) : [],
    questions,
  };
  const changes = {
    number: index + 1,
    position: random.between(1, 9),
    priority: random.pick(PRIORITIES),
    spec: {
      path: pathOf(id),
      hash: hashText(writeSpec(id, tasks)),
      commit: "0".repeat(40),
      format: "markdown",
    },
  };
  if (random.chance(0.5)) {
    const definition = random.pick(definitions.slice(1));
    const expanded = expand(own, definition);
    return { own, registration: toRegistration(own, { definition, expanded, questions, changes }) };
  }
  const plain = isApart
    ? tasks.map((task, at) => (at === 0 ? task : { ...task, requires: onlyDecisions(task), parallel: false }))
    : tasks;
  return { own, registration: registration({ id, tasks: plain, questions, changes }) };
}

interface Parts {
  readonly definition: WorkflowDefinition;
  readonly expanded: Expanded;
  readonly questions: readonly QuestionDraft[];
  readonly changes: Partial<Registration["workstream"]>;
}

function toRegistration({ id }: Own, { definition, expanded, questions, changes }: Parts): Registration {
  const { tasks, steps, phases } = expanded;
  const { name, version } = definition;
  const flow = { workflow: { name, version }, steps, phases };
  return registration({ id, tasks, ordered: false, questions, changes: { ...changes, ...flow } });
}

/** Others that its intake suspects to be the same. */
function pickCandidates(random: Random, made: readonly Made[]): readonly DuplicateCandidate[] {
  if (made.length === 0) return [];
  return [{ workstream: random.pick(made).own.id, similarity: 0.8, shared: ["parser"] }];
}

function makeTasks(
  random: Random,
  { made, isApart }: Place,
  questions: QuestionDraft[],
): readonly TaskInput[] {
  const count = random.between(random.chance(0.05) ? 0 : 1, 4);
  const isBuilt = random.chance(0.08);
  const phases = random.chance(0.4) ? ["p1", "p2"] : [];
  const tasks: TaskInput[] = [];
  for (let order = 1; order <= count; order += 1) {
    const estimateMs = random.between(1, 20) * 100;
    const task: TaskInput = {
      key: `T${order}`,
      order: random.chance(0.15) ? Math.max(1, order - 1) : order,
      parallel: random.chance(0.35),
      critical: random.chance(0.85),
      already: isBuilt || random.chance(0.05),
      script: random.chance(0.03) ? null : "true",
      phase: phases[order <= count / 2 ? 0 : 1] ?? null,
      estimateMs,
      ...costOf(estimateMs),
      timeoutMs: 20_000,
      uses: random.chance(0.2)
        ? [{ resource: random.pick(["db", "gpu", "other"]), amount: random.between(1, 2) }]
        : [],
    };
    tasks.push({ ...task, requires: makeRequirements(random, made, questions, isApart && order === 1) });
  }
  return tasks;
}

/** Every third one is an agent's: it costs. */
function costOf(estimateMs: number): Partial<TaskInput> {
  if (estimateMs % 300 !== 0) return {};
  const range = { low: 1, high: estimateMs };
  const cost = { tokens: range, microUsd: range, source: "default" } as const;
  if (estimateMs % 600 !== 0) return { executor: "agent", cost };
  const fallbacks = [{ executor: "other", model: null }];
  return { executor: "agent", cost, route: { type: "testing", reasons: [], fallbacks, said: null } };
}

const onlyDecisions = (task: TaskInput): string[] =>
  (task.requires ?? []).filter((each) => each.startsWith("question:"));

function makeRequirements(
  random: Random,
  made: readonly Made[],
  questions: QuestionDraft[],
  isApart: boolean,
): string[] {
  const requires: string[] = [];
  if (made.length > 0 && random.chance(0.3))
    requires.push(makeDependency(random, random.pick(made), isApart));
  if (random.chance(0.12)) {
    const asked = makeQuestion(random);
    if (!questions.some(({ contentKey }) => contentKey === asked.contentKey)) questions.push(asked);
    requires.push(`question:${asked.contentKey}`);
  }
  return requires;
}

function makeDependency(random: Random, { own: { id, tasks } }: Made, isApart: boolean): string {
  const kind = isApart ? "landed" : random.pick(["landed", "done", "task", "phase", "artifact", "artifact"]);
  const task = tasks.length > 0 ? random.pick(tasks) : null;
  if (kind === "task" && task !== null) return `task:${toTaskId(id, task.key)}`;
  if (kind === "phase" && task?.phase != null) return `phase:${id}/${task.phase}`;
  if (kind === "artifact") return `artifact:${id}:${random.pick([`out-${id}.txt`, "never.txt"])}`;
  return kind === "done" ? `done:${id}` : `landed:${id}`;
}

/** Few keys, so that two workstreams ask the same. */
function makeQuestion(random: Random): QuestionDraft {
  const key = random.pick(["q1", "q2", "q3"]);
  const kind = random.pick(["question", "question", "content", "approval"]);
  if (kind === "content") return approvalOf(key);
  if (kind === "approval") return approvalBy(key);
  return question(key, {
    autoResolveMinutes: random.chance(0.4) ? random.between(1, 30) : null,
    defaultOption: random.pick(["a", "b", "nonsense", null]),
  });
}

function makeRanks(
  random: Random,
  registrations: readonly Registration[],
  pairs: readonly (readonly [number, number])[],
): GraphRanks {
  const tasks = registrations.flatMap(({ workstream, tasks }) =>
    tasks.map((task) => ({
      task: toTaskId(workstream.id, task.key),
      tailMs: random.between(1, 50) * 100,
      priority: random.chance(0.1) ? ("critical" as const) : workstream.priority,
    })),
  );
  const merged = new Map<WorkstreamId, { workstream: WorkstreamId; paths: readonly string[] }[]>();
  for (const [a, b] of pairs) {
    for (const { workstream, with: others } of overlap(`w${a}`, `w${b}`, "src/shared.ts")) {
      merged.set(workstream, [...(merged.get(workstream) ?? []), ...others]);
    }
  }
  return {
    tasks,
    overlaps: [...merged].map(([workstream, others]) => ({ workstream, with: others })),
    stacks: registrations.flatMap(({ workstream, tasks }) => {
      const on = findStacks(
        tasks.flatMap((task) => task.requires),
        workstream.id,
      );
      return on.length > 0 ? [{ workstream: workstream.id, on }] : [];
    }),
  };
}

/** What takes over work that has not landed stands on it. */
function findStacks(requires: readonly string[], own: WorkstreamId): WorkstreamId[] {
  const on = requires.flatMap((each) => /^(?:task|phase|done|artifact):(w\d+)/.exec(each)?.[1] ?? []);
  return [...new Set(on)].filter((id) => id !== own).map(toWorkstreamId);
}

/** Registered at once, in any order, or in two groups of which the second may name the first. */
function makeGroups(
  random: Random,
  registrations: readonly Registration[],
  ranks: GraphRanks,
): World["groups"] {
  if (random.chance(0.6)) return [{ registrations: random.shuffle(registrations), ranks }];
  const cut = random.between(0, registrations.length);
  return [registrations.slice(0, cut), registrations.slice(cut)]
    .filter((group) => group.length > 0)
    .map((group) => {
      const ids = new Set(group.map(({ workstream }) => workstream.id));
      const known = new Set([...ids, ...registrations.slice(0, cut).map(({ workstream }) => workstream.id)]);
      return {
        registrations: group,
        ranks: {
          tasks: ranks.tasks.filter(({ task }) => ids.has(workstreamOf(task))),
          overlaps: ranks.overlaps.filter(({ workstream }) => known.has(workstream)),
          stacks: ranks.stacks.filter(({ workstream }) => ids.has(workstream)),
        },
      };
    });
}

const workstreamOf = (task: TaskId): WorkstreamId => toWorkstreamId(task.slice(0, task.indexOf("#")));

export { PROJECT };
