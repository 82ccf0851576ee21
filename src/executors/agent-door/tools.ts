import type { AgentReport } from "../../core/model/agent.ts";
import type { AskedQuestion } from "../types.ts";
import {
  askArguments,
  blockerArguments,
  contextArguments,
  decisionArguments,
  handOffArguments,
  progressArguments,
} from "./arguments.ts";
import type { AgentHandlers } from "./handlers.ts";
import { type AskOutcome, Questions, type StartTimer } from "./questions.ts";
import { type AgentTool, defineTool, type ToolReply, toError, toText } from "./tool.ts";

/** Some agents cut a call after 300 s, whatever is configured. */
const ASK_WAIT_MS = 240_000;
/** Calls of one attempt in all, and at once. */
const CALLS_MAX = 5_000;
const CALLS_AT_ONCE_MAX = 32;
/** Characters of context in one reply. */
const PAGE_CHARACTERS = 30_000;

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
  const tools = [
    createAskTool(questions),
    createDecisionTool(handlers),
    createProgressTool(handlers),
    createContextTool(handlers),
    createBlockerTool(handlers),
    createHandOffTool(handlers),
  ];
  return {
    list: tools.map((tool) => ({
      ...tool,
      call: async (args, signal) => withNotes(handlers, await bound.run(() => tool.call(args, signal))),
    })),
    answer: (ask, optionId) => questions.answer(ask, optionId),
    park: () => questions.park(),
  };
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

function createAskTool(questions: Questions): AgentTool {
  return defineTool({
    name: "ask_operator",
    title: "Ask the operator",
    description:
      "Asks the person osqr works for, who picks one of your options. Use it where the spec leaves open what only they can decide, or before anything that cannot be undone; look into the code and get_context first. Waits some minutes; where it says that the question is recorded, end your turn: the answer comes with your next prompt.",
    schema: askArguments,
    example: {
      key: "SESSION_STORE",
      question: "Where are sessions kept?",
      options: [
        { id: "sqlite", label: "SQLite", description: "A file beside the data" },
        { id: "memory", label: "In memory", implications: ["Everybody is signed out at a restart"] },
      ],
      recommended: "sqlite",
    },
    async run(args, signal) {
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
    },
  });
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

/** Hands a report over and says what became of it. */
async function report({ onReport }: AgentHandlers, told: AgentReport, next: string): Promise<ToolReply> {
  const receipt = await onReport(told);
  if ("refused" in receipt) return toError(`Not recorded: ${receipt.refused}`);
  return toText(`Recorded. ${receipt.note ?? next}`);
}

function createDecisionTool(handlers: AgentHandlers): AgentTool {
  return defineTool({
    name: "report_decision",
    title: "Report a decision of yours",
    description:
      "Records what you decided yourself and others may want to know or change: a library, a format, an interface, a reading of the spec. Say honestly how sure you are; below 0.7, ask_operator is better. Not for every small step.",
    schema: decisionArguments,
    example: {
      subject: "session storage",
      choice: "SQLite in WAL mode",
      reason: "The spec asks for one file and several readers",
      confidence: 0.8,
    },
    run: (args) => report(handlers, { kind: "decision", ...args }, "Go on."),
  });
}

function createProgressTool({ onProgress }: AgentHandlers): AgentTool {
  return defineTool({
    name: "report_progress",
    title: "Report progress",
    description: "Tells in one line how far you are. Use it after each part of the task that is done.",
    schema: progressArguments,
    example: { text: "parser done with tests; the writer is next" },
    async run({ text }) {
      onProgress(text);
      return toText("Shown.");
    },
  });
}

function createContextTool({ readContext }: AgentHandlers): AgentTool {
  return defineTool({
    name: "get_context",
    title: "Read your context",
    description:
      "Reads a part of what this attempt is about: briefing (the task, how it is judged), spec (the whole document), decisions (what was decided, with reasons), handoffs (what earlier tasks left for you), constraints (what must hold, what is out of scope). Use it before you ask, and after a long conversation.",
    schema: contextArguments,
    example: { section: "decisions" },
    isReadOnly: true,
    async run({ section, offset = 0 }) {
      const text = await readContext(section);
      if (text.trim() === "") return toText(`There is nothing under ${section}.`);
      const end = offset + PAGE_CHARACTERS;
      const rest = text.length - end;
      const more = rest > 0 ? `\n[${rest} characters more: call get_context with offset ${end}]` : "";
      return toText(`${text.slice(offset, end)}${more}`.toWellFormed());
    },
  });
}

function createBlockerTool(handlers: AgentHandlers): AgentTool {
  return defineTool({
    name: "declare_blocker",
    title: "Declare a blocker",
    description:
      "Says that something is in the way that you cannot remove and no choice of the operator would: an outside system, missing access, a spec that contradicts itself. For a question with options use ask_operator.",
    schema: blockerArguments,
    example: {
      type: "external",
      reason: "The test server answers 503 since an hour; three tries. It has to be up again.",
    },
    run: (args) =>
      report(
        handlers,
        { kind: "blocker", ...args },
        "Do what does not depend on it; where nothing is left, call hand_off and end your turn.",
      ),
  });
}

function createHandOffTool(handlers: AgentHandlers): AgentTool {
  return defineTool({
    name: "hand_off",
    title: "Hand off",
    description:
      "Leaves what whoever goes on has to know. Call it once, as the last thing, when your task is done or cannot go on. Called again it replaces what you left.",
    schema: handOffArguments,
    example: {
      summary: "Sessions are kept in SQLite; expiry is not built, the spec leaves it open.",
      notes: ["src/session.ts exports openSessions(path)"],
    },
    run: ({ summary, notes = [] }) =>
      report(handlers, { kind: "hand_off", summary, notes }, "End your turn now."),
  });
}
