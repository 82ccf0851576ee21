/** What agents are told of their tools. */
import {
  askArguments,
  blockerArguments,
  contextArguments,
  decisionArguments,
  handOffArguments,
  progressArguments,
} from "./arguments.ts";
import { toolText } from "./tool.ts";

export const ASK_OPERATOR = toolText({
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
});

export const REPORT_DECISION = toolText({
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
});

export const REPORT_PROGRESS = toolText({
  name: "report_progress",
  title: "Report progress",
  description: "Tells in one line how far you are. Use it after each part of the task that is done.",
  schema: progressArguments,
  example: { text: "parser done with tests; the writer is next" },
});

export const GET_CONTEXT = toolText({
  name: "get_context",
  title: "Read your context",
  description:
    "Reads a part of what this attempt is about: briefing (the task, how it is judged), spec (the whole document), decisions (what was decided, with reasons), handoffs (what earlier tasks left for you), constraints (what must hold, what is out of scope). Use it before you ask, and after a long conversation.",
  schema: contextArguments,
  example: { section: "decisions" },
  isReadOnly: true,
});

export const DECLARE_BLOCKER = toolText({
  name: "declare_blocker",
  title: "Declare a blocker",
  description:
    "Says that something is in the way that you cannot remove and no choice of the operator would: an outside system, missing access, a spec that contradicts itself. For a question with options use ask_operator.",
  schema: blockerArguments,
  example: {
    type: "external",
    reason: "The test server answers 503 since an hour; three tries. It has to be up again.",
  },
});

export const HAND_OFF = toolText({
  name: "hand_off",
  title: "Hand off",
  description:
    "Leaves what whoever goes on has to know. Call it once, as the last thing, when your task is done or cannot go on. Called again it replaces what you left.",
  schema: handOffArguments,
  example: {
    summary: "Sessions are kept in SQLite; expiry is not built, the spec leaves it open.",
    notes: ["src/session.ts exports openSessions(path)"],
  },
});
