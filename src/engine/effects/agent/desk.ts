/** Where what an agent asks, tells and reads through its tools goes. It reaches its own attempt and nothing else. */
import type { AgentReport } from "../../../core/model/agent.ts";
import type { BlockerType } from "../../../core/model/flow.ts";
import type { AgentHandlers, ContextSection, ReportReceipt } from "../../../executors/agent-door/handlers.ts";
import type { AskedQuestion } from "../../../executors/types.ts";
import type { SourceHandoff } from "../../handoffs/admit.ts";
import {
  describeConstraints,
  describeDecisions,
  describeHandoffs,
  isBriefSmall,
  readSpec,
  writeBriefing,
} from "../briefing.ts";
import { type AnswerAsk, recordAsk } from "../follow.ts";
import type { Running } from "../running.ts";
import { knowTests, readPlaces } from "./permissions.ts";

/** @param answer hands an answer to the session that asked; false: nobody waits for it there any more */
export function openDesk(
  running: Running,
  handoffs: readonly SourceHandoff[],
  answer: (ask: string) => AnswerAsk,
): AgentHandlers {
  const { context, launch } = running;
  const { attempt, fence } = launch;
  const { live } = running;
  return {
    async onAsk(ask, question) {
      await live.seen();
      return recordAsk(running, { ask, question, answer: answer(ask) });
    },
    async onReport(report) {
      await live.seen();
      return record(running, report);
    },
    onProgress(text) {
      void live.seen();
      void context.engine.submitResult({ kind: "attempt_progressed", attempt, fence, text });
    },
    async readContext(section) {
      await live.seen();
      return read(running, handoffs, section);
    },
  };
}

async function record(running: Running, report: AgentReport): Promise<ReportReceipt> {
  const { context, launch, workstream, task } = running;
  const { attempt, fence } = launch;
  const { engine } = context;
  if (report.kind === "hand_off") {
    return toReceipt(await engine.submitResult({ ...report, kind: "hand_off_written", attempt, fence }));
  }
  if (report.kind === "blocker") {
    const type = report.type as BlockerType;
    const owner = workstream.owner ?? "operator";
    const rest = { workstream: workstream.id, task: task.id, owner, reason: report.reason, by: attempt };
    return toReceipt(await engine.submitResult({ kind: "declare_blocker", type, ...rest }));
  }
  return recordChoice(running, report);
}

/** What it decided by itself is judged; where that says so, the operator is asked and the agent told to wait for the answer. */
async function recordChoice(
  running: Running,
  { subject, choice, reason, confidence }: Extract<AgentReport, { kind: "decision" }>,
): Promise<ReportReceipt> {
  const { context, launch, project } = running;
  const { attempt, fence } = launch;
  const places = await readPlaces(running, []);
  const judging = { policy: project.autonomy(), places, tests: await knowTests(running) };
  const said = { subject, choice, reason, confidence, ...judging };
  const decided = await context.engine.submitResult({ kind: "choice_reported", attempt, fence, ...said });
  if (!decided.ok) return { refused: decided.refusal.message };
  const judged = decided.events.find((event) => event.kind === "choice_judged");
  if (judged?.outcome === "refuse") return { refused: judged.reasons.join("; ") };
  if (judged?.outcome !== "ask") return { note: null };
  const receipt = await recordAsk(running, {
    ask: `choice ${subject}`,
    question: toQuestion({ subject, choice, reason, confidence }),
    answer: async () => false,
    learns: judged.learns,
  });
  if ("refused" in receipt) return receipt;
  return {
    note: `It is yours to propose, not to decide: recorded as ${receipt.decision}. Build nothing more on it; do what does not depend on it, then end your turn. The answer comes with your next prompt.`,
  };
}

function toQuestion({
  subject,
  choice,
  reason,
  confidence,
}: Omit<Extract<AgentReport, { kind: "decision" }>, "kind">): AskedQuestion {
  const key = subject
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 50);
  return {
    key: key === "" ? "CHOICE" : key,
    question: `${subject}: ${choice} (${Math.round(confidence * 100)} % sure): ${reason}`.slice(0, 1_000),
    options: [
      {
        id: "keep",
        label: "keep it",
        description: choice.slice(0, 200),
        implications: [],
        recommended: true,
      },
      {
        id: "change",
        label: "not so",
        description: "the agent looks for another way",
        implications: [],
        recommended: false,
      },
    ],
    defaultOption: null,
    autoResolveMinutes: null,
  };
}

type Decided = Awaited<ReturnType<Running["context"]["engine"]["submitResult"]>>;

const toReceipt = (decided: Decided): ReportReceipt =>
  decided.ok ? { note: null } : { refused: decided.refusal.message };

async function read(
  { context, project, launch, task: known, workstream: own }: Running,
  handoffs: readonly SourceHandoff[],
  section: ContextSection,
): Promise<string> {
  const { task, workstream } = context.find(known.id) ?? { task: known, workstream: own };
  const isSmall = isBriefSmall(launch);
  switch (section) {
    case "briefing":
      return writeBriefing(context, project, { task, workstream, handoffs, isSmall });
    case "spec":
      return (await readSpec(project, workstream)) ?? "";
    case "decisions":
      return describeDecisions(context, workstream);
    case "handoffs":
      return describeHandoffs(handoffs);
    case "constraints":
      return describeConstraints(context, project, { task, workstream });
  }
}
