/** `docs/cli.md`, made from the table. */
import type { ArgumentSpec, CommandSpec, OptionSpec } from "./option-types.ts";
import { COMMANDS, COMMON_OPTIONS } from "./options.ts";

function describeArgument({ name, optional, list }: ArgumentSpec): string {
  const dots = list === true ? "..." : "";
  return optional === true ? `[${name}${dots}]` : `<${name}${dots}>`;
}

function describeOption({ name, short, value, list }: OptionSpec): string {
  const long = value === undefined ? `--${name}` : `--${name} <${value}>`;
  const both = short === undefined ? long : `-${short}, ${long}`;
  return list === true ? `\`${both}\`, repeatable` : `\`${both}\``;
}

function renderCommand(spec: CommandSpec): string[] {
  const usage = ["osqr", spec.name, ...spec.arguments.map(describeArgument), "[options]"].join(" ");
  const rows = [
    ...spec.arguments.map((argument) => [`\`${describeArgument(argument)}\``, argument.summary]),
    ...[...spec.options, ...COMMON_OPTIONS].map((option) => [describeOption(option), option.summary]),
  ];
  const examples = spec.examples.map(([line, meaning]) => `- \`osqr ${line}\`: ${meaning}`);
  return [
    `## osqr ${spec.name}`,
    "",
    spec.summary,
    ...(spec.details === undefined ? [] : ["", spec.details]),
    "",
    "```",
    usage,
    "```",
    "",
    "| | |",
    "|---|---|",
    ...rows.map(([left, right]) => `| ${(left ?? "").replaceAll("|", "\\|")} | ${right} |`),
    "",
    ...examples,
    "",
  ];
}

/** The reference of the command line, as Markdown. */
export function renderReference(): string {
  const lines = [
    "# Command line",
    "",
    "Made from the table of options by `node scripts/write-reference.ts`; do not edit.",
    "",
    "Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted;",
    "`osqr go` alone ends with 3 when it needs you. Names of workstreams may be numbers (`#2`), names, titles or spec paths.",
    "",
    "Plain words work too: `osqr what needs me`, `osqr go build it`, `osqr pause the rate limit`, `osqr status please`,",
    "`osqr proceed with recommendations`. What was understood is said; what was not ends with 2 and the nearest commands.",
    "",
    "Environment: `OSQR_HOME` (state, token, workspaces), `OSQR_PORT` (default 8765, 0: any free port), `OSQR_IDLE_MINUTES`",
    "(default 30), `OSQR_NODE` (the Node to run with), `NO_COLOR`, `FORCE_COLOR`.",
    "",
    ...(COMMANDS as readonly CommandSpec[]).flatMap(renderCommand),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}
