import { createHash } from "node:crypto";
import type { Oid, ProjectId, WorkstreamId } from "../../core/model/ids.ts";
import type { GateReport, Resolution, Workstream } from "../../core/model/work.ts";
import { countOf } from "../../core/plural.ts";
import { isSkipped } from "../../core/status.ts";
import type { Landing } from "../../git/types.ts";
import type { ProjectPorts } from "../ports.ts";
import { findHandFault, writeHandSteps } from "./by-hand.ts";
import { type EffectContext, toReason } from "./context.ts";
import { handRef, landedRef } from "./refs.ts";

/** How often a landing starts over because somebody else moved the base. */
const MOVES_MAX = 10;
/** How often, and after how long at first, an error after the intent to land is looked into. */
const LOOKS_MAX = 3;
const LOOK_AGAIN_MS = 500;

/**
 * The merge queue of one project: takes the workstreams in the order of their arrival, one at a time. For each: merge
 * in memory, tick the spec, gates on the combined tree, compare-and-set of the base.
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
      const reason = `${id.slice(id.indexOf("/") + 1)} could not be merged: ${toReason(error)}`;
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

interface Merge {
  readonly context: EffectContext;
  readonly project: ProjectPorts;
  readonly workstream: Workstream;
  readonly base: string;
  readonly resolution: Resolution | null;
}

/** Brings one workstream into the base. Returns early where the state says that it must not (paused, cancelled). */
async function integrate(context: EffectContext, id: WorkstreamId): Promise<void> {
  const workstream = context.state.workstreams.get(id);
  if (workstream === undefined) return;
  const project = await context.project(workstream);
  const { base } = context.projectState(workstream.project);
  const { integration } = workstream;
  if (integration.kind === "intended" && (await finishIntended(context, project, workstream, base))) return;
  const resolution = "resolution" in integration ? integration.resolution : null;
  for (let moves = 0; moves < MOVES_MAX; moves += 1) {
    const merge = { context, project, workstream, base, resolution };
    const result = await tryOnce(merge);
    if (result === "done") return;
  }
  throw new RestlessBaseError(`${base} moved ${MOVES_MAX} times while it was merged`);
}

/** After a crash between intent and record: true where the base already holds the work. */
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
  await context.engine.submitResult({ kind: "landed", workstream: workstream.id, commit: to, held });
  return true;
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
  const { context, project, workstream, base } = merge;
  const { git } = project;
  const { id } = workstream;
  const { engine } = context;
  const onto = await git.effectiveBase(base);
  if (!(await engine.submitResult({ kind: "integration_started", workstream: id, onto })).ok) return "done";
  const made = await combine(merge, onto);
  if (made === null) return "done";
  const { commit: combined, specHash } = made;
  if (combined === onto) {
    // The base may hold its work already: by hand, or by a landing that nobody could record.
    const commit = hasWork(context, workstream) ? onto : null;
    const followed = commit === null ? null : await git.follow(base);
    const held = followed === null ? null : explainLanding(followed, base);
    await engine.submitResult({ kind: "landed", workstream: id, commit, held });
    return "done";
  }
  if (!(await passesGates(merge, onto, combined))) return "done";
  const hash = specHash === null ? {} : { specHash };
  const intended = { kind: "landing_intended", workstream: id, from: onto, to: combined, ...hash } as const;
  if (!(await engine.submitResult(intended)).ok) return "done";
  const landing = await git.land(base, onto, combined);
  if (landing.kind === "base_moved") return "moved";
  const held = landing.kind === "held" ? explainHeld(landing) : null;
  await engine.submitResult({ kind: "landed", workstream: id, commit: combined, held });
  return "done";
}

/** True where an attempt of it changed something. */
function hasWork({ state }: EffectContext, workstream: Workstream): boolean {
  return workstream.tasks.some((task) =>
    state.tasks.get(task)?.attempts.some((id) => {
      const attempt = state.attempts.get(id);
      return attempt?.state.kind === "completed" && attempt.files.length > 0;
    }),
  );
}

interface Combined {
  readonly commit: Oid;
  /** SHA-256 of the spec in it; null where there is none. */
  readonly specHash: string | null;
}

/** The merged commit with the spec ticked; `onto` itself where there is nothing to land; null where it stopped. */
async function combine(merge: Merge, onto: Oid): Promise<Combined | null> {
  const { context, project, workstream, resolution } = merge;
  const { git } = project;
  const tip = resolution === "by-hand" ? await git.readRef(handRef(workstream)) : workstream.tip;
  const fault = resolution === "by-hand" ? await findHandFault(git, workstream, onto) : null;
  if (fault !== null) {
    await stopOnConflict(merge, onto, [`${handRef(workstream)}: ${fault}`]);
    return null;
  }
  let tree = await git.treeOf(onto);
  if (tip !== null) {
    const merged = await git.merge(onto, tip);
    tree = merged.tree;
    if (merged.conflicts.length > 0) {
      if (resolution !== "keep-base" && resolution !== "keep-work") {
        await stopOnConflict(merge, onto, merged.conflicts);
        return null;
      }
      tree = await git.takePaths(tree, resolution === "keep-base" ? onto : tip, merged.conflicts);
    }
  }
  const ticked = await tickSpec(merge, tree);
  const { specHash } = ticked;
  if (ticked.tree === (await git.treeOf(onto)) && (tip === null || (await git.isAncestor(tip, onto))))
    return { commit: onto, specHash };
  const parents = tip === null || (await git.isAncestor(tip, onto)) ? [onto] : [onto, tip];
  const at = context.engine.ports.clock.now();
  const message = landingMessage(context, workstream);
  return { commit: await git.commit({ tree: ticked.tree, parents, message, at }), specHash };
}

