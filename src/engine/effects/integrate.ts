import { revertOf } from "../../core/evolve/reverts.ts";
import type { Oid, ProjectId, WorkstreamId } from "../../core/model/ids.ts";
import type { Workstream } from "../../core/model/work.ts";
import type { Landing } from "../../git/types.ts";
import { findHandoffFault, listMerged } from "../handoffs/stands-on.ts";
import type { ProjectPorts } from "../ports.ts";
import { combine } from "./combine.ts";
import { type EffectContext, toReason } from "./context.ts";
import { type Merge, passesGates, stop } from "./merging.ts";
import { landedRef } from "./refs.ts";
import { takeOut } from "./revert.ts";
import { isHeldByChange } from "./spec-check.ts";

/** How often a landing starts over because somebody else moved the base. */
const MOVES_MAX = 10;
/** How often, and after how long at first, an error after the intent to land is looked into. */
const LOOKS_MAX = 3;
const LOOK_AGAIN_MS = 500;

/**
 * The merge queue of one project: takes the workstreams in the order of their arrival, one at a time. For each: merge
 * in memory, tick the spec, gates on the combined tree, compare-and-set of the base. A revert goes the same way: what is
 * merged is the inverse of the commit that landed it.
 */
export class Integrator {
  readonly #context: EffectContext;
  readonly #busy = new Set<ProjectId>();

  constructor(context: EffectContext) {
    this.#context = context;
  }

  isBusy(): boolean {
    return this.#busy.size > 0;
  }

