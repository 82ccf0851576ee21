import type { MemoryUse } from "../../core/memory-need.ts";
import type { Event } from "../../core/model/event.ts";
import type { AttemptId, DecisionId, ProjectId, TaskId, WorkstreamId } from "../../core/model/ids.ts";
import type { Launch } from "../../core/model/scheduling.ts";
import type { State } from "../../core/model/state.ts";
import type { Task } from "../../core/model/work.ts";
import { isEnded } from "../../core/status.ts";
import type { Engine } from "../engine.ts";
import { collectAtRest } from "../handoffs/collect.ts";
import { artifactOf } from "../handoffs/history.ts";
import { leaveArtifact, recoverHandoffs } from "../handoffs/leave.ts";
import { type HandoffRepair, type RepairRequest, repairHandoffs } from "../handoffs/repair.ts";
import { findHandoffFault, type HandoffFault } from "../handoffs/stands-on.ts";
import type { ProjectPorts } from "../ports.ts";
import { runAttempt } from "./attempt.ts";
import { cleanAttempt, cleanWorkspaces, resetRef, retireRefs } from "./cleanup.ts";
import { EffectContext, toReason } from "./context.ts";
import { answerAsks } from "./follow.ts";
import { Integrator } from "./integrate.ts";
import { joinAttempt, joinKey } from "./join.ts";
import { recoverAttempts, tidyProject } from "./recover.ts";
import { toRefPart } from "./refs.ts";

/** Events that leave a handoff about the whole of a workstream. */
const LEAVING: ReadonlySet<Event["kind"]> = new Set([
  "workstream_returned",
  "workstream_landed",
  "workstream_reverted",
]);
/** Events after which a project may be at rest. */
const RESTING: ReadonlySet<Event["kind"]> = new Set(["task_completed", "attempt_ended", "attempt_parked"]);

/** Starts what the events call for. Nothing acts here: every effect ends in commands. */
export class Effects {
  readonly #context: EffectContext;
  readonly #integrator: Integrator;
  readonly #running = new Set<Promise<void>>();
  /** What this process runs. */
  readonly #attempts = new Map<AttemptId, Promise<void>>();

  constructor(engine: Engine) {
    this.#context = new EffectContext(engine);
    this.#integrator = new Integrator(this.#context);
  }

  isBusy(): boolean {
    return this.#running.size > 0 || this.#integrator.isBusy();
  }

  /** `stateAt`: the state right after the event; the engine's own may be further. */
  react(event: Event, stateAt: () => State): void {
    this.#context.outstanding.note(event, this.#context.state);
    this.#leave(event, stateAt);
    switch (event.kind) {
      case "run_started":
        this.#run(event.run.id, () => this.#warm(event.run.project));
        return;
      case "attempts_claimed":
        for (const launch of event.launches) this.#run(launch.attempt, () => this.#attempt(launch));
        return;
      case "attempt_completed":
        this.#run(event.attempt, () => this.#join(event.attempt));
        return;
      case "attempt_ended":
        this.#clean(event.attempt);
        return;
      case "task_completed":
        if (event.attempt !== null) this.#clean(event.attempt);
        this.#cleanEnded(event.task);
        return;
      case "decision_resolved":
      case "decision_joined":
        this.#run(event.decision, () => this.#deliver(event.decision));
        return;
      case "intent_set":
        this.#run(event.workstream, () => this.#steer(event));
        return;
      case "integration_queued":
      case "revert_requested":
        this.#kick(event.workstream);
        return;
      case "workstream_returned":
        if (event.byHand === true) this.#context.stopMerging(event.workstream);
        this.#run(event.workstream, () => this.#giveBack(event.workstream));
        return;
      case "workstream_landed":
      case "revert_abandoned":
        this.#run(event.workstream, () => this.#retire(event.workstream, "landed"));
        return;
      case "workstream_reverted":
        this.#run(event.workstream, () => this.#retire(event.workstream, "reverted"));
        return;
      case "workstream_restarted":
        this.#run(event.workstream, () => this.#retire(event.workstream, "restarted"));
        return;
      default:
        return;
    }
  }

