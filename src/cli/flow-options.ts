/** Commands of accountable flow, a part of the one table in `options.ts`. */

import { BLOCKER_COMMANDS } from "./blocker-options.ts";
import { HANDOFF_COMMANDS } from "./handoff-options.ts";
import type { CommandSpec, GroupSpec, OptionSpec } from "./option-types.ts";
import { REVERT_COMMANDS } from "./revert-options.ts";
import { REWORK_COMMANDS } from "./rework-options.ts";
import { WORKFLOW_COMMANDS } from "./workflow-options.ts";

/** First words that several commands share. */
export const GROUPS = [
  {
    name: "workflow",
    summary: "The blueprints of work: list, show, check, diff, history, migrate, rollback.",
  },
  { name: "handoff", summary: "What steps left for those who go on: list, show, repair." },
  { name: "blocker", summary: "Declared blockers: declare, list, hand over, resolve." },
] as const satisfies readonly GroupSpec[];

/** Which workstreams metrics are made of. */
const FLOW_FILTERS = [
  { name: "since", value: "time", summary: "Start of the window: 2026-01-31, or 7d back from now." },
  { name: "until", value: "time", summary: "End of the window, which is not in it." },
  { name: "owner", value: "name", summary: "What this person owns or has a task in." },
  { name: "workflow", value: "name", summary: "Of one workflow: name or name@version." },
  {
    name: "status",
    value: "state",
    choices: ["queued", "blocked", "active", "integrating", "paused", "completed", "failed", "cancelled"],
    summary: "Of one state.",
  },
  { name: "all", summary: "Of all projects of the home." },
  {
    name: "project",
    value: "root",
    summary: "Of one project of the home: its root or the name of its folder.",
  },
] as const satisfies readonly OptionSpec[];

export const FLOW_COMMANDS = [
  ...WORKFLOW_COMMANDS,
  ...BLOCKER_COMMANDS,
  ...HANDOFF_COMMANDS,
  ...REWORK_COMMANDS,
  ...REVERT_COMMANDS,
  {
    name: "metrics",
    summary: "Show how work flows: lead time, throughput, rework, waits, what is in progress.",
    details:
      "Named workstreams are shown with what stands behind their figures. Definitions: docs/metrics.md.",
    arguments: [
      {
        name: "names",
        optional: true,
        list: true,
        summary: "Workstreams: names, numbers (#2) or spec paths; all by default.",
      },
    ],
    options: [
      ...FLOW_FILTERS,
      {
        name: "by",
        value: "part",
        choices: ["step", "workflow", "owner", "project"],
        summary: "One row per step, workflow, owner or project.",
      },
    ],
    examples: [
      ["metrics --since 14d", "the last two weeks"],
      ["metrics --all --by owner", "who has what, over all projects"],
      ["metrics rate-limit", "one workstream: its steps, reviews, returns, blockers"],
    ],
  },
  {
    name: "export",
    summary: "Write metrics and everything behind them as CSV, JSON or Markdown.",
    arguments: [],
    options: [
      {
        name: "format",
        value: "format",
        choices: ["csv", "json", "md"],
        summary: "csv, json or md; by the ending of --out, else json.",
      },
      {
        name: "rows",
        value: "rows",
        choices: ["workstreams", "steps", "tasks", "attempts", "records"],
        summary: "What a row of a CSV file is; workstreams by default.",
      },
      ...FLOW_FILTERS,
      { name: "out", value: "file", summary: "Write it there instead of to stdout." },
    ],
    examples: [
      ["export --format csv --since 2026-01-01 > flow.csv", "one row per workstream"],
      ["export --out flow.md --all", "all projects, for people to read"],
    ],
  },
] as const satisfies readonly CommandSpec[];
