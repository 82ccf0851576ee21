/** The turns of one conversation: what is told to the agent, and what it tells while it works. */
import { type ClientContext, methods } from "@agentclientprotocol/sdk";
import type { StopReason, Usage } from "../../core/model/agent.ts";
import type { EventQueue } from "../event-queue.ts";
import { CallLines } from "./call-lines.ts";
import { type JsonObject, pick, toObject, toText } from "./json.ts";
import { KnownCalls } from "./known-calls.ts";
import type { OpenedSession } from "./open-session.ts";
import type { AgentPreset } from "./preset-types.ts";
import { type Refusals, toEndedPrompt, toLatePrompt } from "./refusals.ts";
import { TroubleError } from "./trouble.ts";
import { readUpdate } from "./updates.ts";
import { UsageMeter } from "./usage.ts";
import type { Voice } from "./voice.ts";

/** Prompts in one turn that tell an agent that something was refused. */
const FOLLOW_UPS_MAX = 10;
const LAST_TEXT_CHARS_MAX = 1_000;

const STOP_REASONS: Readonly<Record<string, StopReason>> = {
  end_turn: "end_turn",
  max_tokens: "max_tokens",
  max_turn_requests: "max_turns",
  refusal: "refusal",
  cancelled: "cancelled",
};

export interface ConversationParts {
  readonly events: EventQueue;
  readonly voice: Voice;
  readonly preset: AgentPreset;
  readonly price: ((usage: Usage) => Usage) | null;
  /** osqr counts its requests itself: what the agent says of them is not counted again. */
  readonly isMetered: boolean;
  readonly model: string | null;
  readonly refusals: Refusals;
  /** What the conversation that is taken up again has cost, millionths of a US dollar; absent: not known. */
  readonly spentMicroUsd?: number | undefined;
}

