import type { z } from "zod";
import type { AgentReport } from "../../core/model/agent.ts";
import type { AskedQuestion } from "../types.ts";
import type { AgentHandlers } from "./handlers.ts";
import { type AskOutcome, Questions, type StartTimer } from "./questions.ts";
import { type AgentTool, bindTool, type ToolReply, type ToolText, toError, toText } from "./tool.ts";
import * as texts from "./tool-texts.ts";

/** Some agents cut a call after 300 s, whatever is configured. */
const ASK_WAIT_MS = 240_000;
/** Calls of one attempt in all, and at once. */
const CALLS_MAX = 5_000;
const CALLS_AT_ONCE_MAX = 32;
/** Characters of context in one reply. */
const PAGE_CHARACTERS = 30_000;
const AFTER_BLOCKER =
  "Do what does not depend on it; where nothing is left, call hand_off and end your turn.";

export interface AgentToolsOptions {
  readonly handlers: AgentHandlers;
  /** Longest time that `ask_operator` waits for the answer. @default 240_000 */
  readonly askWaitMs?: number;
  /** @default the system's timers */
  readonly startTimer?: StartTimer;
}

/** All that an agent can do with osqr: ask, tell, and read what its attempt is about. It cannot answer. */
export interface AgentTools {
  readonly list: readonly AgentTool[];
  /** Answers a question. True: a call that waits got it; false: the agent has to be told by its next prompt. */
  answer(ask: string, optionId: string): boolean;
  /** Calls that wait come back with the word that the attempt is being ended; nothing new is asked. */
  park(): void;
}

export function createAgentTools(options: AgentToolsOptions): AgentTools {
  const { handlers, askWaitMs = ASK_WAIT_MS, startTimer = startSystemTimer } = options;
  const questions = new Questions({ onAsk: handlers.onAsk, waitMs: askWaitMs, startTimer });
  const bound = new CallBound();
  const tools = bindTools(handlers, questions);
  return {
    list: tools.map((tool) => ({
      ...tool,
      call: async (args, signal) => withNotes(handlers, await bound.run(() => tool.call(args, signal))),
    })),
    answer: (ask, optionId) => questions.answer(ask, optionId),
    park: () => questions.park(),
  };
}

function bindTools(handlers: AgentHandlers, questions: Questions): readonly AgentTool[] {
  const tell = (told: AgentReport, next: string): Promise<ToolReply> => report(handlers, told, next);
  return [
    bindTool(texts.ASK_OPERATOR, (args, signal) => ask(questions, args, signal)),
    bindTool(texts.REPORT_DECISION, (args) => tell({ kind: "decision", ...args }, "Go on.")),
    bindTool(texts.REPORT_PROGRESS, async ({ text }) => {
      handlers.onProgress(text);
      return toText("Shown.");
    }),
    bindTool(texts.GET_CONTEXT, (args) => readPage(handlers, args)),
    bindTool(texts.DECLARE_BLOCKER, (args) => tell({ kind: "blocker", ...args }, AFTER_BLOCKER)),
    bindTool(texts.HAND_OFF, ({ summary, notes = [], nothing_to_do }) => {
      const nothing = nothing_to_do === true ? ({ isNothing: true } as const) : {};
      return tell({ kind: "hand_off", summary, notes, ...nothing }, "End your turn now.");
    }),
  ];
}

/** What came up meanwhile goes with the reply. */
function withNotes({ takeNotes }: AgentHandlers, reply: ToolReply): ToolReply {
  const notes = takeNotes?.() ?? [];
  return notes.length === 0 ? reply : { ...reply, text: [reply.text, ...notes].join("\n\n") };
}

const startSystemTimer: StartTimer = (ms, onDue) => {
  const timer = setTimeout(onDue, ms);
  return () => clearTimeout(timer);
};

/** Bounds the calls of an attempt, and turns what fails in one into a reply. */
class CallBound {
  #count = 0;
  #running = 0;

  async run(call: () => Promise<ToolReply>): Promise<ToolReply> {
    if (this.#count >= CALLS_MAX) return toError(`${CALLS_MAX} calls were made already: end your turn now.`);
    if (this.#running >= CALLS_AT_ONCE_MAX) {
      return toError(
        `${CALLS_AT_ONCE_MAX} calls are under way already: wait until one of them has come back.`,
      );
    }
    this.#count += 1;
    this.#running += 1;
    try {
      return await call();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return toError(
        `osqr could not take this: ${message.slice(0, 300)}. Try once more, then go on without.`,
      );
    } finally {
      this.#running -= 1;
    }
  }
}

function describeOutcome({ options }: AskedQuestion, outcome: AskOutcome): ToolReply {
  if (outcome.kind === "refused") {
    return toError(
      `The question was not taken: ${outcome.reason}. Go on with what does not depend on it; where nothing is left, end your turn.`,
    );
  }
  const decision = outcome.decision === null ? "" : ` as ${outcome.decision}`;
  if (outcome.kind === "later") {
    const ending = outcome.isEnding ? " The attempt is being ended for now." : "";
    return toText(
      `Not answered yet: recorded${decision}.${ending} Do not ask again and do not guess. End your turn now; the answer comes with the next prompt.`,
    );
  }
  const label = options.find(({ id }) => id === outcome.option)?.label ?? outcome.option;
  return toText(`The answer is ${outcome.option}: ${label} (recorded${decision}). Go on with it.`);
}

type ArgumentsOf<Text extends ToolText<z.ZodObject>> = z.output<Text["schema"]>;

async function ask(
  questions: Questions,
  args: ArgumentsOf<typeof texts.ASK_OPERATOR>,
  signal: AbortSignal,
): Promise<ToolReply> {
  const question: AskedQuestion = {
    key: args.key,
    question: args.question,
    options: args.options.map(({ id, label, description = "", implications = [] }) => {
      return { id, label, description, implications, recommended: id === args.recommended };
    }),
    defaultOption: args.default ?? null,
    autoResolveMinutes: args.after_minutes ?? null,
  };
  return describeOutcome(question, await questions.ask(question, signal));
}

async function readPage(
  { readContext }: AgentHandlers,
  { section, offset = 0 }: ArgumentsOf<typeof texts.GET_CONTEXT>,
): Promise<ToolReply> {
  const text = await readContext(section);
  if (text.trim() === "") return toText(`There is nothing under ${section}.`);
  const end = offset + PAGE_CHARACTERS;
  const rest = text.length - end;
  const more = rest > 0 ? `\n[${rest} characters more: call get_context with offset ${end}]` : "";
  return toText(`${text.slice(offset, end)}${more}`.toWellFormed());
}

/** Hands a report over and says what became of it. */
async function report({ onReport }: AgentHandlers, told: AgentReport, next: string): Promise<ToolReply> {
  const receipt = await onReport(told);
  if ("refused" in receipt) return toError(`Not recorded: ${receipt.refused}`);
  return toText(`Recorded. ${receipt.note ?? next}`);
}
