/** What an executor tells while it works, and what it is told. */
import { nameKind } from "../../core/autonomy/learning.ts";
import type { RefusedHost } from "../../core/model/agent.ts";
import type { QuestionDraft } from "../../core/model/command.ts";
import type { AttemptId, DecisionId } from "../../core/model/ids.ts";
import { questionKey } from "../../core/plan/question-key.ts";
import type { AskReceipt } from "../../executors/agent-door/handlers.ts";
import type { AskedQuestion, ExecutorEvent, ExecutorSession } from "../../executors/types.ts";
import type { ProcessResult } from "../../sandbox/types.ts";
import type { EffectContext, LiveAttempt } from "./context.ts";
import type { Running } from "./running.ts";
import { countToolCall, noteCall, recordUsage } from "./usage.ts";

/** Reads the stream of a program to its end. */
export async function follow(running: Running, session: ExecutorSession): Promise<ProcessResult> {
  for await (const event of session.events) {
    if (event.kind === "ended") return event.result;
    await takeEvent(running, session, event);
  }
  throw new Error("the executor's stream ended without saying how");
}

/** Questions, progress and what an agent tells of itself become commands. */
export async function takeEvent(
  running: Running,
  session: ExecutorSession,
  event: ExecutorEvent,
): Promise<void> {
  const { context, launch } = running;
  const { attempt, fence } = launch;
  switch (event.kind) {
    case "used":
      await recordUsage(running, session, event);
      return;
    case "started":
      running.live.pid = event.pid;
      return;
    case "tool_ended":
      noteCall(running.live, event.isFailed);
      return;
    case "tool":
      await countToolCall(running, session);
      return;
    case "asked":
      await askOperator(running, session, event);
      return;
    case "progress":
      await context.engine.submitResult({ kind: "attempt_progressed", attempt, fence, text: event.text });
      return;
    case "network": {
      const { host, port, isAllowed } = event.decision;
      if (!isAllowed && port > 0) await tellRefused(running, [{ host, port, count: 1 }]);
      return;
    }
    case "refused":
      // The first time of each was told when it came.
      await tellRefused(running, takeRest(event.hosts));
      return;
    case "session": {
      const { session: opened, how } = event;
      running.live.conversation = opened;
      await context.engine.submitResult({ kind: "session_opened", attempt, fence, session: opened, how });
      return;
    }
    default:
      return;
  }
}

const takeRest = (hosts: readonly RefusedHost[]): readonly RefusedHost[] =>
  hosts.flatMap((each) => (each.count > 1 ? [{ ...each, count: each.count - 1 }] : []));

async function tellRefused({ context, launch }: Running, hosts: readonly RefusedHost[]): Promise<void> {
  const { attempt, fence } = launch;
  if (hosts.length > 0) await context.engine.submitResult({ kind: "network_refused", attempt, fence, hosts });
}

/** The kind of what an agent recommends; null: it recommends nothing. */
function nameTopic({ key, options }: AskedQuestion): string | null {
  if (!options.some(({ recommended }) => recommended)) return null;
  return nameKind({ on: "subject", names: ["decide"], subject: key.replaceAll("_", " ") });
}

function toDraft(asked: AskedQuestion, learns: string | null): QuestionDraft {
  const { key, question, options, defaultOption, autoResolveMinutes } = asked;
  return {
    contentKey: questionKey({ key, question, options }),
    type: "implementation",
    priority: "high",
    subject: { kind: "question", key, ...(learns === null ? {} : { learns }) },
    question,
    context: "",
    location: null,
    options,
    blocksProgress: true,
    deadline: null,
    defaultOption,
    autoResolveMinutes,
  };
}

/** Hands a chosen option to whoever asked; false: nobody waits for it any more. */
export type AnswerAsk = (option: string) => Promise<boolean>;

interface Asked {
  readonly ask: string;
  readonly question: AskedQuestion;
  readonly answer: AnswerAsk;
  /** What the answer teaches about; null: nothing; absent: about the topic of the question. */
  readonly learns?: string | null;
}

