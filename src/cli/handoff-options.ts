/** Commands on handoffs, a part of the one table in `options.ts`. */
import type { CommandSpec } from "./option-types.ts";

export const HANDOFF_COMMANDS = [
  {
    name: "handoff list",
    summary: "Show the handoffs that steps have left, and which of them cannot be read.",
    arguments: [
      { name: "name", optional: true, summary: "A workstream: its name, number (#2) or spec path." },
    ],
    options: [
      {
        name: "all",
        summary: "However many there are, and those too that tasks had left before they were done again.",
      },
    ],
    examples: [
      ["handoff list", "all of the project, by time"],
      ["handoff list rate-limit --all", "of one workstream, with the older ones of each task"],
    ],
  },
  {
    name: "handoff show",
    summary: "Show one handoff in full.",
    arguments: [
      {
        name: "what",
        list: true,
        summary:
          "A task (token-format#T1), a workstream (its own newest), an attempt (a-31), or the id that handoff list shows.",
      },
    ],
    options: [],
    examples: [
      ["handoff show token-format#T1", "what T1 left for whoever goes on"],
      ["handoff show token-format", "its last merge, revert or return"],
      ["handoff show token-format#T1 --json", "all fields: docs/schemas/handoff.v2.json"],
    ],
  },
  {
    name: "handoff repair",
    summary: "Make handoffs again from the history where they are missing or cannot be read.",
    details: "Tasks that are blocked because of them go on. What can be read is left as it is.",
    arguments: [
      {
        name: "names",
        optional: true,
        list: true,
        summary: "Tasks (token-format#T1) or workstreams; all of the project by default.",
      },
    ],
    options: [
      {
        name: "as",
        value: "name",
        summary: "Whose word it is; by default you, as the config or git names you.",
      },
    ],
    examples: [
      ["handoff repair", "all that is missing"],
      ["handoff repair token-format#T1", "one"],
    ],
  },
] as const satisfies readonly CommandSpec[];
