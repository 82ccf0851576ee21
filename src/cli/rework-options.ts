/** The command that sends work back before it lands. */
import type { CommandSpec } from "./option-types.ts";

export const REWORK_COMMANDS = [
  {
    name: "rework",
    summary: "Send a workstream back to a step: it and all that depends on it is done again.",
    details:
      "For work that has not landed; an attempt that runs on it is ended, a review that is open is withdrawn. What has landed goes " +
      "back with osqr revert.",
    arguments: [{ name: "name", summary: "A workstream: its name, number (#2) or spec path." }],
    options: [
      { name: "to", value: "step", summary: "The step, or a task of it. It has to be given." },
      { name: "because", value: "text", summary: "The reason, kept in the history. It has to be given." },
      { name: "as", value: "name", summary: "Who decides; by default you, as the config or git names you." },
    ],
    examples: [
      ['rework rate-limit --to T2 --because "wrong limit"', "T2 is done anew, and what depends on it"],
      ['rework rate-limit --to build --because "the plan has changed" --as dana', "a whole step"],
    ],
  },
] as const satisfies readonly CommandSpec[];