  /** Handoffs that events call for. */
  #leave(event: Event, stateAt: () => State): void {
    if (LEAVING.has(event.kind)) {
      const artifact = artifactOf(stateAt(), event);
      if (artifact !== null) this.#run(artifact.path, () => leaveArtifact(this.#context, artifact));
    }
    if (this.#context.state.uncollected.size === 0 || !RESTING.has(event.kind)) return;
    for (const id of this.#context.state.projects.keys())
      this.#run(id, () => collectAtRest(this.#context, id));
  }

  /** An effect that breaks is told; what it was for stays as the state has it and is taken up at the next start. */
  #run(label: string, work: () => Promise<void>): void {
    const promise = work()
      .catch((error: unknown) => this.#context.engine.ports.report(`${label}: ${toReason(error)}`))
      .finally(() => this.#running.delete(promise));
    this.#running.add(promise);
  }

  async #warm(id: ProjectId): Promise<void> {
    const { engine, abort, state } = this.#context;
    const project = await engine.project(id);
    const base = await project.git.effectiveBase(this.#context.projectState(id).base);
    const isApproved = this.#context.isApproved(id, state.projects.get(id)?.run ?? null);
    await project.warmGates({ base, isApproved, signal: abort.signal });
  }

  async #join(attempt: AttemptId): Promise<void> {
    await joinAttempt(this.#context, attempt);
    const { workstream } = this.#context.attempt(attempt);
    // It was cancelled meanwhile: what came to its ref after that is given up too.
    if (workstream.intent === "cancelled") await this.#retire(workstream.id, "cancelled");
  }

  #attempt(launch: Launch): Promise<void> {
    const running = runAttempt(this.#context, launch).finally(() => this.#attempts.delete(launch.attempt));
    this.#attempts.set(launch.attempt, running);
    return running;
  }

  /** Where the attempt did not end by itself, its process ends first: nothing may write where work is being kept. */
  #clean(attempt: AttemptId): void {
    this.#run(attempt, async () => {
      await this.#stop(attempt, "cancel");
      await this.#attempts.get(attempt);
      await cleanAttempt(this.#context, attempt);
    });
  }

