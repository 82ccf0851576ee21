/** The command that takes landed work out of the base again. */
import type { CommandSpec } from "./option-types.ts";

export const REVERT_COMMANDS = [
  {
    name: "revert",
    summary: "Take a landed workstream out of the base again; its steps are to be done again.",
    details:
      "A commit that undoes its merge goes through the merge queue like any other: what came later stays, the gates run, and " +
      "where it does not fit you are asked. Then it rests until osqr resume, or goes on at a step.",
    arguments: [{ name: "name", summary: "A workstream: its name, number (#2) or spec path." }],
    options: [
      { name: "because", value: "text", summary: "The reason, kept in the history. It has to be given." },
      {
        name: "to",
        value: "step",
        summary: "Go on at this step, or at a task of it: its last result does not count any more.",
      },
      { name: "as", value: "name", summary: "Who decides; by default you, as git names you." },
    ],
    examples: [
      ['revert rate-limit --because "it rejects valid requests"', "out of the base; then it rests"],
      ['revert rate-limit --to T2 --because "wrong limit"', "and T2 is done anew"],
    ],
  },
] as const satisfies readonly CommandSpec[];
