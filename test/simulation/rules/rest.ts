import { hasStopped, isWorkDone, SLOTS } from "../../../src/core/evolve/draft.ts";
import type { ProjectId, TaskId, WorkstreamId } from "../../../src/core/model/ids.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { Task, Workstream } from "../../../src/core/model/work.ts";
import { isEnded as hasEnded, isAtRest, isLanded } from "../../../src/core/status.ts";
import { countUse } from "./claims.ts";

/**
 * No silent stall (design §4, rule 4): where nothing of a project runs, every task that is not done waits for a named
 * person or thing, or stands behind one that does. Ask only after the scheduler had all the slots it wanted.
 */
export function checkRest(state: State, project: ProjectId): string[] {
  if (!isAtRest(state, project)) return [];
  const problems: string[] = [];
  const walk = new Walk(state);
  for (const workstream of state.workstreams.values()) {
    if (workstream.project !== project || workstream.run === null || isEnded(workstream)) continue;
    problems.push(...walk.explain(workstream));
  }
  return problems;
}

const isEnded = (workstream: Workstream): boolean =>
  hasEnded(workstream) || workstream.intent === "cancelled";

const hasEndedTask = ({ state: { kind } }: Task): boolean => kind === "completed" || kind === "cancelled";

/** Follows what stands behind what, and notices a circle. */
class Walk {
  readonly #state: State;
  readonly #known = new Map<string, string[]>();
  readonly #under = new Set<string>();

  constructor(state: State) {
    this.#state = state;
  }

  explain(workstream: Workstream): string[] {
    return this.#once(workstream.id, () => this.#explain(workstream));
  }

  #once(key: string, work: () => string[]): string[] {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#under.has(key)) return [`${key} stands behind itself`];
    this.#under.add(key);
    const problems = work();
    this.#under.delete(key);
    this.#known.set(key, problems);
    return problems;
  }

  #explain(workstream: Workstream): string[] {
    const { id, intent, integration, run, stacksOn, blockers } = workstream;
    if (isEnded(workstream) || intent === "paused" || run === null) return [];
    if (integration.kind === "waiting") return [];
    if (!isWorkDone(workstream) || isLanded(workstream))
      return workstream.tasks.flatMap((task) => this.#explainTask(workstream, task));
    // A blocker keeps the merge back too.
    if (blockers > 0) return [];
    const below = stacksOn.flatMap((each) => this.#state.workstreams.get(each) ?? []);
    const standing = below.filter((each) => !isLanded(each) && each.intent !== "cancelled");
    if (standing.length > 0) return standing.flatMap((each) => this.explain(each));
    return [`${id} is done, its integration is ${integration.kind} and nothing moves it`];
  }

  #explainTask(workstream: Workstream, id: TaskId): string[] {
    const task = this.#state.tasks.get(id);
    if (task === undefined || hasEndedTask(task)) return [];
    switch (task.state.kind) {
      case "pending":
        if (hasStopped(workstream)) return [];
        return this.#once(id, () => task.requires.flatMap((each) => this.#explainRequirement(task, each)));
      case "ready":
        return this.#explainHeld(workstream, task);
      case "running":
        return [`${id} runs while its project is at rest`];
      default:
        // Waiting, blocked and failed carry their reason: that is another rule.
        return [];
    }
  }

  #explainRequirement(task: Task, requirement: string): string[] {
    if (!this.#state.waiters.has(`${requirement}\n${task.id}`)) return [];
    const rest = requirement.slice(requirement.indexOf(":") + 1);
    if (requirement.startsWith("decision:"))
      return this.#state.open.has(rest as never) ? [] : [`${task.id} waits for ${rest}, which is not open`];
    const other = this.#state.tasks.get(rest as TaskId);
    const workstream = this.#targetOf(requirement, rest, other);
    // What comes before its own merge is explained by itself.
    if (requirement === `integrated:${task.workstream}`) return this.#explainMerge(workstream);
    if (workstream === undefined) return [`${task.id} waits for ${requirement}, which nothing gives`];
    if (isEnded(workstream)) return [`${task.id} waits for ${requirement}, but ${workstream.id} has ended`];
    if (requirement.startsWith("landed:") && isLanded(workstream))
      return [`${task.id} waits for ${requirement}, which is there`];
    if (requirement.startsWith("task:") && other !== undefined)
      return this.#standsBehind(workstream) ?? this.#explainTask(workstream, other.id);
    return this.explain(workstream);
  }

  #explainMerge(workstream: Workstream | undefined): string[] {
    if (workstream === undefined) return ["a merge of nothing is waited for"];
    return isLanded(workstream) ? [`${workstream.id} has landed, and it is still waited for`] : [];
  }

  /** A person or the operator's word holds the whole workstream. */
  #standsBehind({ intent, run, integration }: Workstream): string[] | null {
    return intent === "paused" || run === null || integration.kind === "waiting" ? [] : null;
  }

  #targetOf(requirement: string, rest: string, task: Task | undefined): Workstream | undefined {
    const { workstreams } = this.#state;
    if (task !== undefined) return workstreams.get(task.workstream);
    if (requirement.startsWith("phase:"))
      return workstreams.get(rest.slice(0, rest.lastIndexOf("/")) as WorkstreamId);
    if (requirement.startsWith("artifact:"))
      return workstreams.get(rest.slice(0, rest.indexOf(":")) as WorkstreamId);
    return workstreams.get(rest as WorkstreamId);
  }

  /** A budget keeps it back, and the operator has been asked. */
  #isAskedForBudget({ id }: Task): boolean {
    return [...this.#state.open.keys()].some((each) => {
      const decision = this.#state.decisions.get(each);
      return decision?.subject.kind === "budget" && decision.askers.includes(id);
    });
  }

  /** Ready and not started: an overlap or a resource is held by somebody who stands still himself. */
  #explainHeld(workstream: Workstream, task: Task): string[] {
    if (this.#isAskedForBudget(task)) return [];
    const project = this.#state.projects.get(workstream.project);
    const use = countUse(this.#state);
    const slots = use.get(`${workstream.project}/${SLOTS}`)?.units ?? 0;
    if (project === undefined || slots >= project.maxParallel) return [];
    const taken = task.uses.some(({ resource, amount }) => {
      const capacity = project.resources[resource] ?? 1;
      const units = use.get(`${project.id}/${resource}`)?.units ?? 0;
      return units > 0 && units + amount > capacity;
    });
    if (taken) return [];
    const holders = workstream.started
      ? []
      : workstream.overlaps.filter((each) => this.#state.holding.has(each.workstream));
    if (holders.length === 0) return [`${task.id} is ready and nothing holds it back`];
    return holders.flatMap((each) => {
      const holder = this.#state.workstreams.get(each.workstream);
      return holder === undefined ? [`${task.id} is held by nothing`] : this.explain(holder);
    });
  }
}
