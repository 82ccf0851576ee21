/** What an attempt may still spend: its reservation in memory, raised in the history where a request needs more and all limits have room. */
import { isLimited, isZero, mapAmount, ZERO } from "../../core/budget/amounts.ts";
import { limitOf, listLevels, scopesOf } from "../../core/budget/limits.ts";
import { admitRequest, type Meter, openMeter, raiseMeter, settleRequest } from "../../core/budget/meter.ts";
import type { Amount, Limit, Measure } from "../../core/model/budget.ts";
import type { Purse } from "../../executors/types.ts";
import type { Running } from "./running.ts";

export class AttemptPurse implements Purse {
  readonly exhaust: Purse["exhaust"];
  readonly #running: Pick<Running, "context" | "launch" | "task">;
  #meter: Meter;
  /** Requests are admitted one after the other: what one was raised by is not another's. */
  #last: Promise<unknown> = Promise.resolve();
  #wake: () => void = () => undefined;

  /** @param exhaust ends the attempt */
  constructor(running: Pick<Running, "context" | "launch" | "task">, exhaust: Purse["exhaust"]) {
    this.#running = running;
    this.exhaust = exhaust;
    this.#meter = openMeter(running.launch.reserved ?? ZERO);
  }

  isLimited(): boolean {
    const { context, task } = this.#running;
    return scopesOf(context.state, task).some((scope) => isLimited(limitOf(context.state, scope)));
  }

  admit(most: Amount): Promise<string | null> {
    const admitted = this.#last.then(() => this.#admit(most));
    this.#last = admitted.catch(() => undefined);
    return admitted;
  }

  settle(most: Amount, spent: Amount): void {
    this.#meter = settleRequest(this.#meter, most, spent);
    this.#wake();
  }

  room(): Limit {
    const { context, task } = this.#running;
    const { granted, used, open } = this.#meter;
    const own = mapAmount((measure) => Math.max(0, granted[measure] - used[measure] - open[measure]));
    const levels = listLevels(context.state, scopesOf(context.state, task));
    const find = (measure: Measure): number | null => {
      const left = levels.flatMap((level) =>
        level.measure === measure ? [Math.max(0, level.limit - level.charged)] : [],
      );
      return left.length === 0 ? null : own[measure] + Math.min(...left);
    };
    return { tokens: find("tokens"), microUsd: find("microUsd") };
  }

  /** What other requests of this attempt have set aside comes back when they are over: that is waited for. */
  async #admit(most: Amount): Promise<string | null> {
    for (;;) {
      const refusal = await this.#tryAdmit(most);
      if (refusal === null || isZero(this.#meter.open)) return refusal;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #tryAdmit(most: Amount): Promise<string | null> {
    const { context, launch, task } = this.#running;
    const admission = admitRequest(this.#meter, most);
    if (admission.ok) {
      this.#meter = admission.meter;
      return null;
    }
    // What has no limit is not kept.
    const limits = scopesOf(context.state, task).map((scope) => limitOf(context.state, scope));
    const isHeld = (measure: Measure): boolean => limits.some((limit) => limit[measure] !== null);
    const more = mapAmount((measure) => (isHeld(measure) ? admission.missing[measure] : 0));
    if (!isZero(more)) {
      const { attempt, fence } = launch;
      const decided = await context.engine.submitResult({ kind: "reserve_more", attempt, fence, more });
      if (!decided.ok) return decided.refusal.message;
    }
    const raised = admitRequest(raiseMeter(this.#meter, admission.missing), most);
    if (!raised.ok) return "what was reserved for it is not enough";
    this.#meter = raised.meter;
    return null;
  }
}
