/** What an executor tells while it works, and what it is told. */
import type { QuestionDraft } from "../../core/model/command.ts";
import type { AttemptId, DecisionId } from "../../core/model/ids.ts";
import { questionKey } from "../../core/plan/question-key.ts";
import type { AskedQuestion, ExecutorEvent, ExecutorSession } from "../../executors/types.ts";
import type { ProcessResult } from "../../sandbox/types.ts";
import type { EffectContext, LiveAttempt } from "./context.ts";
import type { Running } from "./running.ts";
import { countToolCall, recordUsage } from "./usage.ts";

/** Reads the stream to its end; questions and progress become commands. */
export async function follow(running: Running, session: ExecutorSession): Promise<ProcessResult> {
  const { context, launch } = running;
  for await (const event of session.events) {
    if (event.kind === "ended") return event.result;
    if (event.kind === "used") await recordUsage(running, session, event.usage);
    if (event.kind === "tool") await countToolCall(running, session);
    if (event.kind === "asked") await askOperator(running, session, event);
    if (event.kind === "progress") {
      const { attempt, fence } = launch;
      await context.engine.submitResult({ kind: "attempt_progressed", attempt, fence, text: event.text });
    }
  }
  throw new Error("the executor's stream ended without saying how");
}

function toDraft({
  key,
  question,
  options,
  defaultOption,
  autoResolveMinutes,
}: AskedQuestion): QuestionDraft {
  return {
    contentKey: questionKey({ key, question, options }),
    type: "implementation",
    priority: "high",
    subject: { kind: "question", key },
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

async function askOperator(
  { context, launch, live, workstream }: Running,
  session: ExecutorSession,
  { ask, question }: Extract<ExecutorEvent, { kind: "asked" }>,
): Promise<void> {
  const { attempt, fence } = launch;
  const draft = toDraft(question);
  const decided = await context.engine.submitResult({
    kind: "attempt_asked",
    attempt,
    fence,
    question: draft,
  });
  if (!decided.ok) {
    await session.cancel("cancel");
    return;
  }
  const id = context.state.byContent.get(`${workstream.project}/${draft.contentKey}`);
  if (id !== undefined) {
    live.asks.set(ask, { decision: id, question: draft, answer: (option) => session.answer(ask, option) });
    await answerAsks(context, id);
  }
}

/** Hands a resolved decision to every live attempt that asked for it. */
export async function answerAsks(context: EffectContext, id: DecisionId): Promise<void> {
  const state = context.state.decisions.get(id)?.state;
  if (state?.kind !== "resolved") return;
  for (const [attempt, live] of context.live) {
    for (const [ask, { decision, answer }] of [...live.asks]) {
      if (decision !== id) continue;
      live.asks.delete(ask);
      await resumeAttempt(context, attempt, live, id);
      await answer(state.option);
    }
  }
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
  for (const { decision, question } of live.asks.values()) {
    if (engine.state.open.has(decision)) {
      await engine.submitResult({ kind: "attempt_asked", attempt, fence, question });
      return;
    }
  }
}
