import {
  dynamicTool,
  isStepCount,
  jsonSchema,
  type LanguageModel,
  type ModelMessage,
  type StepResult,
  streamText,
  type TextStreamPart,
  type ToolSet,
} from "ai";
import type { StopReason } from "../../core/model/agent.ts";
import type { AgentTool } from "../agent-door/tool.ts";
import { boundMessages, closeCalls } from "./conversation.ts";
import { TextLines } from "./text-lines.ts";

// Else the SDK writes what it has to say on the daemon's stderr.
globalThis.AI_SDK_LOG_WARNINGS = false;

/** How often a request is sent again, before its answer begins and once it has begun. */
const RETRIES_MAX = 2;

export interface Turn {
  readonly model: LanguageModel;
  readonly instructions: string;
  /** The conversation so far, with the prompt as its last. */
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly AgentTool[];
  /** Requests to the model in one turn. */
  readonly stepsMax: number;
  /** Characters of the conversation that a request may hold. */
  readonly charsMax: number;
  /** Aborted: it ends at once, as `cancelled`. */
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  /** A step is whole. `messages`: the conversation with it. */
  readonly onStep: (messages: readonly ModelMessage[]) => Promise<void>;
}

/**
 * One turn: the AI SDK's own loop asks the model and runs the tools that it calls, one after the other, until the model has no more calls.
 *
 * @throws whatever the last request failed with
 */
export async function runTurn(turn: Turn): Promise<StopReason> {
  const { model, instructions, tools, signal } = turn;
  const follower = new Follower(turn);
  const { fullStream } = streamText({
    model,
    instructions,
    messages: [...turn.messages],
    tools: toToolSet(tools, signal),
    // Answers of a model stand on each other: calls are done in their order.
    toolCallConcurrency: 1,
    stopWhen: isStepCount(turn.stepsMax),
    abortSignal: signal,
    maxRetries: RETRIES_MAX,
    streamRetries: RETRIES_MAX,
    telemetry: { isEnabled: false },
    // What a conversation names is not fetched for it.
    experimental_download: async (files) => files.map(() => null),
    prepareStep: ({ messages }) => ({ messages: follower.begin(messages) }),
    onStepEnd: (step) => follower.end(step),
    onError: () => undefined, // The stream tells it too.
  });
  try {
    for await (const part of fullStream) follower.take(part);
  } catch (error) {
    follower.fail(error);
  }
  return follower.finish();
}

/** What happens in a turn, as the SDK tells it. */
class Follower {
  readonly #turn: Turn;
  readonly #lines: TextLines;
  #messages: ModelMessage[] = [];
  #last: StepResult<ToolSet> | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(turn: Turn) {
    this.#turn = turn;
    this.#lines = new TextLines(turn.onLine);
  }

  /** What is sent: a conversation that has become too long is cut. */
  begin(messages: readonly ModelMessage[]): ModelMessage[] {
    this.#messages = boundMessages(messages, this.#turn.charsMax);
    return this.#messages;
  }

  take(part: TextStreamPart<ToolSet>): void {
    switch (part.type) {
      case "text-delta":
      case "reasoning-delta":
        this.#lines.add(part.text);
        break;
      case "text-end":
      case "reasoning-end":
        this.#lines.end();
        break;
      case "error":
        this.fail(part.error);
        break;
      default:
        break;
    }
  }

  fail(error: unknown): void {
    this.#failure = { error };
  }

  async end(step: StepResult<ToolSet>): Promise<void> {
    // What is not whole is not gone on with.
    if (step.finishReason === "error" || this.#turn.signal.aborted) return;
    this.#last = step;
    this.#messages = closeCalls([...this.#messages, ...step.response.messages]);
    await this.#turn.onStep(this.#messages);
  }

  finish(): StopReason {
    this.#lines.end();
    if (this.#turn.signal.aborted) return "cancelled";
    if (this.#failure !== null) throw this.#failure.error;
    return toStopReason(this.#last);
  }
}

function toStopReason(last: StepResult<ToolSet> | null): StopReason {
  if (last === null) throw new Error("the model's answer has no end");
  if (last.finishReason === "length") return "max_tokens";
  if (last.finishReason === "content-filter") return "refusal";
  // The loop ends behind a step with calls only where no further step is allowed.
  return last.toolCalls.length > 0 ? "max_turns" : "end_turn";
}

/** Arguments are checked by the tools, which say how to correct them. */
function toToolSet(tools: readonly AgentTool[], signal: AbortSignal): ToolSet {
  return Object.fromEntries(
    tools.map(({ name, description, inputSchema, call }) => [
      name,
      dynamicTool({
        description,
        inputSchema: jsonSchema({ ...inputSchema }),
        execute: async (input) => (await call(input, signal)).text,
      }),
    ]),
  );
}
