/** What a failed task's decision does not carry itself: its last attempt, and where its work is kept. */
import { OsqrError } from "../core/errors.ts";
import type { DecisionView } from "../core/report/types.ts";
import type { AttemptView } from "../engine/service.ts";
import type { Client } from "./client/client.ts";

/** By id of the decision. */
export type Evidence = ReadonlyMap<string, Pick<AttemptView, "id" | "salvage">>;

/** Decisions that are looked up; the rest are shown without. */
const LOOKED_UP_MAX = 30;

/** Looks up the attempts behind decisions on errors. What is gone meanwhile is left out. */
export async function readEvidence(client: Client, decisions: readonly DecisionView[]): Promise<Evidence> {
  const found = new Map<string, AttemptView>();
  const failed = decisions.filter(({ type, blocks }) => type === "error" && blocks.length === 1);
  for (const { id, blocks } of failed.slice(0, LOOKED_UP_MAX)) {
    const attempt = await readLastAttempt(client, blocks[0] ?? "");
    if (attempt !== null) found.set(id, attempt);
  }
  return found;
}

async function readLastAttempt(client: Client, task: string): Promise<AttemptView | null> {
  try {
    const shown = await client.show(task);
    return shown.kind === "task" ? (shown.attempts.at(-1) ?? null) : null;
  } catch (error) {
    if (error instanceof OsqrError && error.code.startsWith("unknown-")) return null;
    throw error;
  }
}
