/**
 * Gates while an attempt runs (WO-6): now and then it is looked at what it uses and whether it makes something. What is passed is
 * recorded where that is news; a critical one ends the attempt, with its work kept and a person asked.
 */
import {
  describeWatch,
  judgeSample,
  toStanding,
  type WatchFinding,
  type WatchSample,
} from "../../core/checks/judge-sample.ts";
import { DEFAULT_WATCH, type WatchPolicy } from "../../core/checks/watch-policy.ts";
import type { EpochMs, Oid } from "../../core/model/ids.ts";
import type { ExecutorSession } from "../../executors/types.ts";
import type { MachineUse } from "../ports.ts";
import { toDraft } from "./agent/permissions.ts";
import { toReason } from "./context.ts";
import { answerAsks, BUSY_ASK } from "./follow.ts";
import { noteMemory, settleMemory } from "./memory.ts";
import type { Running } from "./running.ts";

/** Changes that are recorded of one attempt: one that goes to and fro at a limit fills no history. A critical one always is. */
const CHANGES_MAX = 50;
/** A work tree is looked through so often at the most, ms. */
const TREE_EVERY_MS = 60_000;
/** Share of the time that measuring the disk may take: a pause is so many times as long as the last measurement took. */
const DISK_PAUSE_FACTOR = 20;

/** Its first look at the memory comes so early, ms: what is over soon is measured too. */
const FIRST_MS = 1_000;
/** Only measured: what it takes is reported where nothing is watched, too. */
const MEASURED_ONLY: WatchPolicy = {
  everyMs: DEFAULT_WATCH.everyMs,
  tokens: null,
  progress: null,
  errorRate: null,
  memory: null,
  disk: null,
};

/** Watches until the way to stop it is called. */
export function watchAttempt(running: Running, session: ExecutorSession): () => void {
  const guard = new Guard(running, session, running.project.watch() ?? MEASURED_ONLY);
  return () => guard.stop();
}

/** It has made something, or its turn is over: whoever was asked whether it gets on is not asked any more. */
export async function withdrawProgress({ context, launch, live }: Running): Promise<void> {
  const { attempt, fence } = launch;
  if (live.asks.delete(BUSY_ASK))
    await context.engine.submitResult({ kind: "attempt_moved", attempt, fence, busy: true });
}

/** Where it was when it last made something. */
interface Artifact {
  readonly at: EpochMs;
  readonly calls: number;
  readonly tokens: number;
}

class Guard {
  readonly #running: Running;
  readonly #session: ExecutorSession;
  readonly #policy: WatchPolicy;
  #stopTimer: () => void = () => undefined;
  #stopFirst: () => void = () => undefined;
  #isOver = false;
  #changes = 0;
  #standing = "";
  /** Most that was reserved for it. */
  #kept = 0;
  #tree: Oid | null = null;
  #treeAt: EpochMs;
  #artifact: Artifact;
  #diskAt = Number.NEGATIVE_INFINITY;
  #diskPauseMs = 0;
  #diskBytes: number | null = null;

