/** The one table of commands, arguments and options. Parsing, help, completion and `docs/cli.md` are made from it. */
import { FLOW_COMMANDS } from "./flow-options.ts";
import type { CommandSpec, InputOf, OptionSpec } from "./option-types.ts";

const BECAUSE = { name: "because", value: "text", summary: "The reason, kept in the history." } as const;
const AS = {
  name: "as",
  value: "name",
  summary: "Whose word it is; by default you, as the config or git names you.",
} as const;
const ALL = { name: "all", summary: "All workstreams of the project." } as const;
const ONLY = {
  name: "only",
  value: "spec",
  list: true,
  summary: "Take only these: names, numbers or paths.",
} as const;
const SKIP = { name: "skip", value: "spec", list: true, summary: "Leave these out." } as const;
const EXECUTOR = {
  name: "executor",
  value: "name",
  summary: "Who does the tasks without a run block: claude, or claude:opus for one of its models.",
} as const;
const PRIORITY = {
  name: "priority",
  value: "level",
  choices: ["critical", "high", "medium", "low"],
  summary: "critical, high, medium or low.",
} as const;
const NAMES = {
  name: "names",
  optional: true,
  list: true,
  summary: "Workstreams: names, numbers (#2) or spec paths.",
} as const;
const NAME = { name: "name", summary: "A workstream: its name, number (#2) or spec path." } as const;

/** Every command takes these. */
export const COMMON_OPTIONS = [
  { name: "json", summary: "Print the result as JSON." },
] as const satisfies readonly OptionSpec[];

