/** What agents ask to be allowed to do, and what they decide by themselves: judged here, asked where the judgement says so. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { judge } from "../autonomy/judge.ts";
import { judgeDecision } from "../autonomy/judge-decision.ts";
import { NO_COUNTS } from "../autonomy/learning.ts";
import { NO_TRUST } from "../autonomy/trust.ts";
import type { AutonomyContext, Verdict } from "../autonomy/types.ts";
import { needWorkstream } from "../evolve/draft.ts";
import type { AgentAction } from "../model/agent.ts";
import type { Command, QuestionDraft } from "../model/command.ts";
import type { Attempt } from "../model/work.ts";
import { maskDeep } from "../secrets/mask-deep.ts";
import { claimOf } from "./claims.ts";
import { knownProject } from "./known.ts";
import { askQuestion, toOption } from "./questions.ts";
import type { Step } from "./step.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

const SHOWN_MAX = 300;

function toContext(
  step: Step,
  attempt: Attempt,
  { policy, places, tests }: Pick<Of<"permission_requested">, "policy" | "places" | "tests">,
): AutonomyContext {
  const workstream = needWorkstream(step.state, attempt.workstream);
  const { autonomy: counts = NO_COUNTS } = knownProject(step, workstream.project);
  const { trust = NO_TRUST } = workstream;
  return { policy, workstream, places, tests, confidence: null, counts, trust, now: step.now };
}

export function requestPermission(step: Step, command: Of<"permission_requested">): void {
  const attempt = claimOf(step, command, ["running", "waiting"]);
  const { request, action, fence } = command;
  const { mask = (text: string) => text } = command;
  const verdict = maskVerdict(judge(action, toContext(step, attempt, command)), mask);
  const { outcome, reasons, hazards, kind: learns } = verdict;
  const { content: _, shown = [], kind, ...named } = action;
  const told = { kind, ...maskDeep(named, mask) };
  const judged = { attempt: attempt.id, fence, request, action: told, outcome, reasons, hazards, learns };
  if (outcome !== "ask") {
    step.emit({ kind: "permission_judged", ...judged });
    return;
  }
  const question = permissionQuestion(attempt, { action, told, shown }, verdict);
  const decision = askQuestion(step, attempt.workstream, question, [attempt.task]);
  step.emit({ kind: "permission_judged", ...judged, decision });
  if (attempt.state.kind === "running" && step.state.decisions.get(decision)?.state.kind === "open")
    step.emit({ kind: "attempt_parked", attempt: attempt.id, fence, decision });
}

/** The verdict in words that may be recorded. Of what cannot be named nothing is learned. */
function maskVerdict(verdict: Verdict, mask: (text: string) => string): Verdict {
  const { kind, reasons } = verdict;
  return {
    ...verdict,
    reasons: reasons.map(mask),
    kind: kind === null || mask(kind) !== kind ? null : kind,
  };
}

/** Asked again by the same task, the same action is the same question: also what is not told of it has to be the same. */
function permissionQuestion(
  { id, task, executor }: Attempt,
  {
    action,
    told,
    shown,
  }: {
    readonly action: AgentAction;
    readonly told: Omit<AgentAction, "content" | "shown">;
    /** Lines of what it would write. */
    readonly shown: readonly string[];
  },
  verdict: Verdict,
): QuestionDraft {
  const said = JSON.stringify([
    action.kind,
    action.paths,
    action.command,
    action.host,
    action.tool,
    action.content,
  ]);
  const { kind, paths, command, host, tool, title } = told;
  const what = command ?? host ?? tool ?? (paths.length === 0 ? title : paths.join(", "));
  return {
    contentKey: `permission:${task}:${bytesToHex(sha256(utf8ToBytes(said))).slice(0, 32)}`,
    type: "approval",
    priority: "high",
    subject: {
      kind: "permission",
      task,
      attempt: id,
      learns: verdict.kind,
      ...(paths.length === 0 ? {} : { paths }),
    },
    question: `${executor} wants to ${kind === "other" ? "do" : kind}: ${what.slice(0, SHOWN_MAX)}`,
    context: [...verdict.reasons, ...shown].join("\n"),
    location: null,
    options: [
      toOption("allow", "allow it", "this once, for this task"),
      toOption("refuse", "refuse it", "the agent is told why and looks for another way"),
    ],
    blocksProgress: true,
    deadline: null,
    defaultOption: null,
    autoResolveMinutes: null,
  };
}

export function reportChoice(step: Step, command: Of<"choice_reported">): void {
  const attempt = claimOf(step, command, ["running", "waiting"]);
  const { subject, choice, reason, confidence, fence } = command;
  const said = { subject, choice, reason, confidence };
  const verdict = judgeDecision({ kind: "decision", ...said }, toContext(step, attempt, command));
  const { outcome, reasons, kind: learns } = verdict;
  step.emit({ kind: "choice_judged", attempt: attempt.id, fence, ...said, outcome, reasons, learns });
}

/** Nobody waits for a permission whose attempt has ended, nor asks whether it is stuck. */
export function closePermissions(step: Step): void {
  const ended = new Set(
    step.events.flatMap((event) =>
      event.kind === "attempt_ended" || event.kind === "attempt_completed" ? [event.attempt] : [],
    ),
  );
  if (ended.size === 0) return;
  for (const id of [...step.state.open.keys()]) {
    const subject = step.state.decisions.get(id)?.subject;
    if ((subject?.kind === "permission" || subject?.kind === "stuck") && ended.has(subject.attempt))
      step.emit({ kind: "decision_withdrawn", decision: id, reason: `${subject.attempt} has ended` });
  }
}
