import type { AgentReport } from "../../core/model/agent.ts";
import type { AskedQuestion } from "../types.ts";

/** Parts of what an attempt may read about itself. */
export const CONTEXT_SECTIONS = ["briefing", "spec", "decisions", "handoffs", "constraints"] as const;

export type ContextSection = (typeof CONTEXT_SECTIONS)[number];

/** What became of a question: the decision it is recorded as, e.g. `D-12`, or why it is not taken. */
export type AskReceipt = { readonly decision: string } | { readonly refused: string };

/** What became of a report. `note`: a sentence for the agent, e.g. what it has to do now; null: nothing to add. */
export type ReportReceipt = { readonly note: string | null } | { readonly refused: string };

/** Where what an agent asks and tells goes. Nothing else can be reached from inside. All texts come from the agent: data. */
export interface AgentHandlers {
  /** Resolves when the question is recorded. `answer` with the same `ask` may come before that. Each question comes once while it is open. */
  onAsk(ask: string, question: AskedQuestion): Promise<AskReceipt>;
  /** Resolves when the report is recorded. */
  onReport(report: AgentReport): Promise<ReportReceipt>;
  onProgress(text: string): void;
  /** Markdown; empty: there is nothing. */
  readContext(section: ContextSection): Promise<string>;
  /** What the agent has to hear with the reply of its next call, each once. @default nothing */
  takeNotes?(): readonly string[];
}
