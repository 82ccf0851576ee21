import { OsqrError } from "../../core/errors.ts";
import { needAttempt } from "../../core/evolve/attempts.ts";
import { needTask, needWorkstream } from "../../core/evolve/draft.ts";
import type { MemoryUse } from "../../core/memory-need.ts";
import type { AgentFailure, AgentSession } from "../../core/model/agent.ts";
import type { Amount } from "../../core/model/budget.ts";
import type { QuestionDraft } from "../../core/model/command.ts";
import type { AttemptId, DecisionId, ProjectId, TaskId, WorkstreamId } from "../../core/model/ids.ts";
import type { Project } from "../../core/model/project.ts";
import type { State } from "../../core/model/state.ts";
import type { Attempt, Task, Workstream } from "../../core/model/work.ts";
import type { ExecutorSession, Purse } from "../../executors/types.ts";
import type { WorkspaceRef } from "../../git/types.ts";
import type { Engine } from "../engine.ts";
import { Outstanding } from "../handoffs/outstanding.ts";
import type { ProjectPorts } from "../ports.ts";
import { KeyedMutex } from "./mutex.ts";

/** An attempt that this process runs. */
export interface LiveAttempt {
  session: ExecutorSession | null;
  /** The agent's conversation; null: it has none yet. */
  conversation: AgentSession | null;
  /** Null until it has been made. */
  workspace: WorkspaceRef | null;
  /** The attempt of another task whose workspace and private home it has taken over; null: none. */
  home: AttemptId | null;
  /** Aborted when it must end: what prepares its workspace ends too. */
  readonly abort: AbortController;
  /** Set when it must end; an attempt that has not started yet sees it before it does. */
  stopped: "cancel" | "pause" | "shutdown" | null;
  /** Questions that are open in it, by ask. */
  readonly asks: Map<string, OpenAsk>;
  /** Answers on their way to whoever asked. */
  readonly handing: Set<Promise<void>>;
  /** Answers for which nobody waited any more: an agent is told them with its next prompt. */
  readonly told: string[];
  /** Called when an answer has come, or when it has to stop. */
  wake: () => void;
  /** Called when its agent gives a sign of life. */
  seen: () => Promise<void>;
  /** Why a person has given up its agent as it runs now; null: nobody has. */
  givenUp: AgentFailure | null;
  /** What was refused to its agent in this turn, and why; null: nothing. */
  refused: string | null;
  /** How often its agent called a tool. */
  toolCalls: number;
  /** Of the last calls that came to an end: true for those that failed. */
  readonly calls: boolean[];
  /** Its first process; null: it has none. */
  pid: number | null;
  /** What its processes have of the machine's memory; null: nobody has measured yet. */
  memory: MemoryUse | null;
  /** What to do about what ended it, for people; null: nothing did. */
  advice: string | null;
  /** Why its budget ended it; null: it did not. */
  overBudget: string | null;
  /** What its requests to a model are taken from; null: it has sent none yet. */
  purse: Purse | null;
  /** What the request would have needed for which there was no room; null: there was none. */
  wanted: Amount | null;
}

interface OpenAsk {
  readonly decision: DecisionId;
  readonly question: QuestionDraft;
  /** Hands the chosen option to whoever waits for it; false: nobody does any more. */
  answer(option: string): Promise<boolean>;
}

/** What effects share: the engine, what is alive, and what must not overlap. */
export class EffectContext {
  readonly engine: Engine;
  readonly live = new Map<AttemptId, LiveAttempt>();
  readonly mutex = new KeyedMutex();
  readonly outstanding = new Outstanding();
  /** Aborted at shutdown: gates end. */
  readonly abort = new AbortController();
  /** Aborted when the operator pauses or cancels the workstream: its gates end. */
  readonly #merging = new Map<WorkstreamId, AbortController>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** A signal for work on a workstream's merge, until it is done. */
  async whileMerging<T>(id: WorkstreamId, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#merging.set(id, controller);
    try {
      return await work(AbortSignal.any([this.abort.signal, controller.signal]));
    } finally {
      this.#merging.delete(id);
    }
  }

  stopMerging(id: WorkstreamId): void {
    this.#merging.get(id)?.abort();
  }

  get state(): State {
    return this.engine.state;
  }

  attempt(id: AttemptId): { attempt: Attempt; task: Task; workstream: Workstream } {
    const attempt = needAttempt(this.state, id);
    const task = needTask(this.state, attempt.task);
    return { attempt, task, workstream: needWorkstream(this.state, task.workstream) };
  }

  /** Works also for a task whose workstream was removed meanwhile: null. */
  find(task: TaskId): { task: Task; workstream: Workstream } | null {
    const found = this.state.tasks.get(task);
    const workstream = found === undefined ? undefined : this.state.workstreams.get(found.workstream);
    return found === undefined || workstream === undefined ? null : { task: found, workstream };
  }

  project(workstream: Workstream): Promise<ProjectPorts> {
    return this.engine.project(workstream.project);
  }

  projectState(id: ProjectId): Project {
    const project = this.state.projects.get(id);
    if (project === undefined) throw new OsqrError("unknown-project", `no project ${id}`);
    return project;
  }

  isApproved(id: ProjectId, run: Workstream["run"]): (hash: string) => boolean {
    return (hash) => {
      const everything = run === null ? false : this.state.runs.get(run)?.approveAll === true;
      return everything || this.projectState(id).approved.has(hash);
    };
  }
}

/** What has happened, for those who only read. */
export type Known = Pick<EffectContext, "state">;

/** A failure in words, for an event. Never empty. */
export function toReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, 2_000) || "unknown error";
}