  async kick(project: ProjectId): Promise<void> {
    if (this.#busy.has(project)) return;
    this.#busy.add(project);
    try {
      for (let next = this.#head(project); next !== null; next = this.#head(project)) {
        // A merge that the shutdown cut short keeps its place: it must not be taken up again.
        if (!(await this.#take(next)) || this.#context.abort.signal.aborted) break;
      }
    } finally {
      this.#busy.delete(project);
    }
    // One may have arrived after the last look.
    if (this.#head(project) !== null && !this.#context.abort.signal.aborted && !this.#stuck.has(project)) {
      await this.kick(project);
    }
  }

  readonly #stuck = new Set<ProjectId>();

  #head(project: ProjectId): WorkstreamId | null {
    const prefix = `${project}\n`;
    for (const [key, id] of this.#context.state.mergeQueue.entriesFrom(prefix)) {
      if (!key.startsWith(prefix)) return null;
      if (this.#context.state.workstreams.get(id)?.intent === "run") return id;
    }
    return null;
  }

  /** False: it could not even be stopped in order; the queue waits for the next event. */
  async #take(id: WorkstreamId): Promise<boolean> {
    const project = this.#context.state.workstreams.get(id)?.project;
    if (project !== undefined) this.#stuck.delete(project);
    try {
      await this.#integrateSurely(id);
      return true;
    } catch (error) {
      if (this.#context.abort.signal.aborted) return false;
      const reason = `${id.slice(id.indexOf("/") + 1)} could not be ${this.#verb(id)}: ${toReason(error)}`;
      const stop = {
        kind: "integration_stopped",
        workstream: id,
        cause: "error",
        reason,
        context: "",
        hashes: [],
      } as const;
      const stopped = await this.#context.engine.submitResult(stop);
      if (stopped.ok) return true;
      // Paused or cancelled meanwhile: those behind it go on.
      if (project !== undefined && this.#head(project) !== id) return true;
      if (project !== undefined) this.#stuck.add(project);
      return false;
    }
  }

  #verb(id: WorkstreamId): "merged" | "reverted" {
    const workstream = this.#context.state.workstreams.get(id);
    return workstream !== undefined && revertOf(workstream) !== null ? "reverted" : "merged";
  }

  /** An error that comes after the intent may have come after the base moved: where it is, is looked up before anybody is asked. */
  async #integrateSurely(id: WorkstreamId): Promise<void> {
    const { abort } = this.#context;
    for (let looks = 0; ; looks += 1) {
      try {
        await integrate(this.#context, id);
        return;
      } catch (error) {
        const isIntended = this.#context.state.workstreams.get(id)?.integration.kind === "intended";
        const isOpen = isIntended && !(error instanceof RestlessBaseError);
        if (!isOpen || looks >= LOOKS_MAX || abort.signal.aborted) throw error;
        await this.#pause(LOOK_AGAIN_MS * 2 ** looks);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    const { engine, abort } = this.#context;
    return new Promise((resolve) => {
      const stop = engine.ports.clock.after(ms, resolve);
      const end = (): void => {
        stop();
        resolve();
      };
      abort.signal.addEventListener("abort", end, { once: true });
    });
  }
}

/** Somebody else moved the base each time: it is certain that nothing landed. */
class RestlessBaseError extends Error {}

/** Brings one workstream into the base, or out of it. Returns early where the state says that it must not (paused, cancelled). */
async function integrate(context: EffectContext, id: WorkstreamId): Promise<void> {
  const workstream = context.state.workstreams.get(id);
  if (workstream === undefined) return;
  const project = await context.project(workstream);
  const { base } = context.projectState(workstream.project);
  const { integration } = workstream;
  if (integration.kind === "intended" && (await finishIntended(context, project, workstream, base))) return;
  const resolution = "resolution" in integration ? integration.resolution : null;
  for (let moves = 0; moves < MOVES_MAX; moves += 1) {
    const merge = { context, project, workstream, base, resolution, revert: revertOf(workstream) };
    const result = await tryOnce(merge);
    if (result === "done") return;
  }
  throw new RestlessBaseError(`${base} moved ${MOVES_MAX} times while it was merged`);
}

/** After a crash between intent and record: true where the base already holds the commit. */
async function finishIntended(
  context: EffectContext,
  { git }: ProjectPorts,
  workstream: Workstream,
  base: string,
): Promise<boolean> {
  if (workstream.integration.kind !== "intended") return false;
  const { to } = workstream.integration;
  // On its way counts as landed, also where the branch went another way meanwhile.
  const landed = await git.readRef(landedRef(base));
  const isOnItsWay = landed !== null && (await git.isAncestor(to, landed));
  if (!isOnItsWay && !(await git.isAncestor(to, await git.effectiveBase(base)))) return false;
  const followed = await git.follow(base);
  const held = followed === null ? null : explainLanding(followed, base);
  await record(context, workstream, to, held);
  return true;
}

/** The base holds the commit; `commit` null: there was nothing to land. */
async function record(
  { engine }: EffectContext,
  workstream: Workstream,
  commit: Oid | null,
  held: string | null,
): Promise<void> {
  const { id } = workstream;
  if (revertOf(workstream) === null || commit === null)
    await engine.submitResult({ kind: "landed", workstream: id, commit, held });
  else await engine.submitResult({ kind: "reverted", workstream: id, commit, held });
}

/** Why the branch is not where the work is; null: it is. */
function explainLanding(landing: Landing, base: string): string | null {
  if (landing.kind === "landed") return null;
  return landing.kind === "held" ? explainHeld(landing) : `${base} moved at that moment`;
}

const HELD_PATHS_SHOWN = 5;

/** Why the branch stayed, with the first of what is in its way. */
function explainHeld({ reason, paths }: Extract<Landing, { kind: "held" }>): string {
  if (paths.length === 0) return reason;
  const more = paths.length > HELD_PATHS_SHOWN ? ` and ${paths.length - HELD_PATHS_SHOWN} more` : "";
  return `${reason.replace(/:$/, "")}: ${paths.slice(0, HELD_PATHS_SHOWN).join(", ")}${more}`;
}

async function tryOnce(merge: Merge): Promise<"done" | "moved"> {
  const { context, project, workstream, base, revert } = merge;
  const { git } = project;
  const { id } = workstream;
  const { engine } = context;
  const onto = await git.effectiveBase(base);
  if (!(await engine.submitResult({ kind: "integration_started", workstream: id, onto })).ok) return "done";
  if (revert === null && (await isHeldByChange(context, project, workstream, onto))) return "done";
  if (revert === null && (await isHeldByHandoff(merge))) return "done";
  const made = revert === null ? await combine(merge, onto) : await takeOut(merge, revert, onto);
  if (made === null) return "done";
  const { commit: combined, specHash } = made;
  if (combined === onto) {
    await recordThere(merge, onto);
    return "done";
  }
  if (!(await passesGates(merge, onto, combined))) return "done";
  const hash = specHash === null ? {} : { specHash };
  const intended = { kind: "landing_intended", workstream: id, from: onto, to: combined, ...hash } as const;
  if (!(await engine.submitResult(intended)).ok) return "done";
  const landing = await git.land(base, onto, combined);
  if (landing.kind === "base_moved") return "moved";
  const held = landing.kind === "held" ? explainHeld(landing) : null;
  await record(context, workstream, combined, held);
  return "done";
}

/** What is merged must be on record. True: a handoff of it cannot be read, and a decision says so. */
async function isHeldByHandoff(merge: Merge): Promise<boolean> {
  const { context, project, workstream } = merge;
  const found = await findHandoffFault(context, project, listMerged(context.state, workstream));
  if (found === null) return false;
  await stop(merge, {
    cause: "error",
    reason: `${workstream.name} is not merged: the handoff of ${found.what} cannot be read`,
    context: `${found.fault}\nMade again from the history: osqr handoff repair; then retry.`,
  });
  return true;
}

/** The base is as it is to be already: by hand, or by a commit that nobody could record. */
async function recordThere({ context, project, workstream, base, revert }: Merge, onto: Oid): Promise<void> {
  const commit = revert !== null || hasWork(context, workstream) ? onto : null;
  const followed = commit === null ? null : await project.git.follow(base);
  const held = followed === null ? null : explainLanding(followed, base);
  await record(context, workstream, commit, held);
}

/** True where what counts of it changed something: not a result that was taken out of the base again. */
function hasWork({ state }: EffectContext, workstream: Workstream): boolean {
  return workstream.tasks.some((id) => {
    const task = state.tasks.get(id);
    if (task?.state.kind !== "completed" || task.state.how !== "done") return false;
    return task.attempts.some((each) => {
      const attempt = state.attempts.get(each);
      return attempt?.state.kind === "completed" && attempt.files.length > 0;
    });
  });
}
