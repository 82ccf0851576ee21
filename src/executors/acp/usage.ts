/** What an agent spent, from what it says at the end of its turns and in between. Pure but for what it remembers of one session. */
import type { Usage } from "../../core/model/agent.ts";
import { pick, toList, toObject, toText } from "./json.ts";

/** Above that a number of tokens is no number of tokens. */
const TOKENS_MAX = 1e11;
/** Above that, in millionths of a US dollar, a cost is no cost. */
const MICRO_USD_MAX = 1e11;

export interface UsageQuirks {
  /** The reply tells the tokens of the last call of the model only: of a turn with several, they are unknown. */
  readonly usageIsLastCallOnly?: boolean;
  /** It tells the tokens of each call of the model beside a piece of its text, and none in its reply. */
  readonly tellsUsageByCall?: boolean;
  /** A conversation that is taken up again goes on with the cost that it had. Absent: not known; a count that goes on shows it. */
  readonly costSurvivesResume?: boolean;
}

type Tokens = Pick<Usage, "inputTokens" | "cachedTokens" | "outputTokens">;

const NO_TOKENS: Tokens = { inputTokens: null, cachedTokens: null, outputTokens: null };

/** Turns what one session reports into what was used since the last report. */
export class UsageMeter {
  readonly #quirks: UsageQuirks;
  readonly #model: string | null;
  /** The cost that was reported last, in millionths of a dollar; null: the next report only says where counting starts. */
  #spent: number | null;
  /** What an earlier process counted, while it is not known whether the agent counts on from there; null: that is known. */
  #earlier: number | null;

  /**
   * @param isContinued the conversation had turns before this process
   * @param spent what it had cost by then, millionths of a dollar; absent: not known
   */
  constructor(quirks: UsageQuirks, isContinued: boolean, model: string | null, spent?: number) {
    this.#quirks = quirks;
    this.#model = model;
    const goesOn = isContinued ? quirks.costSurvivesResume : false;
    this.#spent = goesOn === true ? (spent ?? null) : 0;
    this.#earlier = goesOn === undefined ? (spent ?? null) : null;
  }

  /**
   * The usage of a turn, from its reply. Null: it says none.
   *
   * @param toolCalls calls of tools in the turn: after each, the model was called again
   */
  ofReply(reply: unknown, toolCalls: number): Usage | null {
    const usage = toObject(pick(reply, "usage"));
    const quota = toObject(pick(reply, "_meta", "quota"));
    const isPartial = this.#quirks.usageIsLastCallOnly === true && toolCalls > 0;
    const tokens = isPartial
      ? NO_TOKENS
      : usage !== null
        ? readUsage(usage)
        : readQuota(pick(quota, "token_count"));
    const models = toList(pick(quota, "model_usage")).map((entry) => toText(pick(entry, "model")));
    const model = new Set(models).size === 1 ? (models[0] ?? this.#model) : this.#model;
    if (tokens.inputTokens === null && tokens.outputTokens === null) return null;
    return { ...tokens, microUsd: null, model };
  }

  /** The usage of one call of the model, from what stands beside the agent's text. Null: it says none there. */
  ofCall(usage: unknown): Usage | null {
    const told = this.#quirks.tellsUsageByCall === true ? toObject(usage) : null;
    if (told === null) return null;
    const tokens = readUsage(told);
    if (tokens.inputTokens === null && tokens.outputTokens === null) return null;
    return { ...tokens, microUsd: null, model: this.#model };
  }

  /** What was spent since the last report of a cost, which agents count up. Null: nothing that could be told. */
  ofCost(cost: unknown): Usage | null {
    if (pick(cost, "currency") !== "USD") return null;
    const amount = pick(cost, "amount");
    const total = typeof amount === "number" ? toCount(Math.round(amount * 1e6), MICRO_USD_MAX) : null;
    if (total === null) return null;
    const goesOn = this.#earlier !== null && total >= this.#earlier;
    const before = goesOn ? this.#earlier : this.#spent;
    this.#earlier = null;
    this.#spent = total;
    // A count that went down began anew: how much lies between is not known.
    if (before === null || total <= before) return null;
    return { ...NO_TOKENS, microUsd: total - before, model: this.#model };
  }
}

/**
 * Agents disagree on whether cached and thought tokens are part of the others: of the four readings the one whose sum is the
 * total that they give is taken; without one, the protocol's (each kind counted apart).
 */
function readUsage(usage: Readonly<Record<string, unknown>>): Tokens {
  const input = toTokens(usage.inputTokens);
  const output = toTokens(usage.outputTokens);
  if (input === null || output === null) return { ...NO_TOKENS, inputTokens: input, outputTokens: output };
  const cachedTokens = toTokens(usage.cachedReadTokens);
  const cached = (cachedTokens ?? 0) + (toTokens(usage.cachedWriteTokens) ?? 0);
  const thought = toTokens(usage.thoughtTokens) ?? 0;
  const total = toTokens(usage.totalTokens);
  const readings = [
    [input + cached, output],
    [input, output],
    [input + cached, output + thought],
    [input, output + thought],
  ] as const;
  const [inputTokens, outputTokens] =
    readings.find((reading) => reading[0] + reading[1] === total) ?? readings[0];
  return { inputTokens, cachedTokens, outputTokens };
}

function readQuota(count: unknown): Tokens {
  return {
    inputTokens: toTokens(pick(count, "input_tokens")),
    cachedTokens: null,
    outputTokens: toTokens(pick(count, "output_tokens")),
  };
}

function toTokens(value: unknown): number | null {
  return toCount(value, TOKENS_MAX);
}

/** Null for what is no whole number from 0 to the maximum. */
function toCount(value: unknown, max: number): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max
    ? value
    : null;
}