export class Conversation {
  readonly #parts: ConversationParts;
  readonly #calls = new KnownCalls();
  readonly #lines: CallLines;
  #session: string | null = null;
  #meter: UsageMeter | null = null;
  /** Cost that was told before the conversation was open. */
  #earlierCost: unknown = null;
  #message: string | null = null;
  #toolCalls = 0;
  /** Nothing came from the agent since the last refusal. */
  #isSilentSince = false;
  #isStopped = false;
  /** In this turn the agent could not go on. */
  #isBroken = false;
  /** What it told of it last; null: nothing. */
  #alarm: { readonly text: string; readonly status: number | null } | null = null;
  /** The last piece of text of this turn. */
  #lastText = "";

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#lines = new CallLines((line) => parts.voice.say(line));
  }

  /** From now on what the agent tells counts: before, it was its history. */
  begin({ session, how }: OpenedSession): void {
    const isContinued = how === "resumed" || how === "loaded";
    const { preset, model, spentMicroUsd } = this.#parts;
    this.#session = session.id;
    this.#meter = new UsageMeter(preset.quirks, isContinued, model, spentMicroUsd);
    if (isContinued) this.#meter.ofCost(this.#earlierCost);
  }

  findCall(id: string): JsonObject | null {
    this.#lines.flush();
    return this.#calls.find(id);
  }

  /** Something that the agent wanted was refused. */
  refused(what: string, reason: string): void {
    this.#parts.refusals.add(what, reason);
    this.#isSilentSince = true;
  }

  /** No further prompt is sent by itself. */
  stop(): void {
    this.#isStopped = true;
    this.#lines.flush();
  }

  onUpdate(params: unknown): void {
    const update = readUpdate(params, this.#session);
    if (update === null) return;
    if (this.#session === null) {
      if (update.kind === "usage") this.#earlierCost = update.cost;
      return;
    }
    const { voice } = this.#parts;
    switch (update.kind) {
      case "text":
        this.#tellUsage(this.#meter?.ofCall(update.usage) ?? null);
        if (update.text === "") break;
        this.#lines.flush();
        if (update.message !== this.#message) voice.finish();
        this.#message = update.message;
        this.#isSilentSince = false;
        this.#lastText = update.text.slice(0, LAST_TEXT_CHARS_MAX);
        voice.speak(update.text);
        break;
      case "call":
        this.#isSilentSince = false;
        this.#calls.learn(update.id, update.call);
        this.#tellCall(update.id, update.call);
        this.#tellEnd(update.call);
        break;
      case "call-change":
        this.#calls.learn(update.id, update.call);
        this.#lines.change(update.id, update.call);
        this.#tellEnd(update.call);
        break;
      case "usage":
        this.#tellUsage(this.#meter?.ofCost(update.cost) ?? null);
        break;
      case "alarm":
        this.#alarm = { text: update.text.slice(0, LAST_TEXT_CHARS_MAX), status: update.status };
        voice.say(`the model failed: ${this.#alarm.text}`);
        break;
      case "broken":
        this.#isBroken = true;
        break;
      case "other":
        break;
    }
  }

  /**
   * One turn: from a prompt until the agent waits for the next. Where it ends its turn because something was refused, or is done and
   * does not know why something was, it is told so and goes on.
   */
  async turn(agent: ClientContext, text: string): Promise<StopReason> {
    let prompt = this.#withRefusals(text);
    for (let followUps = 0; ; followUps += 1) {
      const stop = await this.#prompt(agent, prompt);
      const next = followUps < FOLLOW_UPS_MAX ? this.#followUp(stop) : null;
      if (next === null) return stop;
      prompt = next;
    }
  }

  /** What it has to hear before its turn counts as over; null: nothing. */
  #followUp(stop: StopReason): string | null {
    const { refusals, preset } = this.#parts;
    if (this.#isStopped || refusals.isEmpty()) return null;
    if (preset.quirks.rejectionEndsTurn === true && this.#isSilentSince)
      return toEndedPrompt(refusals.take({ withoutReason: true }));
    if (stop !== "end_turn") return null;
    const lines = refusals.take({ withoutReason: false });
    return lines.length === 0 ? null : toLatePrompt(lines);
  }

  async #prompt(agent: ClientContext, text: string): Promise<StopReason> {
    this.#toolCalls = 0;
    this.#isSilentSince = false;
    this.#isBroken = false;
    this.#alarm = null;
    this.#lastText = "";
    const sessionId = this.#session ?? "";
    const reply: unknown = await agent.request(methods.agent.session.prompt, {
      sessionId,
      prompt: [{ type: "text", text }],
    });
    this.#lines.flush();
    this.#parts.voice.finish();
    this.#tellUsage(this.#meter?.ofReply(reply, this.#toolCalls) ?? null);
    const stop = toText(pick(reply, "stopReason"));
    if (toObject(reply) === null || stop === null) {
      throw new TroubleError({ kind: "protocol", reason: "its reply to a prompt has no stop reason" });
    }
    if (this.#isBroken && stop === "end_turn") return this.#explainEnd();
    // A reason of a newer version: the turn is over all the same.
    return STOP_REASONS[stop] ?? "end_turn";
  }

  /** The stop reason of a turn that could not go on. @throws TroubleError where it has none */
  #explainEnd(): StopReason {
    if (this.#lastText.includes("max_output_tokens")) return "max_tokens";
    const { text = "", status = null } = this.#alarm ?? {};
    const error = { code: status, message: this.#lastText.trim() || "it could not go on", data: text };
    throw new TroubleError({ kind: "refused", during: "the turn", error });
  }

  #withRefusals(text: string): string {
    const untold = this.#parts.refusals.take({ withoutReason: false });
    return untold.length === 0 ? text : `${untold.join("\n")}\n\n${text}`;
  }

  #tellCall(id: string, call: JsonObject): void {
    this.#toolCalls += 1;
    const title = this.#lines.begin(id, call);
    if (call.status === "completed" || call.status === "failed") this.#lines.change(id, call);
    this.#parts.events.push({ kind: "tool", title });
  }

  #tellEnd({ status }: JsonObject): void {
    if (status !== "completed" && status !== "failed") return;
    this.#parts.events.push({ kind: "tool_ended", isFailed: status === "failed" });
  }

  #tellUsage(usage: Usage | null): void {
    const { events, price, isMetered } = this.#parts;
    if (usage !== null && !isMetered)
      events.push({ kind: "used", usage: price === null ? usage : price(usage) });
  }
}
