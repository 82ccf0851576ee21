import type { Event } from "../../../src/core/model/event.ts";
import type { State } from "../../../src/core/model/state.ts";
import { isOpenAttempt } from "../rules/claims.ts";
import type { Machine } from "./machine.ts";

/** No question is lost: who was told that an answer comes later has it before its work is handed in. */
export function checkHandedIn({ conversations }: Machine, event: Event, state: State): string[] {
  if (event.kind !== "attempt_completed" || event.reused !== undefined) return [];
  const session = state.attempts.get(event.attempt)?.session ?? null;
  const asked = session === null ? undefined : conversations.find(session.id)?.asked;
  return [...(asked ?? [])].flatMap(([id, { isTold }]) => {
    const kind = [...state.decisions.values()].find((each) => each.id === id)?.state.kind;
    if (isTold || kind === undefined || kind === "withdrawn") return [];
    return [`${event.attempt} is handed in, and its agent was never told of ${id}, which is ${kind}`];
  });
}

/** At the end: nothing of an agent is left, and what was counted of its use is no more than it used. */
export function checkAgents({ conversations, disk, processes }: Machine, state: State): string[] {
  const problems: string[] = [];
  for (const attempt of state.attempts.values()) {
    const { id, spending } = attempt;
    const truth = conversations.used.get(id) ?? 0;
    if (spending !== undefined && spending.used.tokens > truth)
      problems.push(`${id} used ${truth} tokens, the ledger says ${spending.used.tokens}`);
    if (processes.get(id)?.isRunning === true && !isOpenAttempt(attempt))
      problems.push(`${id} has ended, its process runs`);
  }
  for (const ref of disk.repository.refs.keys()) {
    const home = /^refs\/osqr\/checkpoint\/(.+)$/.exec(ref)?.[1];
    if (home !== undefined && !disk.workspaces.has(home))
      problems.push(`${ref} is left without its workspace`);
  }
  return problems;
}
