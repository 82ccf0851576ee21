/** Commands of accountable flow, a part of the one table in `options.ts`. */
import type { CommandSpec, GroupSpec } from "./option-types.ts";

/** First words that several commands share. */
export const GROUPS = [] as const satisfies readonly GroupSpec[];

export const FLOW_COMMANDS = [] as const satisfies readonly CommandSpec[];