  constructor(running: Running, session: ExecutorSession, policy: WatchPolicy) {
    this.#running = running;
    this.#session = session;
    this.#policy = policy;
    this.#treeAt = this.#now();
    this.#artifact = this.#markArtifact();
    this.#stopFirst = this.#after(Math.min(FIRST_MS, policy.everyMs), async () => {
      await this.#measure(false);
    });
    this.#schedule();
  }

  stop(): void {
    this.#isOver = true;
    this.#stopFirst();
    this.#stopTimer();
    settleMemory(this.#running.live);
    this.#running.live.asks.delete(BUSY_ASK);
  }

  #now(): EpochMs {
    return this.#running.context.engine.ports.clock.now();
  }

  #schedule(): void {
    if (this.#isOver) return;
    this.#stopTimer = this.#after(this.#policy.everyMs, async () => {
      await this.#look().finally(() => this.#schedule());
    });
  }

  /** What goes wrong in it is said. */
  #after(ms: number, look: () => Promise<void>): () => void {
    const { context, launch } = this.#running;
    const { clock, report } = context.engine.ports;
    return clock.after(ms, () => {
      void look().catch((error) => report(`${launch.attempt}: it could not be watched: ${toReason(error)}`));
    });
  }

  async #look(): Promise<void> {
    const findings = judgeSample(await this.#sample(), this.#policy);
    if (!this.#isOver && this.#running.live.stopped === null) await this.#act(findings);
  }

  async #act(findings: readonly WatchFinding[]): Promise<void> {
    const critical = findings.find(({ level }) => level === "critical");
    const standing = toStanding(findings);
    const isNews = standing !== this.#standing && this.#changes < CHANGES_MAX;
    if (isNews || critical !== undefined) {
      this.#standing = standing;
      this.#changes += 1;
      const { attempt, fence } = this.#running.launch;
      await this.#running.context.engine.submitResult({ kind: "attempt_watched", attempt, fence, findings });
    }
    if (critical !== undefined) return this.#end(critical);
    const idle = findings.find(({ level }) => level === "ask");
    if (idle !== undefined && !this.#running.live.asks.has(BUSY_ASK)) await this.#ask(idle);
  }

  /** Its work is kept; what becomes of its task is a person's word. */
  async #end(finding: WatchFinding): Promise<void> {
    const { live } = this.#running;
    if (this.#isOver || live.stopped !== null || live.givenUp !== null) return;
    this.#isOver = true;
    live.givenUp = { kind: "gate", message: `stopped for its ${describeWatch(finding)}`, retryAt: null };
    live.advice = finding.advice.replace("<attempt>", this.#running.launch.attempt);
    await this.#session.cancel("cancel");
  }

  async #sample(): Promise<WatchSample> {
    const { live } = this.#running;
    const { tokens, progress, errorRate, memory, disk } = this.#policy;
    const use = await this.#measure(disk !== null);
    return {
      tokens: tokens === null ? null : this.#readTokens(),
      progress: progress === null ? null : await this.#readProgress(progress.afterMs),
      calls:
        errorRate === null ? null : { failed: live.calls.filter(Boolean).length, ended: live.calls.length },
      memory:
        memory === null || use === null ? null : { bytes: use.memoryBytes, freeBytes: use.freeMemoryBytes },
      disk:
        disk === null || use === null
          ? null
          : {
              bytes: this.#diskBytes,
              maxBytes: use.diskBytesMax,
              freeBytes: use.freeDiskBytes,
              minFreeBytes: use.minFreeDiskBytes,
            },
    };
  }

  async #measure(canDisk: boolean): Promise<MachineUse | null> {
    const { live, project, context, launch } = this.#running;
    if (live.workspace === null) return null;
    const started = this.#now();
    const withDisk = canDisk && started - this.#diskAt >= this.#diskPauseMs;
    const home = context.state.attempts.get(launch.attempt)?.home ?? launch.attempt;
    const use = await project.measure({ pid: live.pid, workspace: live.workspace, home, withDisk });
    if (!this.#isOver) noteMemory(live, use.memoryBytes);
    if (withDisk) {
      this.#diskAt = this.#now();
      this.#diskPauseMs = (this.#diskAt - started) * DISK_PAUSE_FACTOR;
      this.#diskBytes = use.diskBytes;
    }
    return use;
  }

  #readTokens(): WatchSample["tokens"] {
    const { context, launch } = this.#running;
    const spending = context.state.attempts.get(launch.attempt)?.spending;
    if (spending === undefined) return null;
    const { used, reserved } = spending;
    // What is used beyond the reservation does not make that larger.
    if (reserved.tokens > 0 || this.#kept === 0) this.#kept = used.tokens + reserved.tokens;
    return { used: used.tokens, kept: this.#kept };
  }

  #markArtifact(): Artifact {
    const { context, launch, live } = this.#running;
    const used = context.state.attempts.get(launch.attempt)?.spending?.used.tokens ?? 0;
    return { at: this.#now(), calls: live.toolCalls, tokens: used };
  }

  /** Of agents: a program is done when it is done. */
  async #readProgress(afterMs: number): Promise<WatchSample["progress"]> {
    const { live } = this.#running;
    if (live.conversation === null) return null;
    const isAsked = [...live.asks.keys()].some((ask) => ask !== BUSY_ASK);
    const isDue = this.#now() - this.#treeAt >= Math.min(TREE_EVERY_MS, afterMs / 4);
    if (isAsked || (isDue && (await this.#hasChanged()))) {
      this.#artifact = this.#markArtifact();
      await withdrawProgress(this.#running);
    }
    const { at, calls, tokens } = this.#markArtifact();
    return {
      idleMs: at - this.#artifact.at,
      calls: calls - this.#artifact.calls,
      tokens: Math.max(0, tokens - this.#artifact.tokens),
    };
  }

  /** In its work tree, or in what it hands off. The first look has nothing to compare with. */
  async #hasChanged(): Promise<boolean> {
    const { live, project, launch, context } = this.#running;
    this.#treeAt = this.#now();
    if (live.workspace === null) return true;
    const message = `looked at ${launch.attempt}`;
    const { tree } = await project.git.snapshot(live.workspace, message, this.#treeAt);
    const left = context.state.attempts.get(launch.attempt)?.handOff ?? null;
    const now = left === null ? tree : `${tree} ${left.summary}`;
    const hasChanged = now !== this.#tree;
    this.#tree = now;
    return hasChanged;
  }

  async #ask(finding: WatchFinding): Promise<void> {
    const { context, launch, live } = this.#running;
    const { attempt, fence } = launch;
    const busy = { reason: finding.reason, advice: finding.advice };
    const quietMs = this.#now() - this.#artifact.at;
    const decided = await context.engine.submitResult({
      kind: "attempt_stuck",
      attempt,
      fence,
      quietMs,
      busy,
    });
    const opened = decided.ok ? decided.events.find(({ kind }) => kind === "decision_opened") : undefined;
    if (opened?.kind !== "decision_opened") return;
    const { id } = opened.decision;
    const answer = (option: string): Promise<boolean> => this.#take(option, finding);
    live.asks.set(BUSY_ASK, { decision: id, question: toDraft(this.#running, id), answer });
    await answerAsks(context, id);
  }

  /** To cancel is the core's; whoever waits is asked again where it makes nothing for as long once more. */
  async #take(option: string, { reason }: WatchFinding): Promise<boolean> {
    this.#artifact = this.#markArtifact();
    if (option !== "again") return true;
    const message = `${reason}, and a person wanted it started again`;
    this.#running.live.givenUp = { kind: "stuck", message, retryAt: null };
    await this.#session.cancel("cancel");
    return true;
  }
}