/** Opens the decision, or joins the one with the same content; where it is answered already, the answer comes at once. */
export async function recordAsk(
  { context, launch, live, workstream }: Running,
  { ask, question, answer, learns = nameTopic(question) }: Asked,
): Promise<AskReceipt> {
  const { attempt, fence } = launch;
  const draft = toDraft(question, learns);
  const decided = await context.engine.submitResult({
    kind: "attempt_asked",
    attempt,
    fence,
    question: draft,
  });
  if (!decided.ok) return { refused: decided.refusal.message };
  const id = context.state.byContent.get(`${workstream.project}/${draft.contentKey}`);
  if (id === undefined) return { refused: "the question was withdrawn at once" };
  live.asks.set(ask, { decision: id, question: draft, answer });
  await answerAsks(context, id);
  return { decision: id };
}

async function askOperator(
  running: Running,
  session: ExecutorSession,
  { ask, question }: Extract<ExecutorEvent, { kind: "asked" }>,
): Promise<void> {
  const answer: AnswerAsk = (option) => session.answer(ask, option);
  const receipt = await recordAsk(running, { ask, question, answer });
  if ("refused" in receipt) await session.cancel("cancel");
}

/** Hands a resolved decision to every live attempt that asked for it. */
export async function answerAsks(context: EffectContext, id: DecisionId): Promise<void> {
  const state = context.state.decisions.get(id)?.state;
  if (state?.kind !== "resolved") return;
  for (const [attempt, live] of context.live) {
    for (const [ask, { decision, question, answer }] of [...live.asks]) {
      if (decision !== id) continue;
      live.asks.delete(ask);
      const handed = handOver(context, attempt, { live, question, answer, id, option: state.option });
      // A turn that ends meanwhile waits for it: else nobody would be told.
      live.handing.add(handed);
      await handed.finally(() => live.handing.delete(handed));
    }
  }
}

interface Answered {
  readonly live: LiveAttempt;
  readonly question: QuestionDraft;
  readonly answer: AnswerAsk;
  readonly id: DecisionId;
  readonly option: string;
}

async function handOver(
  context: EffectContext,
  attempt: AttemptId,
  { live, question, answer, id, option }: Answered,
): Promise<void> {
  await resumeAttempt(context, attempt, live, id);
  if (await answer(option)) return;
  live.told.push(sayAnswer(id, question, option));
  live.wake();
}

/** `D-3 MODEL, "Which model?": local (on this machine)`. */
function sayAnswer(id: DecisionId, { subject, question, options }: QuestionDraft, option: string): string {
  const key = subject.kind === "question" ? ` ${subject.key}` : "";
  const label = options.find((each) => each.id === option)?.label ?? option;
  return `${id}${key}, "${question}": ${option} (${label})`;
}

/** Takes a slot again; where it asked more at once and that is still open, it goes on waiting for that. */
async function resumeAttempt(
  { engine, state }: EffectContext,
  attempt: AttemptId,
  live: LiveAttempt,
  answered: DecisionId,
): Promise<void> {
  const known = state.attempts.get(attempt);
  if (known?.state.kind !== "waiting" || known.state.decision !== answered) return;
  const { fence } = known;
  await engine.submitResult({ kind: "attempt_answered", attempt, fence });
  await parkAgain({ engine, state }, attempt, live);
}

/** Distinguishes, among the open questions of an attempt, that whether it gets on. It works meanwhile and does not wait for it. */
export const BUSY_ASK = "progress";

/** Where something else is open that it asked, it waits for that. */
export async function parkAgain(
  { engine, state }: Pick<EffectContext, "engine" | "state">,
  attempt: AttemptId,
  live: LiveAttempt,
): Promise<void> {
  const fence = state.attempts.get(attempt)?.fence;
  if (fence === undefined) return;
  for (const [ask, { decision, question }] of live.asks) {
    if (ask !== BUSY_ASK && engine.state.open.has(decision)) {
      await engine.submitResult({ kind: "attempt_asked", attempt, fence, question });
      return;
    }
  }
}
