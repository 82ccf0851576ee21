/**
 * The rules of the core that hold in every state between two commands. Everything that the state keeps twice (counts,
 * indexes) is computed again from scratch and compared.
 */

import type { State } from "../../src/core/model/state.ts";
import { checkBudgets } from "./rules/budgets.ts";
import { checkClaims } from "./rules/claims.ts";
import { checkDecisions } from "./rules/decisions.ts";
import { checkFlow } from "./rules/flow.ts";
import { checkIndexes } from "./rules/indexes.ts";
import { checkMessages } from "./rules/messages.ts";
import { checkTasks } from "./rules/tasks.ts";
import { checkWorkstreams } from "./rules/workstreams.ts";

/** What is broken, in words; empty: nothing. */
export function checkState(state: State): string[] {
  return [
    ...checkClaims(state),
    ...checkTasks(state),
    ...checkWorkstreams(state),
    ...checkDecisions(state),
    ...checkIndexes(state),
    ...checkFlow(state),
    ...checkBudgets(state),
    ...checkMessages(state),
  ];
}
