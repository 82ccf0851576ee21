/**
 * Where the requests of one attempt to its model are asked for and counted: before each the most that it can cost is set aside, after it
 * what it cost counts. Of a reply that was cut, or that does not say what it used, the most counts.
 */
import { mapAmount, ZERO } from "../../core/budget/amounts.ts";
import { cleanUsage, measureUsage } from "../../core/budget/usage.ts";
import type { Usage } from "../../core/model/agent.ts";
import type { Amount } from "../../core/model/budget.ts";
import type { CallEnd } from "../../sandbox/network/meter/carry.ts";
import type { Admission, MeteredCall } from "../../sandbox/network/meter/meter.ts";
import type { ExecutorEvent, Purse } from "../types.ts";

/** What a request costs, in millionths of a US dollar; null: there is no price for its model. */
export interface Prices {
  priceOf(usage: Usage, model: string | null, cacheWriteTokens?: number): number | null;
  mostOf(inputTokens: number, outputTokens: number, model: string | null): number | null;
}

/** Tokens that come back at the most where a request does not limit them: no model of today gives more. */
const OUTPUT_TOKENS_MAX = 128_000;
/** A reply that would be cut shorter than that is not asked for. */
const OUTPUT_TOKENS_MIN = 1_000;
/** Enough for an answer of an agent at work, where there is no room for the longest. */
const OUTPUT_TOKENS_WANTED = 16_000;

export interface RequestDeskParts {
  /** Absent: nobody limits them. */
  readonly purse: Purse | undefined;
  /** Null: nothing has a price. */
  readonly prices: Prices | null;
  /** The model that was asked for, where a request names none; null: not known. */
  readonly model: string | null;
  readonly emit: (event: Extract<ExecutorEvent, { kind: "used" }>) => void;
}

export class RequestDesk {
  readonly #parts: RequestDeskParts;
  /** What is set aside for requests under way. */
  readonly #open = new Map<MeteredCall["id"], Amount>();

  constructor(parts: RequestDeskParts) {
    this.#parts = parts;
  }

  /** Null: it may be sent; a number: with that limit to what comes back; else why not. */
  async admit(call: MeteredCall): Promise<Admission> {
    const { purse } = this.#parts;
    const most = this.#toMost(call, call.outputTokensMax ?? OUTPUT_TOKENS_MAX);
    const refusal = (await purse?.admit(most)) ?? null;
    if (refusal === null) {
      // Where nobody limits anything, nothing is counted that nobody told.
      this.#open.set(call.id, purse === undefined ? ZERO : most);
      return null;
    }
    const limit = call.outputTokensMax === null ? await this.#admitShorter(call) : null;
    if (limit === null) purse?.exhaust(refusal, this.#toWanted(call));
    return limit ?? `osqr: ${refusal}`;
  }

  /** Counts a request that was let through. */
  end(call: MeteredCall, { usage: told, cacheWriteTokens, isFinal, outcome }: CallEnd): void {
    const most = this.#open.get(call.id) ?? ZERO;
    this.#open.delete(call.id);
    const counted = outcome === "failed" ? NOTHING : cleanUsage(told);
    const outputTokens = counted.outputTokens ?? (call.outputTokensMax === 0 ? 0 : null);
    const model = told.model ?? call.model ?? this.#parts.model;
    const usage = this.#price({ ...counted, outputTokens, model }, call, cacheWriteTokens);
    const isWhole =
      (isFinal || outcome === "failed") && usage.inputTokens !== null && usage.outputTokens !== null;
    const said = measureUsage(usage);
    const assumed = mapAmount((measure) =>
      isWhole && (measure === "tokens" || said.microUsd !== null)
        ? 0
        : Math.max(0, most[measure] - (said[measure] ?? 0)),
    );
    const isAssumed = assumed.tokens > 0 || assumed.microUsd > 0;
    this.#parts.emit({ kind: "used", usage, source: "metered", ...(isAssumed ? { assumed } : {}) });
    this.#parts.purse?.settle(
      most,
      mapAmount((measure) => (said[measure] ?? 0) + assumed[measure]),
    );
  }

  /** What has to be there for it next time: where it can be given a limit, not all that a model could answer. */
  #toWanted(call: MeteredCall): Amount {
    return this.#toMost(call, call.outputTokensMax ?? OUTPUT_TOKENS_WANTED);
  }

  /** The same with a limit that fits; null: there is no room for it. */
  async #admitShorter(call: MeteredCall): Promise<number | null> {
    const { purse } = this.#parts;
    const outputTokens = this.#findRoom(call, purse?.room() ?? NO_ROOM);
    if (outputTokens < OUTPUT_TOKENS_MIN) return null;
    const most = this.#toMost(call, outputTokens);
    if ((await purse?.admit(most)) !== null) return null;
    this.#open.set(call.id, most);
    return outputTokens;
  }

  #findRoom(call: MeteredCall, room: ReturnType<Purse["room"]>): number {
    const byTokens = room.tokens === null ? OUTPUT_TOKENS_MAX : room.tokens - call.inputTokensMax;
    const [none, all] = [0, OUTPUT_TOKENS_MAX].map((tokens) => this.#toMost(call, tokens).microUsd);
    if (room.microUsd === null || none === undefined || all === undefined || all <= none) return byTokens;
    const byMoney = Math.floor(((room.microUsd - none) / (all - none)) * OUTPUT_TOKENS_MAX) - 1;
    return Math.min(byTokens, byMoney, OUTPUT_TOKENS_MAX);
  }

  #toMost({ inputTokensMax, model }: MeteredCall, outputTokens: number): Amount {
    const { prices, model: fallback } = this.#parts;
    const microUsd = prices?.mostOf(inputTokensMax, outputTokens, model ?? fallback) ?? 0;
    return { tokens: inputTokensMax + outputTokens, microUsd };
  }

  /** By the provider's own name for the model, else by the one that it was asked for by. */
  #price(usage: Usage, { model: asked }: MeteredCall, cacheWriteTokens: number): Usage {
    const { prices, model: fallback } = this.#parts;
    for (const model of [usage.model, asked, fallback]) {
      const microUsd = prices?.priceOf(usage, model, cacheWriteTokens) ?? null;
      if (microUsd !== null) return { ...usage, microUsd };
    }
    return usage;
  }
}

const NOTHING: Usage = { inputTokens: 0, cachedTokens: 0, outputTokens: 0, microUsd: 0, model: null };
const NO_ROOM = { tokens: 0, microUsd: 0 };
