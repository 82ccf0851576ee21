/** Commands about what is in the way, a part of the one table in `options.ts`. */
import type { CommandSpec } from "./option-types.ts";

const BECAUSE = { name: "because", value: "text", summary: "The reason. Needed." } as const;
const ID = { name: "blocker", summary: "Its id, B-1." } as const;

const AS = {
  name: "as",
  value: "name",
  summary: "Whose word it is; by default you, as the config or git names you.",
} as const;

export const BLOCKER_COMMANDS = [
  {
    name: "blocker list",
    isDefault: true,
    summary: "Show the declared blockers, what waits behind it and which due dates it puts at risk.",
    arguments: [],
    options: [{ name: "all", summary: "The resolved ones too, with how long they were open." }],
    examples: [
      ["blocker", "those that are open"],
      ["blocker list --all", "and those that were resolved"],
    ],
  },
  {
    name: "blocker declare",
    summary: "Declare a blocker: nothing new of what it blocks starts, what runs goes on.",
    arguments: [{ name: "what", summary: "A workstream, or a task of it: rate-limit#T2." }],
    options: [
      {
        name: "type",
        value: "type",
        choices: ["external", "technical", "resource", "requirement", "people"],
        summary: "external, technical, resource, requirement or people. Needed.",
      },
      { name: "owner", value: "name", summary: "Who is to get it out of the way. Needed." },
      BECAUSE,
      AS,
    ],
    examples: [
      [
        'blocker declare rate-limit --type external --owner kim --because "no API key yet"',
        "the whole workstream waits",
      ],
    ],
  },
  {
    name: "blocker own",
    summary: "Hand a blocker over.",
    arguments: [ID, { name: "owner", summary: "Who has it from now on." }],
    options: [BECAUSE, AS],
    examples: [['blocker own B-1 sam --because "kim is away"', "sam has it now"]],
  },
  {
    name: "blocker resolve",
    summary: "Say that a blocker is out of the way, and how.",
    arguments: [ID],
    options: [BECAUSE, AS],
    examples: [['blocker resolve B-1 --because "the key is there"', "what waited starts"]],
  },
] as const satisfies readonly CommandSpec[];
