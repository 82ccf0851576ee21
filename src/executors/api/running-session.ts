import { join } from "node:path";
import type { LanguageModel, ModelMessage } from "ai";
import type { AgentFailure, SessionStart } from "../../core/model/agent.ts";
import { maskDeep } from "../../core/secrets/mask-deep.ts";
import type { ProcessResult } from "../../sandbox/types.ts";
import { renderSkill } from "../agent-door/skill.ts";
import type { AgentTool } from "../agent-door/tool.ts";
import type { AgentTools } from "../agent-door/tools.ts";
import type { AttemptPlace } from "../attempt-process.ts";
import type { EventQueue } from "../event-queue.ts";
import { maskShown } from "../mask-shown.ts";
import type { AgentControls, AttemptOrder, ExecutorEvent, ExecutorSession } from "../types.ts";
import type { ApiExecutorOptions } from "./api.ts";
import { addPrompt, loadConversation, saveConversation } from "./conversation.ts";
import { toProcessFailure, toRequestFailure } from "./failure.ts";
import type { MeteredFetch } from "./metered-fetch.ts";
import { Permissions } from "./permissions.ts";
import { explainMissing } from "./provider.ts";
import { createFileTools } from "./tools/file-tools.ts";
import { type ToolServer, ToolsEndedError } from "./tools/tool-server.ts";
import { runTurn } from "./turn.ts";

const CONTEXT_TOKENS = 100_000;
/** Roughly, of code and prose. */
const CHARS_PER_TOKEN = 3;
/** What the time limit stands still for, beside questions and permissions. */
const NEXT_PROMPT = "next prompt";

interface Parts {
  readonly options: ApiExecutorOptions;
  readonly order: AttemptOrder;
  readonly place: AttemptPlace;
  readonly tools: ToolServer;
  readonly agentTools: AgentTools;
  readonly model: LanguageModel;
  /** What its requests pass. */
  readonly requests: Pick<MeteredFetch, "finish">;
  readonly events: EventQueue;
  readonly emit: (event: ExecutorEvent) => void;
  /** Masks the key of the model's server. */
  readonly mask: (text: string) => string;
}

/** An attempt of a model: turns one after the other, between them it waits for a prompt. It ends with the process of its tools. */
export class RunningSession implements ExecutorSession {
  readonly events: AsyncIterable<ExecutorEvent>;
  readonly agent: AgentControls;
  readonly #parts: Parts;
  readonly #abort = new AbortController();
  readonly #permissions: Permissions;
  readonly #tools: readonly AgentTool[];
  readonly #ended: Promise<void>;
  #id = "";
  #messages: readonly ModelMessage[] = [];
  #turn: Promise<void> | null = null;
  #failure: AgentFailure | null = null;
  /** It was told to end after its last turn, or at once. */
  #isClosed = false;

