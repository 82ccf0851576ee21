/** What an agent says that it uses goes into the ledger; where nothing is left the attempt ends. */
import { checkBudget, checkSilent } from "../../core/budget/check.ts";
import { cleanUsage, findBadUsage } from "../../core/budget/usage.ts";
import { CALLS_WINDOW } from "../../core/checks/watch-policy.ts";
import type { Amount } from "../../core/model/budget.ts";
import type { ExecutorEvent, ExecutorSession, Purse } from "../../executors/types.ts";
import type { LiveAttempt } from "./context.ts";
import { AttemptPurse } from "./purse.ts";
import type { Running } from "./running.ts";

/** What its requests to a model are taken from, whichever process of it sends them. */
export function needPurse(running: Running): Purse {
  const { live } = running;
  live.purse ??= new AttemptPurse(running, (reason, wanted) => {
    live.wanted = wanted;
    void stop(running, live.session, reason);
  });
  return live.purse;
}

/** Records it, and ends the attempt where its budget is used up. What cannot be counts as not said. */
export async function recordUsage(
  running: Running,
  session: ExecutorSession,
  { usage: told, source, assumed }: Extract<ExecutorEvent, { kind: "used" }>,
): Promise<void> {
  const { context, launch } = running;
  const { attempt, fence } = launch;
  const bad = findBadUsage(told);
  if (bad !== null) context.engine.ports.report(`${attempt}: its agent says that ${bad}: left out`);
  const usage = cleanUsage(told);
  const metered = source === undefined ? {} : { source };
  const beside = assumed === undefined ? {} : { assumed };
  await context.engine.submitResult({ kind: "attempt_used", attempt, fence, usage, ...metered, ...beside });
  // Its next request is asked for: until then it may go on.
  if (source === "metered") return;
  const { verdict, reasons } = checkBudget(context.state, attempt);
  if (verdict === "stop") await stop(running, session, reasons.join("; "));
}

/** Counts a call of a tool: the limit of an agent that does not say what it uses. Kept in memory, recorded with the end. */
export async function countToolCall(running: Running, session: ExecutorSession): Promise<void> {
  const { context, launch, live } = running;
  live.toolCalls += 1;
  const reason = checkSilent(context.state, launch.attempt, live.toolCalls);
  if (reason !== null) await stop(running, session, reason);
}

/** How a call of a tool came to its end: the last ones are kept in memory. */
export function noteCall({ calls }: LiveAttempt, isFailed: boolean): void {
  calls.push(isFailed);
  if (calls.length > CALLS_WINDOW) calls.shift();
}

/** Its work is kept, its task waits until there is room: the schedule asks for that. */
async function stop(
  { live, launch }: Running,
  session: ExecutorSession | null,
  reason: string,
): Promise<void> {
  if (live.stopped !== null) return;
  live.stopped = "cancel";
  // Whose end it is, is said where it is told.
  live.overBudget = reason.replace(`${launch.attempt}: `, "");
  live.abort.abort();
  // One that is about to start sees it then.
  await session?.cancel("cancel");
}

/** For the end of an attempt that a budget ended: what its next request would have needed. */
export const sayWanted = ({ wanted }: LiveAttempt): { readonly wanted?: Amount } =>
  wanted === null ? {} : { wanted };

/** For the end of an attempt: how often its agent called a tool; nothing where it is none. */
export const sayToolCalls = ({ session, toolCalls }: LiveAttempt): { readonly toolCalls?: number } =>
  session === null || session.agent === null ? {} : { toolCalls };
