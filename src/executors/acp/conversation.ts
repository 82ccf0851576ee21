/** The turns of one conversation: what is told to the agent, and what it tells while it works. */
import { type ClientContext, methods } from "@agentclientprotocol/sdk";
import type { StopReason, Usage } from "../../core/model/agent.ts";
import type { EventQueue } from "../event-queue.ts";
import { type JsonObject, pick, toObject, toText } from "./json.ts";
import { KnownCalls } from "./known-calls.ts";
import type { OpenedSession } from "./open-session.ts";
import type { AgentPreset } from "./preset-types.ts";
import { TroubleError } from "./trouble.ts";
import { readUpdate } from "./updates.ts";
import { UsageMeter } from "./usage.ts";
import type { Voice } from "./voice.ts";

/** Prompts in one turn that tell an agent that something was refused. */
const FOLLOW_UPS_MAX = 10;
/** Refusals that the next prompt tells of. */
const REFUSALS_MAX = 10;
const TITLE_CHARS_MAX = 200;
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
}

interface Refusal {
  readonly what: string;
  readonly reason: string;
}

export class Conversation {
  readonly #parts: ConversationParts;
  readonly #calls = new KnownCalls();
  #session: string | null = null;
  #meter: UsageMeter | null = null;
  /** Cost that was told before the conversation was open. */
  #earlierCost: unknown = null;
  #message: string | null = null;
  #toolCalls = 0;
  /** What was refused and not told to the agent yet. */
  #refusals: Refusal[] = [];
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
  }

  /** From now on what the agent tells counts: before, it was its history. */
  begin({ session, how }: OpenedSession): void {
    const isContinued = how === "resumed" || how === "loaded";
    const { preset, model } = this.#parts;
    this.#session = session.id;
    this.#meter = new UsageMeter(preset.quirks, isContinued, model);
    if (isContinued) this.#meter.ofCost(this.#earlierCost);
  }

  findCall(id: string): JsonObject | null {
    return this.#calls.find(id);
  }

  /** Something that the agent wanted was refused. */
  refused(what: string, reason: string): void {
    this.#refusals = [...this.#refusals, { what, reason }].slice(-REFUSALS_MAX);
    this.#isSilentSince = true;
  }

  /** No further prompt is sent by itself. */
  stop(): void {
    this.#isStopped = true;
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
        if (update.message !== this.#message) voice.finish();
        this.#message = update.message;
        this.#isSilentSince = false;
        this.#lastText = update.text.slice(0, LAST_TEXT_CHARS_MAX);
        voice.speak(update.text);
        break;
      case "call":
        this.#isSilentSince = false;
        this.#calls.learn(update.id, update.call);
        this.#tellCall(update.call);
        break;
      case "call-change":
        this.#calls.learn(update.id, update.call);
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
   * One turn: from a prompt until the agent waits for the next. Where it ends its turn because something was refused, it is told
   * why and goes on.
   */
  async turn(agent: ClientContext, text: string): Promise<StopReason> {
    let prompt = this.#withRefusals(text);
    for (let followUps = 0; ; followUps += 1) {
      const stop = await this.#prompt(agent, prompt);
      const isAbout = this.#isSilentSince && this.#refusals.length > 0;
      const isGoingOn = this.#parts.preset.quirks.rejectionEndsTurn === true && isAbout && !this.#isStopped;
      if (!isGoingOn || followUps >= FOLLOW_UPS_MAX) return stop;
      prompt = toRefusalPrompt(this.#refusals);
      this.#refusals = [];
    }
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
    const untold = this.#refusals.filter((refusal) => refusal.reason !== "");
    this.#refusals = [];
    return untold.length === 0 ? text : `${untold.map(toRefusalLine).join("\n")}\n\n${text}`;
  }

  #tellCall(call: JsonObject): void {
    this.#toolCalls += 1;
    const title = (toText(call.title) ?? toText(call.kind) ?? "a tool").replace(/\s+/g, " ");
    const short = title.slice(0, TITLE_CHARS_MAX);
    this.#parts.voice.say(`→ ${short}`);
    this.#parts.events.push({ kind: "tool", title: short });
  }

  #tellUsage(usage: Usage | null): void {
    const { events, price, isMetered } = this.#parts;
    if (usage !== null && !isMetered)
      events.push({ kind: "used", usage: price === null ? usage : price(usage) });
  }
}

function toRefusalLine({ what, reason }: Refusal): string {
  return `Not allowed: ${what === "" ? "what you asked for" : what}.${reason === "" ? "" : ` Reason: ${reason}`}`;
}

function toRefusalPrompt(refusals: readonly Refusal[]): string {
  const lines = refusals.map(toRefusalLine);
  return `${lines.join("\n")}\nGo on with your task in another way. If it cannot be done so, say why and end your turn.`;
}
