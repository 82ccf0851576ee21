import type { Blocker } from "../../model/flow.ts";
import type { State } from "../../model/state.ts";
import type { Task, Workstream } from "../../model/work.ts";
import { listOpenBlockers } from "../blockers.ts";

/** What is in the way, who has it and what to type when it is gone. */
const explainBlocker = ({ id, type, owner, reason }: Blocker): string =>
  `${id} (${type}) is in the way: ${toSentence(reason)} It is ${owner}'s: osqr blocker resolve ${id} --because <text>`;

const toSentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);

export const explainBlockers = (state: State, { id }: Workstream): readonly string[] =>
  listOpenBlockers(state, id).map(explainBlocker);

/** Those that keep a task from starting. */
export const explainBlockersOf = (state: State, { id, workstream }: Task): readonly string[] =>
  listOpenBlockers(state, workstream)
    .filter(({ task }) => task === null || task === id)
    .map(explainBlocker);
