/** Commands on workflows, a part of the one table in `options.ts`. */
import { MIGRATION_COMMANDS } from "./migration-options.ts";
import type { CommandSpec } from "./option-types.ts";

const NAME = { name: "name", summary: "A workflow: feature, or feature@2." } as const;

export const WORKFLOW_COMMANDS = [
  {
    name: "workflow list",
    isDefault: true,
    summary: "Show the workflows that there are, which versions are in force, and who goes through them.",
    arguments: [],
    options: [],
    examples: [["workflow list", "those of the project and those that are built in"]],
  },
  {
    name: "workflow show",
    summary: "Show one workflow step by step.",
    arguments: [NAME],
    options: [],
    examples: [
      ["workflow show systematic", "the version in force"],
      ["workflow show feature@1", "an older one"],
    ],
  },
  {
    name: "workflow check",
    summary: "Look for mistakes in the workflows of the checkout, committed or not.",
    arguments: [],
    options: [],
    examples: [["workflow check", "names file and line; ends with 1 where one cannot be used"]],
  },
  {
    name: "workflow diff",
    summary: "Show what differs between two versions of a workflow.",
    arguments: [
      { name: "name", summary: "The workflow." },
      { name: "from", optional: true, summary: "The older version; the one before the newest by default." },
      { name: "to", optional: true, summary: "The newer version; the newest by default." },
    ],
    options: [],
    examples: [["workflow diff feature 1 2", "step by step, field by field"]],
  },
  {
    name: "workflow history",
    summary: "Show who changed a workflow when, why and with what effect.",
    arguments: [{ name: "name", optional: true, summary: "One workflow; all by default." }],
    options: [],
    examples: [["workflow history feature", "its versions and the migrations between them"]],
  },
  ...MIGRATION_COMMANDS,
] as const satisfies readonly CommandSpec[];
