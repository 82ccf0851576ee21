/** The commands that change work in flight over to another workflow, and back. */
import type { CommandSpec, OptionSpec } from "./option-types.ts";

const WHY = [
  { name: "because", value: "text", summary: "The reason, kept in the history. It has to be given." },
  { name: "as", value: "name", summary: "Who decides; by default you, as git names you." },
  { name: "dry-run", summary: "Only show what would become of each task." },
] as const satisfies readonly OptionSpec[];

export const MIGRATION_COMMANDS = [
  {
    name: "workflow migrate",
    summary: "Change work in flight over to another workflow, or to the new text of its spec.",
    details:
      "Tasks go on under their own keys or titles; --map says the rest. What is done and has the same definition stays done. " +
      "A task with work that is gone has to be mapped or dropped.",
    arguments: [
      {
        name: "names",
        optional: true,
        list: true,
        summary: "Workstreams: names, numbers (#2) or spec paths; or --all.",
      },
    ],
    options: [
      { name: "to", value: "workflow", summary: "name or name@version; without it each keeps its own." },
      { name: "take-spec", summary: "Take the text that the spec has in the base now, too." },
      {
        name: "map",
        value: "old=new",
        list: true,
        summary: "A step or task goes on as another one; old=- drops it. May be repeated.",
      },
      { name: "all", summary: "Every workstream in flight that does not follow it yet." },
      ...WHY,
    ],
    examples: [
      ["workflow migrate --all --to feature@2 --dry-run", "what would become of each task"],
      [
        'workflow migrate rate-limit --to feature@2 --map review=sign-off --because "two signatures"',
        "its review goes on as sign-off",
      ],
      ['workflow migrate 3 --take-spec --map T4=- --because "T4 is not needed"', "the new text, without T4"],
    ],
  },
  {
    name: "workflow rollback",
    summary: "Take the last migration of a workstream back.",
    arguments: [{ name: "migration", summary: "Its id: M-1." }],
    options: WHY,
    examples: [
      ['workflow rollback M-1 --because "too early"', "the tasks of before; what is done stays done"],
    ],
  },
] as const satisfies readonly CommandSpec[];
