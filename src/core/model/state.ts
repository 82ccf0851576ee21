import { SortedMap } from "../sorted-map.ts";
import type { Ledger } from "./budget.ts";
import type { Decision } from "./decision.ts";
import type { Blocker, Migration } from "./flow.ts";
import type { Brought } from "./flow-event.ts";
import type {
  AttemptId,
  BlockerId,
  DecisionId,
  EpochMs,
  MigrationId,
  ProjectId,
  RunId,
  TaskId,
  WorkstreamId,
} from "./ids.ts";
import type { Project } from "./project.ts";
import type { Run } from "./run.ts";
import type { Attempt, Rank, Task, Workstream } from "./work.ts";
import type { WorkflowDefinition } from "./workflow.ts";

/** A version of a workflow as the history first saw it. */
export interface RecordedWorkflow {
  readonly project: ProjectId;
  readonly definition: WorkflowDefinition;
  readonly at: EpochMs;
  /** Who brought it into the base, where it does not say so itself. */
  readonly brought?: Brought;
}

/** All that is true now: a fold over the log. Immutable. */
export interface State {
  readonly seq: number;
  readonly at: EpochMs;
  readonly nextAttempt: number;
  readonly nextDecision: number;
  readonly nextRun: number;
  readonly nextFence: number;
  readonly nextBlocker: number;
  readonly nextMigration: number;
  readonly projects: SortedMap<ProjectId, Project>;
  readonly workstreams: SortedMap<WorkstreamId, Workstream>;
  readonly tasks: SortedMap<TaskId, Task>;
  readonly attempts: SortedMap<AttemptId, Attempt>;
  readonly decisions: SortedMap<DecisionId, Decision>;
  readonly runs: SortedMap<RunId, Run>;
  readonly blockers: SortedMap<BlockerId, Blocker>;
  readonly migrations: SortedMap<MigrationId, Migration>;
  /** By `<project>\n<name>\n<version, 6 digits>`. */
  readonly workflows: SortedMap<string, RecordedWorkflow>;
  /** By id of a run, workstream or task; absent: it cost nothing and has no limit of its own. */
  readonly ledgers: SortedMap<string, Ledger>;

  /** By name of an executor: the most memory that each of its last attempts had, bytes, the oldest first. */
  readonly peaks: SortedMap<string, readonly number[]>;

  /** Index: tasks that may start, in the order in which they would. */
  readonly ready: SortedMap<Rank, TaskId>;
  /** Index: tasks that are ready and need a person's word before anything runs: reviews, intakes, ticks at the entry. */
  readonly toAsk: SortedMap<TaskId, true>;
  /** Index: tasks whose handoff a collector has to commit; also such that are gone since. */
  readonly uncollected: SortedMap<TaskId, true>;
  /** Index: `<requirement>\n<task>` for each requirement that is not met. */
  readonly waiters: SortedMap<string, TaskId>;
  /**
   * Index: `<first>\n<second>`: a task of the second workstream requires something of the first, or has done so. It follows from the
   * tasks and is in no snapshot; what is not so any more may be left in it.
   */
  readonly needs: SortedMap<string, WorkstreamId>;
  /**
   * Index: `<task or workstream>\n<task>`: the second is to be told of the first at work. It follows from the tasks and is in no
   * snapshot; what is not so any more may be left in it.
   */
  readonly news: SortedMap<string, TaskId>;
  /** Index: attempts that hold a slot (claimed or running). */
  readonly active: SortedMap<AttemptId, TaskId>;
  /** Index: attempts that wait for an answer; they hold a claim and no slot. */
  readonly parked: SortedMap<AttemptId, TaskId>;
  /** Index: workstreams that started and neither landed nor ended: they hold their declared paths. */
  readonly holding: SortedMap<WorkstreamId, true>;
  /** Index: units of each resource in use, by `<project>/<resource>`. */
  readonly inUse: SortedMap<string, number>;
  /** Index: attempts whose result waits to join its workstream. */
  readonly joining: SortedMap<AttemptId, TaskId>;
  /** Index: `<below>\n<above>`: the second workstream starts from work of the first and lands after it. */
  readonly stacked: SortedMap<string, WorkstreamId>;
  /** Index: `<into>\n<closed>` for each workstream that was closed into another; what is not so any more may be left in it. */
  readonly duplicates: SortedMap<string, WorkstreamId>;
  /** Index: decisions that are open. */
  readonly open: SortedMap<DecisionId, true>;
  /** Index: those of them that osqr may settle itself: they have a deadline, or ask whether something is new. */
  readonly unattended: SortedMap<DecisionId, true>;
  /** Index: decision by `<project>/<content key>`. */
  readonly byContent: SortedMap<string, DecisionId>;
  /** When the sum of open attempts of a run was last brought up to date. */
  readonly parallelSince: SortedMap<RunId, EpochMs>;
  /** Index: workstreams in the merge queue, by `<project>\n<arrival, 12 digits>\n<workstream>`. */
  readonly mergeQueue: SortedMap<string, WorkstreamId>;
}

/** Key of a version of a workflow in `workflows`. */
export const workflowKey = (project: ProjectId, name: string, version: number): string =>
  `${project}\n${name}\n${String(version).padStart(6, "0")}`;

function compareRanks(a: Rank, b: Rank): number {
  for (let index = 0; index < 5; index += 1) {
    const difference = (a[index] as number) - (b[index] as number);
    if (difference !== 0) return difference;
  }
  return a[5] < b[5] ? -1 : a[5] > b[5] ? 1 : 0;
}

export function emptyState(): State {
  return {
    seq: 0,
    at: 0,
    nextAttempt: 1,
    nextDecision: 1,
    nextRun: 1,
    nextFence: 1,
    nextBlocker: 1,
    nextMigration: 1,
    projects: SortedMap.strings(),
    workstreams: SortedMap.strings(),
    tasks: SortedMap.strings(),
    attempts: SortedMap.strings(),
    decisions: SortedMap.strings(),
    runs: SortedMap.strings(),
    blockers: SortedMap.strings(),
    migrations: SortedMap.strings(),
    workflows: SortedMap.strings(),
    ledgers: SortedMap.strings(),
    peaks: SortedMap.strings(),
    toAsk: SortedMap.strings(),
    uncollected: SortedMap.strings(),
    ready: new SortedMap(compareRanks),
    waiters: SortedMap.strings(),
    needs: SortedMap.strings(),
    news: SortedMap.strings(),
    active: SortedMap.strings(),
    parked: SortedMap.strings(),
    holding: SortedMap.strings(),
    inUse: SortedMap.strings(),
    joining: SortedMap.strings(),
    stacked: SortedMap.strings(),
    duplicates: SortedMap.strings(),
    open: SortedMap.strings(),
    unattended: SortedMap.strings(),
    byContent: SortedMap.strings(),
    parallelSince: SortedMap.strings(),
    mergeQueue: SortedMap.strings(),
  };
}