  /** The last step after the merge is done: what pauses have kept is not needed any more. */
  #cleanEnded(task: TaskId): void {
    const workstream = this.#context.find(task)?.workstream;
    if (workstream === undefined || workstream.after === 0 || !isEnded(workstream)) return;
    this.#run(workstream.id, () => cleanWorkspaces(this.#context, workstream));
  }

  async #giveBack(id: WorkstreamId): Promise<void> {
    const workstream = this.#context.state.workstreams.get(id);
    if (workstream === undefined) return;
    const project = await this.#context.project(workstream);
    await this.#context.mutex.run(joinKey(id), () => resetRef(this.#context, project, id));
  }

  async #deliver(id: DecisionId): Promise<void> {
    await answerAsks(this.#context, id);
    const decision = this.#context.state.decisions.get(id);
    if (decision?.state.kind !== "resolved") return;
    const { subject, state } = decision;
    // A result that was asked about, whose conflict is decided or whose criteria are confirmed: it is to be joined now.
    const asked = subject.kind === "join_conflict" || subject.kind === "ticks" ? subject.attempt : null;
    const isTaken = state.option.startsWith("keep-") || state.option === "met";
    if (asked !== null && isTaken) await this.#join(asked as AttemptId);
  }

  #kick(workstream: WorkstreamId): void {
    const project = this.#context.state.workstreams.get(workstream)?.project;
    if (project !== undefined) this.#run(project, () => this.#integrator.kick(project));
  }

  async #steer({ workstream: id, intent }: Extract<Event, { kind: "intent_set" }>): Promise<void> {
    if (intent === "run") {
      this.#kick(id);
      return;
    }
    const reason = intent === "paused" ? "pause" : "cancel";
    this.#context.stopMerging(id);
    await Promise.all(this.#liveOf(id).map((attempt) => this.#stop(attempt, reason)));
    if (intent === "cancelled") await this.#retire(id, "cancelled");
  }

  /** Of the attempts that were measured. */
  memory(): ReadonlyMap<AttemptId, MemoryUse> {
    const all = [...this.#context.live].flatMap(([id, { memory }]) =>
      memory === null ? [] : [[id, memory] as const],
    );
    return new Map(all);
  }

  #liveOf(workstream: WorkstreamId): AttemptId[] {
    return [...this.#context.live.keys()].filter(
      (attempt) => this.#context.state.attempts.get(attempt)?.workstream === workstream,
    );
  }

  async #stop(attempt: AttemptId, reason: "cancel" | "pause" | "shutdown"): Promise<void> {
    const live = this.#context.live.get(attempt);
    if (live === undefined) return;
    live.stopped ??= reason;
    live.abort.abort();
    live.wake();
    await live.session?.cancel(reason);
  }

  async #retire(id: WorkstreamId, how: "landed" | "reverted" | "restarted" | "cancelled"): Promise<void> {
    const workstream = this.#context.state.workstreams.get(id);
    if (workstream === undefined) return;
    const isAnew = how === "restarted" || how === "reverted";
    const round = isAnew ? workstream.round - 1 : workstream.round;
    const project = await this.#context.project(workstream);
    // Never beside a join: what it has just put on the ref would go with it.
    await this.#context.mutex.run(joinKey(id), () =>
      retireRefs(this.#context, project, workstream, `${toRefPart(workstream.name)}-${round}`),
    );
    if (!isAnew) await cleanWorkspaces(this.#context, workstream);
    if (how === "landed" || how === "reverted") await this.follow(workstream.project);
  }

  async follow(id: ProjectId): Promise<void> {
    const project = this.#context.projectState(id);
    if (project.held === null) return;
    const { git } = await this.#context.engine.project(id);
    // Where somebody committed to the branch meanwhile, both are merged first.
    await git.effectiveBase(project.base);
    const landing = await git.follow(project.base);
    if (landing !== null && landing.kind !== "landed") return;
    const commit = await git.effectiveBase(project.base);
    await this.#context.engine.submitResult({ kind: "base_followed", project: id, commit });
  }

  /** After a start: what the log says was under way is taken up, finished or given back. */
  async recover(): Promise<void> {
    const { engine, state } = this.#context;
    const reaped = await engine.ports.reap();
    if (reaped.length > 0) engine.ports.report(`ended what an earlier daemon left: ${reaped.join(", ")}`);
    await recoverAttempts(this.#context);
    for (const attempt of state.joining.keys()) this.#run(attempt, () => this.#join(attempt));
    const resting: ProjectId[] = [];
    for (const project of state.projects.values()) {
      if (project.run === null && project.held === null) resting.push(project.id);
      else this.#run(project.id, () => this.#recoverProject(project.id));
    }
    this.#run("projects", () => this.#tidyAll(resting));
  }

  async #recoverProject(id: ProjectId): Promise<void> {
    await this.#context.engine.project(id);
    await this.#integrator.kick(id);
    await this.follow(id);
  }

  /** Projects without a run may have lost the end of the last one's cleaning up. */
  async #tidyAll(ids: readonly ProjectId[]): Promise<void> {
    for (const id of ids) {
      if (this.#context.abort.signal.aborted) return;
      // Its folder may be gone for good: whoever uses it hears of that.
      await this.#context.engine.project(id).catch(() => undefined);
    }
  }

  /** Puts a project in order before its first effect in this process. Never rejects. */
  async tidy(project: ProjectPorts): Promise<void> {
    try {
      await tidyProject(this.#context, project);
      await recoverHandoffs(this.#context, project);
    } catch (error) {
      this.#context.engine.ports.report(`${project.id}: it could not be tidied: ${toReason(error)}`);
    }
  }

  repairHandoffs(project: ProjectPorts, request: RepairRequest): Promise<readonly HandoffRepair[]> {
    return repairHandoffs(this.#context, project, request);
  }

  findHandoffFault(project: ProjectPorts, tasks: readonly Task[]): Promise<HandoffFault | null> {
    return findHandoffFault(this.#context, project, tasks);
  }

  /** Ends every live attempt as lost and waits until nothing of them is left. */
  async shutdown(): Promise<void> {
    this.#context.abort.abort();
    await Promise.all([...this.#context.live.keys()].map((attempt) => this.#stop(attempt, "shutdown")));
    // What ends calls for more: a result is recorded, and its workspace is removed.
    while (this.#running.size > 0) await Promise.all([...this.#running]);
  }
}
