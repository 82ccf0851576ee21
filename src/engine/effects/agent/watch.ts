/** Watches an agent at work. Where nothing is seen of it for long a person is asked; it goes on meanwhile, nothing is ended for being quiet. */
import { formatDuration } from "../../../core/format-duration.ts";
import type { EpochMs, Oid } from "../../../core/model/ids.ts";
import type { ExecutorSession } from "../../../executors/types.ts";
import { toReason } from "../context.ts";
import { answerAsks, parkAgain } from "../follow.ts";
import type { Running } from "../running.ts";
import { toDraft } from "./permissions.ts";

/** What distinguishes the question among the open ones of an attempt. */
const ASK = "stuck";
/** A work tree is looked through so often at the most, ms. */
const EVERY_MS = 60_000;

/** From the start of a conversation to the end of its process: the start has limits of its own. Signs are what it tells, asks or uses, and changes in its work tree. */
export class Watch {
  readonly #running: Running;
  readonly #session: ExecutorSession;
  readonly #afterMs: number;
  readonly #everyMs: number;
  #last: EpochMs;
  /** What the work tree held at the last look; null: it was not looked at yet. */
  #tree: Oid | null = null;
  #stopTimer: () => void = () => undefined;
  #isOver = false;

  constructor(running: Running, session: ExecutorSession) {
    this.#running = running;
    this.#session = session;
    this.#afterMs = running.project.stuckAfterMs();
    this.#everyMs = Math.min(EVERY_MS, this.#afterMs / 4);
    this.#last = this.#now();
  }

  /** The conversation is open. */
  begin(): void {
    this.#running.live.seen = () => this.seen();
    this.#stopTimer();
    this.#schedule();
  }

  /** There is a sign of it: whoever was asked is not asked any more. */
  async seen(): Promise<void> {
    this.#last = this.#now();
    if (this.#running.live.asks.has(ASK)) await this.#withdraw();
  }

  stop(): void {
    this.#isOver = true;
    this.#stopTimer();
    this.#running.live.seen = async () => undefined;
  }

  #now(): EpochMs {
    return this.#running.context.engine.ports.clock.now();
  }

  #schedule(): void {
    const { clock } = this.#running.context.engine.ports;
    if (!this.#isOver) this.#stopTimer = clock.after(this.#everyMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { context, launch } = this.#running;
    try {
      await this.#lookNow();
    } catch (error) {
      context.engine.ports.report(
        `${launch.attempt}: it could not be seen whether it moves: ${toReason(error)}`,
      );
    }
    this.#schedule();
  }

  async #lookNow(): Promise<void> {
    if (this.#waitsForAnswer()) await this.seen();
    // Only what is quiet is looked at: an agent that talks costs nothing.
    if (this.#now() - this.#last < this.#everyMs) return;
    const tree = await this.#readTree();
    if (this.#isOver) return;
    if (this.#tree !== null && tree !== this.#tree) await this.seen();
    this.#tree = tree;
    const quietMs = this.#now() - this.#last;
    if (quietMs >= this.#afterMs && !this.#running.live.asks.has(ASK)) await this.#ask(quietMs);
  }

  /** It is quiet because a person has to say something first. */
  #waitsForAnswer(): boolean {
    const { asks } = this.#running.live;
    return asks.size > (asks.has(ASK) ? 1 : 0);
  }

  async #readTree(): Promise<Oid | null> {
    const { live, project, launch } = this.#running;
    if (live.workspace === null) return null;
    return (await project.git.snapshot(live.workspace, `looked at ${launch.attempt}`, this.#now())).tree;
  }

  async #ask(quietMs: number): Promise<void> {
    const { context, launch, live } = this.#running;
    const { attempt, fence } = launch;
    const since = this.#last;
    const decided = await context.engine.submitResult({ kind: "attempt_stuck", attempt, fence, quietMs });
    const opened = decided.ok ? decided.events.find(({ kind }) => kind === "decision_opened") : undefined;
    if (opened?.kind !== "decision_opened") return;
    const { id } = opened.decision;
    const answer = (option: string): Promise<boolean> => this.#take(option, quietMs);
    live.asks.set(ASK, { decision: id, question: toDraft(this.#running, id), answer });
    if (this.#last === since) await answerAsks(context, id);
    else await this.#withdraw();
  }

  async #withdraw(): Promise<void> {
    const { context, launch, live } = this.#running;
    const { attempt, fence } = launch;
    live.asks.delete(ASK);
    await context.engine.submitResult({ kind: "attempt_moved", attempt, fence });
    await parkAgain(context, attempt, live);
  }

  /** To cancel is the core's; whoever waits is asked again when it stays quiet as long once more. */
  async #take(option: string, quietMs: number): Promise<boolean> {
    this.#last = this.#now();
    if (option !== "again") return true;
    const message = `nothing was seen of it for ${formatDuration(quietMs)}, and a person wanted it started again`;
    this.#running.live.givenUp = { kind: "stuck", message, retryAt: null };
    await this.#session.cancel("cancel");
    return true;
  }
}
