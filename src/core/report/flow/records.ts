import type { ItemDetail } from "./detail-types.ts";
import type { FlowItem } from "./types.ts";

/** Somebody's word on a workstream, in one shape for all kinds. Times are ISO. */
export interface FlowRecord {
  readonly kind: "sign-off" | "return" | "revert" | "blocker" | "decision" | "migration" | "transfer";
  /** Null where it has no id of its own. */
  readonly id: string | null;
  readonly task: string | null;
  readonly at: string;
  /** End of what lasts; null: it lasts, or is a moment. */
  readonly until: string | null;
  /** How long it lasted so far; null: a moment. */
  readonly ms: number | null;
  readonly by: string | null;
  readonly outcome: string | null;
  readonly reason: string | null;
}

const MOMENT = { until: null, ms: null } as const;

function listWords({ signOffs, decisions }: ItemDetail): FlowRecord[] {
  return [
    ...signOffs.map(({ decision, task, at, by, role, outcome, returnedTo, reason }): FlowRecord => {
      const who = role === null ? by : `${by} (${role})`;
      const what = returnedTo === null ? outcome : `${outcome}, back to ${returnedTo}`;
      return { kind: "sign-off", id: decision, task, at, ...MOMENT, by: who, outcome: what, reason };
    }),
    ...decisions.map(
      ({ id, openedAt, closedAt, ms, by, option, state, question, reasoning }): FlowRecord => ({
        kind: "decision",
        id,
        task: null,
        at: openedAt,
        until: closedAt,
        ms,
        by,
        outcome: option ?? state,
        reason: reasoning === null || reasoning === "" ? question : `${question}: ${reasoning}`,
      }),
    ),
  ];
}

function listChanges({ returns, reverts, transfers, blockers, migrations }: ItemDetail): FlowRecord[] {
  return [
    ...transfers.map(({ task, from, to, at, by, reason }): FlowRecord => {
      const outcome = from === null ? `to ${to}` : `from ${from} to ${to}`;
      return { kind: "transfer", id: null, task, at, ...MOMENT, by, outcome, reason };
    }),
    ...returns.map(({ from, to, tasks, at, by, reason }): FlowRecord => {
      const outcome = `back to ${to}, ${tasks} to do again`;
      return { kind: "return", id: null, task: from, at, ...MOMENT, by, outcome, reason };
    }),
    ...reverts.map(({ of, commit, at, by, reason }): FlowRecord => {
      const outcome = `${of} taken out by ${commit}`;
      return { kind: "revert", id: null, task: null, at, ...MOMENT, by, outcome, reason };
    }),
    ...blockers.map(
      ({ id, task, declaredAt, resolvedAt, ms, owner, type, resolution, reason }): FlowRecord => {
        const outcome = resolution === null ? type : `${type}, ${resolution}`;
        return {
          kind: "blocker",
          id,
          task,
          at: declaredAt,
          until: resolvedAt,
          ms,
          by: owner,
          outcome,
          reason,
        };
      },
    ),
    ...migrations.map(({ id, from, to, at, by, reason }): FlowRecord => {
      const outcome = `${from} to ${to}`;
      return { kind: "migration", id, task: null, at, ...MOMENT, by, outcome, reason };
    }),
  ];
}

/** What people said of a workstream and did to it, by time. */
export function listRecords({ detail }: FlowItem): readonly FlowRecord[] {
  if (detail === null) return [];
  return [...listWords(detail), ...listChanges(detail)].sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : 0,
  );
}