function landingMessage(context: EffectContext, workstream: Workstream): string {
  const lines = workstream.tasks.map((id) => {
    const task = context.state.tasks.get(id);
    return task === undefined ? "" : `- ${task.key} ${task.title}`;
  });
  const spec = workstream.spec.path === null ? "" : `\nOsqr-Spec: ${workstream.spec.path}`;
  return `${workstream.name}: ${workstream.title}\n\n${lines.join("\n")}\n\nOsqr-Workstream: ${workstream.name}${spec}\n`;
}

/**
 * The same commit that lands the work ticks the boxes and, where nothing was skipped, sets the status (OD-10): what was
 * skipped is still to do, for whoever reads the spec next.
 */
async function tickSpec(
  { context, project, workstream }: Merge,
  tree: Oid,
): Promise<{ tree: Oid; specHash: string | null }> {
  const { path } = workstream.spec;
  if (path === null) return { tree, specHash: null };
  const text = await project.git.readFile(tree, path);
  if (text === null) return { tree, specHash: null };
  const tasks = workstream.tasks.flatMap((id) => context.state.tasks.get(id) ?? []);
  const skipped = tasks.filter(isSkipped);
  const done = tasks.filter((task) => task.state.kind === "completed" && !isSkipped(task));
  const taskKeys = done.map(({ key }) => key);
  const original = (await project.git.readFile(workstream.spec.commit, path)) ?? text;
  const content = project.completeSpec({ text, original, path, taskKeys, done: skipped.length === 0 });
  const specHash = createHash("sha256").update(content).digest("hex");
  return {
    tree: content === text ? tree : await project.git.editTree(tree, [{ path, content }]),
    specHash,
  };
}

async function stopOnConflict(merge: Merge, onto: Oid, paths: readonly string[]): Promise<void> {
  const { context, workstream, base } = merge;
  const context_ = [
    ...paths.map((path) => `conflict: ${path}`),
    "",
    "By hand: make a commit that holds both sides and put it where osqr looks:",
    ...writeHandSteps(workstream, onto, null).map((step) => `  ${step}`),
  ].join("\n");
  await context.engine.submitResult({
    kind: "integration_stopped",
    workstream: workstream.id,
    cause: "conflict",
    reason: `${workstream.name} conflicts with ${base} in ${paths.slice(0, 3).join(", ")}`,
    context: context_,
    hashes: [],
  });
}

/** Runs the gates on the combined commit. False: it stopped, and a decision says why. */
async function passesGates(merge: Merge, base: Oid, combined: Oid): Promise<boolean> {
  const { context, project, workstream, resolution } = merge;
  const { id: workstreamId } = workstream;
  const check = await context.whileMerging(workstreamId, async (signal) => {
    const found = await project.checkGates({
      label: `${workstream.name}-${workstream.round}`,
      base,
      combined,
      only: workstream.gates,
      isApproved: context.isApproved(workstream.project, workstream.run),
      signal,
    });
    return signal.aborted ? null : found;
  });
  // Paused, cancelled or stopped meanwhile: it keeps its place in the queue, if it still has one.
  if (check === null) return false;
  if (check.unapproved.length > 0) {
    await stop(merge, {
      cause: "approval",
      reason: `${countOf(check.unapproved.length, "command")} of the gates ${check.unapproved.length === 1 ? "is new or has changed: run it?" : "are new or have changed: run them?"}`,
      context: check.unapproved.map(({ text, source }) => `${source}: ${text}`).join("\n"),
      hashes: check.unapproved.map(({ hash }) => hash),
    });
    return false;
  }
  const tree = await project.git.treeOf(combined);
  const ms = Math.round(check.ms);
  const gates = { kind: "gates_run", workstream: workstreamId, tree, reports: check.reports, ms } as const;
  if (!(await context.engine.submitResult(gates)).ok) return false;
  const failed = check.reports.filter(({ status }) => status === "failed");
  if (failed.length === 0 || resolution === "land-anyway") return true;
  await stop(merge, {
    cause: "gates",
    reason: `${workstream.name}: ${failed.map(({ command }) => command).join(", ")} failed on the merged tree`,
    context: failed.map(explainFailure).join("\n\n"),
    hashes: [],
  });
  return false;
}

async function stop(
  { context, workstream }: Merge,
  why: { cause: "approval" | "gates"; reason: string; context: string; hashes: readonly string[] },
): Promise<void> {
  await context.engine.submitResult({ kind: "integration_stopped", workstream: workstream.id, ...why });
}

function explainFailure({ name, command, newFailures, recommendation, tail }: GateReport): string {
  const failures = newFailures.slice(0, 20).map((failure) => `  ${failure}`);
  return [`${name} (${command})`, ...failures, ...tail.slice(-40), recommendation ?? ""].join("\n").trimEnd();
}