export const COMMANDS = [
  {
    name: "go",
    summary: "Build what is planned: plan, run, check, merge, report.",
    details:
      "Goes on where an earlier run stood; nothing is done twice. Ctrl-C detaches and the run goes on; a second Ctrl-C within " +
      "two seconds cancels it. Ends with 3 when it needs you.",
    arguments: [{ name: "specs", optional: true, list: true, summary: "The same as --only." }],
    options: [
      {
        name: "yes",
        short: "y",
        summary: "Approve every command of the plan, also those that appear later.",
      },
      ONLY,
      SKIP,
      { name: "max-parallel", value: "n", number: true, summary: "Attempts at the same time." },
      EXECUTOR,
    ],
    examples: [
      ["go", "build everything that is ready"],
      ["go --executor claude", "let one agent do what has no run block"],
      ["go --only token-format,#2", "build two of them"],
      ["go --yes --json", "in a script: no questions, the report as JSON"],
    ],
  },
  {
    name: "plan",
    summary: "Show what would be built, in which order, and what it waits for.",
    arguments: [{ name: "specs", optional: true, list: true, summary: "The same as --only." }],
    options: [
      ONLY,
      SKIP,
      EXECUTOR,
      { name: "commands", summary: "Show the commands that would run, in full." },
      { name: "why", summary: "Show who would do which task, with which model, and why." },
      { name: "dot", summary: "The graph for Graphviz." },
    ],
    examples: [
      ["plan", "the plan as a table"],
      ["plan --commands", "read every command before it runs"],
      ["plan --why", "see how each task found its executor"],
      ["plan --dot | dot -Tsvg > plan.svg", "draw it"],
    ],
  },
  {
    name: "status",
    summary: "Show how things stand.",
    arguments: [],
    options: [],
    examples: [["status", "all workstreams of this project"]],
  },
  {
    name: "inbox",
    summary: "Show what needs you.",
    arguments: [],
    options: [],
    examples: [["inbox", "open decisions: critical, blocking, background"]],
  },
  {
    name: "decide",
    summary: "Answer a decision.",
    arguments: [
      {
        name: "decision",
        summary: "Its id, D-1, or the workstream that asks; of a review with its step, cart/quality.",
      },
      { name: "option", optional: true, summary: "The id of the option; without it all are listed." },
    ],
    options: [
      { name: "as", value: "name", summary: "Who signs a review; else the config's me, or git's user.name." },
      { name: "to", value: "step", summary: "Of a rejection: the step, or a task of it, to go back to." },
      {
        name: "with",
        value: "workstream",
        summary: "Of merge, link or close: a workstream that a duplicate is of, and osqr has not named.",
      },
      BECAUSE,
    ],
    examples: [
      ['decide D-1 b --because "recall matters more"', "choose b and say why"],
      ['decide D-3 reject --as dana --to build --because "no tests"', "sign a review: back to a step"],
      ["decide rate-limit retry", "what rate-limit asks after a failure"],
      ['decide D-4 merge --with search --because "the same"', "a duplicate of one that is not listed"],
    ],
  },
  {
    name: "accept",
    summary: "Take all recommendations.",
    details: "Critical decisions are left for you unless --critical is given. Says which were left.",
    arguments: [],
    options: [{ name: "critical", summary: "Take those of critical decisions too." }, BECAUSE, AS],
    examples: [["accept", "answer all that has a recommendation and is not critical"]],
  },
  {
    name: "pause",
    summary: "Pause workstreams; their work is kept.",
    arguments: [NAMES],
    options: [ALL, BECAUSE, AS],
    examples: [
      ["pause embeddings", "pause one"],
      ["pause --all", "pause all"],
    ],
  },
  {
    name: "resume",
    summary: "Let paused workstreams go on.",
    arguments: [NAMES],
    options: [ALL, BECAUSE, AS],
    examples: [["resume embeddings", "let it go on"]],
  },
  {
    name: "cancel",
    summary: "Cancel workstreams; unmerged work is kept under refs/osqr/salvage.",
    arguments: [NAMES],
    options: [ALL, BECAUSE, AS],
    examples: [["cancel rate-limit", "stop it for good"]],
  },
  {
    name: "prioritize",
    summary: "Let workstreams start before all others.",
    arguments: [{ name: "names", list: true, summary: "Workstreams: names, numbers (#2) or spec paths." }],
    options: [BECAUSE, AS],
    examples: [["prioritize rate-limit", "it starts next"]],
  },
  {
    name: "add",
    summary: "Add a spec or a one-line task as a workstream.",
    arguments: [
      { name: "what", list: true, summary: "A spec's path in any form, or a text that says what to do." },
    ],
    options: [
      { name: "run", value: "command", summary: "The command that does it, for a text." },
      { name: "workflow", value: "name", summary: "Workflow that it goes through: a name, or name@version." },
      PRIORITY,
      AS,
    ],
    examples: [
      ["add docs/search.md", "activate a spec"],
      ['add "format all sources" --run "npm run format"', "a task without a spec"],
    ],
  },
  {
    name: "edit",
    summary: "Change a workstream's title, priority, tags, due date, owner, autonomy or approved actions.",
    arguments: [
      { name: "name", summary: "A workstream: its name, number (#2) or spec path; for --owner also a task." },
    ],
    options: [
      { name: "title", value: "text", summary: "A new title." },
      PRIORITY,
      { name: "tag", value: "tag", list: true, summary: "Tags, in place of the old ones." },
      { name: "due", value: "date", summary: "Due date, 2026-01-31." },
      { name: "owner", value: "name", summary: "Who has it from now on; needs --because." },
      { name: "approve", value: "action", list: true, summary: "Actions that it may take without asking." },
      { name: "block", value: "action", list: true, summary: "Actions that it may not take." },
      {
        name: "autonomy",
        value: "tier",
        summary: "How freely its agents may work, within the config's tier.",
      },
      BECAUSE,
      AS,
    ],
    examples: [
      ["edit rate-limit --priority high --due 2026-01-31", "change two fields"],
      ["edit rate-limit --autonomy supervised", "be asked before its agents change anything"],
      ['edit rate-limit#T2 --owner sam --because "kim is away"', "hand a task over"],
    ],
  },
  {
    name: "remove",
    summary: "Forget a workstream that has not begun. The spec stays.",
    arguments: [NAME],
    options: [BECAUSE, AS],
    examples: [["remove rate-limit", "take it off the list"]],
  },
  {
    name: "show",
    summary: "Show one workstream, task, attempt or decision.",
    arguments: [{ name: "what", list: true, summary: "rate-limit, rate-limit#T2, a-31 or D-1." }],
    options: [{ name: "briefing", summary: "Of a task: what an agent that does it is told, in full." }],
    examples: [
      ["show embeddings", "its tasks and what they wait for"],
      ["show embeddings#T3 --briefing", "what an agent reads before it begins"],
    ],
  },
  {
    name: "why",
    summary: "Say why something waits, runs or failed.",
    arguments: [{ name: "what", list: true, summary: "rate-limit, rate-limit#T2, a-31 or D-1." }],
    options: [],
    examples: [["why rate-limit", "what it waits for, and since when"]],
  },
  {
    name: "trace",
    summary:
      "Go through a spec line by line: attempt, commit, merge, the command that proves it, and what its tasks were told.",
    arguments: [{ name: "what", list: true, summary: "A spec path or a workstream." }],
    options: [],
    examples: [["trace docs/token-format.md", "what became of each box"]],
  },
  {
    name: "report",
    summary: "Show what a run has built.",
    arguments: [{ name: "run", optional: true, summary: "Its id, r-7; the last one by default." }],
    options: [],
    examples: [["report", "the last run"]],
  },
  {
    name: "log",
    summary: "Show the history of this project, or the output of an attempt.",
    arguments: [
      { name: "attempt", optional: true, summary: "An attempt, a-31: its output instead of events." },
    ],
    options: [
      { name: "all", summary: "Of all projects of the home." },
      { name: "follow", short: "f", summary: "Go on as it grows." },
      { name: "after", value: "seq", summary: "Only events after this number." },
      { name: "last", short: "n", value: "n", number: true, summary: "Only the last n events." },
    ],
    examples: [
      ["log -n 20", "the last 20 events"],
      ["log a-31", "what attempt a-31 printed"],
      ["log --all --json", "every event of the home, one per line with its hash"],
    ],
  },
  {
    name: "verify",
    summary: "Check that the history is as it was written.",
    arguments: [],
    options: [
      { name: "accept-cut", summary: "Go on although the end is missing; the files are kept as they are." },
    ],
    examples: [["verify", "names the first bad event, and ends with 1"]],
  },
  {
    name: "serve",
    summary: "Run the daemon in this terminal.",
    details: "Other commands start it by themselves in the background; it stops after 30 idle minutes.",
    arguments: [],
    options: [
      {
        name: "background",
        summary: "For its own start by other commands: log to the home, stop when idle.",
      },
    ],
    examples: [["serve", "until Ctrl-C"]],
  },
  {
    name: "stop",
    summary: "Stop the daemon. Runs stand still until the next command.",
    arguments: [],
    options: [],
    examples: [["stop", "and nothing runs any more"]],
  },
  {
    name: "doctor",
    summary: "Check what osqr needs on this machine.",
    details:
      "Starts each agent that is here, greets it and ends it, without network and login; no model is called. Ends with 1 where " +
      "something is missing that osqr or your config needs.",
    arguments: [],
    options: [],
    examples: [["doctor", "node, sqlite, git, sandbox, config, disk, port, token, agents"]],
  },
  {
    name: "init",
    summary: "Write a commented .osqr/config.yaml. Nothing needs it.",
    arguments: [],
    options: [],
    examples: [["init", "then read it"]],
  },
  {
    name: "completion",
    summary: "Print the completion script for a shell.",
    arguments: [{ name: "shell", summary: "bash, zsh or fish." }],
    options: [],
    examples: [
      ["completion bash > ~/.local/share/bash-completion/completions/osqr", "bash"],
      ["completion fish > ~/.config/fish/completions/osqr.fish", "fish"],
    ],
  },
  ...FLOW_COMMANDS,
] as const satisfies readonly CommandSpec[];

type Commands = (typeof COMMANDS)[number];
export type CommandName = Commands["name"];
/** What the handler of a command gets. */
export type CommandInput<Name extends CommandName> = InputOf<Extract<Commands, { name: Name }>>;

/** The spec of the command that words begin with, null where they begin with none. */
export function findCommand([first = "", second = ""]: readonly string[]): CommandSpec | null {
  const commands: readonly CommandSpec[] = COMMANDS;
  const [both, one, fallback] = [
    commands.find(({ name }) => name === `${first} ${second}`),
    commands.find(({ name }) => name === first),
    commands.find(({ name, isDefault }) => isDefault === true && name.startsWith(`${first} `)),
  ];
  return both ?? one ?? fallback ?? null;
}