  constructor(parts: Parts) {
    const { place, emit, tools } = parts;
    this.#parts = parts;
    this.events = parts.events;
    this.agent = {
      prompt: async (text) => this.#begin(text),
      permit: async (request, isAllowed, reason) => {
        this.#permissions.answer(request, { isAllowed, reason });
      },
      mask: parts.events.mask,
    };
    this.#permissions = new Permissions({
      onAsk: (request, action) => {
        place.waits.open(request);
        emit({ kind: "permission", request, action });
      },
      onDone: (request) => place.waits.close(request),
    });
    const own = parts.agentTools.list.map((tool) => this.#wrap(tool));
    this.#tools = [...this.#createFileTools(), ...own].map((tool) => this.#tellEnd(tool));
    place.waits.follow(tools.process);
    this.#ended = tools.process.result.then((result) => this.#end(result));
  }

  /** Opens or takes up the conversation and begins the first turn. */
  async begin(): Promise<void> {
    const { options, order, place, tools, emit } = this.#parts;
    emit({ kind: "started", pid: tools.process.pid, logPath: place.files.log });
    const missing = explainMissing(options.provider);
    if (missing !== null) {
      await this.#fail({ kind: "login", message: missing, retryAt: null });
      return;
    }
    const earlier = order.session === null ? null : await loadConversation(this.#folder, order.session.id);
    const how: SessionStart = order.session === null ? "new" : earlier === null ? "fresh" : "resumed";
    this.#id = how === "resumed" && order.session !== null ? order.session.id : options.newId();
    this.#messages = earlier ?? [];
    const prompt = (how === "resumed" ? order.goOn : null) ?? order.prompt ?? order.briefing;
    // Who asks it to go on does not know that it has forgotten what it was about.
    const isBriefed = how !== "fresh" || prompt.includes(order.briefing.trimEnd());
    const first = isBriefed ? prompt : `${order.briefing}\n\n${prompt}`;
    await this.#keep(addPrompt(this.#messages, first));
    const agent = `${order.model ?? options.provider.model} at ${new URL(options.provider.baseUrl).host}`;
    emit({ kind: "session", session: { id: this.#id, executor: options.name, agent }, how });
    this.#begin(null);
  }

  async answer(ask: string, optionId: string): Promise<boolean> {
    const { agentTools, place } = this.#parts;
    const isHeard = agentTools.answer(ask, optionId) || place.door.answer(ask, optionId);
    place.waits.close(ask);
    return isHeard;
  }

  async cancel(reason: "cancel" | "pause" | "shutdown"): Promise<void> {
    const { agentTools, place, tools } = this.#parts;
    this.#isClosed = true;
    agentTools.park();
    place.door.park();
    this.#abort.abort();
    await tools.terminate(reason);
    await this.#ended;
  }

  async close(): Promise<void> {
    if (this.#turn !== null && this.#failure === null) {
      await this.cancel("shutdown");
      return;
    }
    this.#isClosed = true;
    await this.#parts.tools.finish(0);
    await this.#ended;
  }

  get #folder(): string {
    const { options, order } = this.#parts;
    return options.sessionsFolder?.(order) ?? join(order.folder, "sessions");
  }

  /** Null: with the prompt that is there already. */
  #begin(text: string | null): void {
    if (this.#turn !== null || this.#isClosed)
      throw new Error("bug: a prompt came while a turn is under way");
    this.#parts.place.waits.close(NEXT_PROMPT);
    if (text !== null) this.#messages = addPrompt(this.#messages, text);
    this.#turn = this.#takeTurn();
  }

  /** Never rejects: what goes wrong ends the attempt. */
  async #takeTurn(): Promise<void> {
    const { options, model, order, emit, place, tools, mask } = this.#parts;
    try {
      const stop = await runTurn({
        model,
        instructions: `${renderSkill()}\nWorking directory: ${order.workspace.tree}\n`,
        messages: this.#messages,
        tools: this.#tools,
        stepsMax: options.turnsMax,
        charsMax: (options.contextTokens ?? CONTEXT_TOKENS) * CHARS_PER_TOKEN,
        signal: this.#abort.signal,
        onLine: (line) => tools.process.log(mask(line)),
        onStep: (messages) => this.#keep(messages),
      });
      if (stop === "cancelled") return;
      this.#turn = null;
      place.waits.open(NEXT_PROMPT);
      emit({ kind: "turn", stop });
    } catch (error) {
      if (!this.#abort.signal.aborted) await this.#fail(toRequestFailure(error, options.clock.now()));
    }
  }

  async #keep(messages: readonly ModelMessage[]): Promise<void> {
    const { tools, mask } = this.#parts;
    this.#messages = maskDeep(messages, mask);
    try {
      await saveConversation(this.#folder, this.#id, this.#messages);
    } catch (error) {
      // It goes on all the same; only a later process cannot take it up from here.
      tools.process.log(`osqr: the conversation could not be kept: ${String(error)}`);
    }
  }

  async #fail(failure: AgentFailure): Promise<void> {
    const { tools, mask } = this.#parts;
    this.#failure = failure;
    tools.process.log(mask(`osqr: ended: ${failure.message}`));
    await tools.finish(1);
  }

  async #end(result: ProcessResult): Promise<void> {
    const { order, place, emit, agentTools, tools, requests } = this.#parts;
    agentTools.park();
    this.#abort.abort();
    await this.#turn;
    requests.finish();
    const own = (): AgentFailure =>
      toProcessFailure(result, { timeoutMs: order.timeoutMs, broken: tools.broken });
    const failure = this.#failure ?? (this.#isClosed ? null : own());
    emit({ kind: "ended", result, failure });
    await place.release();
  }

  #createFileTools(): readonly AgentTool[] {
    const { tools, emit, mask } = this.#parts;
    return createFileTools({
      call: async (request) => {
        if (JSON.stringify(maskDeep(request, mask)) !== JSON.stringify(request))
          return { ok: false, text: "it holds the key of the model's server" };
        try {
          return await tools.call(request);
        } catch (error) {
          // Nothing can be done any more: the model is not asked again.
          if (error instanceof ToolsEndedError) this.#abort.abort();
          throw error;
        }
      },
      permit: (action) => this.#permissions.ask(maskShown(maskDeep(action, mask), mask), this.#abort.signal),
      begin: (title) => {
        emit({ kind: "tool", title });
        tools.process.log(mask(`> ${title}`));
      },
    });
  }

  #tellEnd(tool: AgentTool): AgentTool {
    return {
      ...tool,
      call: async (args, signal) => {
        const reply = await tool.call(args, signal);
        const { emit, tools: sandboxed } = this.#parts;
        if (reply.isError === true) sandboxed.process.log(`✗ ${tool.name}`);
        emit({ kind: "tool_ended", isFailed: reply.isError === true });
        return reply;
      },
    };
  }

  /** While a tool of osqr's own works, for which a person may have to answer, the attempt's time stands still. */
  #wrap(tool: AgentTool): AgentTool {
    const { place, emit } = this.#parts;
    return {
      ...tool,
      call: async (args, signal) => {
        emit({ kind: "tool", title: tool.name });
        place.waits.open(tool.name);
        try {
          return await tool.call(args, signal);
        } finally {
          place.waits.close(tool.name);
        }
      },
    };
  }
}
