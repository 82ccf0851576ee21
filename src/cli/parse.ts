/** Command lines by commander, built from the table. */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { GROUPS } from "./flow-options.ts";
import type { ArgumentSpec, CommandSpec, GroupSpec, OptionSpec } from "./option-types.ts";
import { COMMANDS, COMMON_OPTIONS, type CommandName, findCommand } from "./options.ts";
import { UsageError } from "./usage-error.ts";

export type Parsed =
  | {
      readonly kind: "command";
      readonly name: CommandName;
      readonly input: Readonly<Record<string, unknown>>;
    }
  /** Help was asked for. */
  | { readonly kind: "text"; readonly text: string };

const ABOUT =
  "Builds what the specs of a repository say: plans, runs the work in parallel in closed workspaces, checks it, merges it, reports.";
const AFTER = `
Plain words work too: osqr what needs me · osqr go build it · osqr pause the rate limit
Exit codes: 0 done · 1 refused or failed · 2 wrong usage · 3 needs you (go only) · 130 interrupted`;

const camelCase = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

function createOption(spec: OptionSpec): Option {
  const short = spec.short === undefined ? "" : `-${spec.short}, `;
  const value = spec.value === undefined ? "" : ` <${spec.value}>`;
  const option = new Option(`${short}--${spec.name}${value}`, spec.summary);
  if (spec.list === true) {
    return option.argParser((text: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      ...text
        .split(",")
        .map((item) => item.trim())
        .filter(Boolean),
    ]);
  }
  if (spec.number === true) return option.argParser(parseCount);
  if (spec.value === "name") return option.argParser(parseName);
  return spec.choices === undefined ? option : option.choices(spec.choices);
}

function parseCount(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("Expected a whole number above 0.");
}

function parseName(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("Expected a name, found an empty text.");
}

function createArgument({ name, list, optional, summary }: ArgumentSpec): Argument {
  const dots = list === true ? "..." : "";
  return new Argument(optional === true ? `[${name}${dots}]` : `<${name}${dots}>`, summary);
}

/** Every field of the input is there: absent text is null, absent lists are empty, absent switches false. */
function toInput(spec: CommandSpec, args: readonly unknown[], options: Readonly<Record<string, unknown>>) {
  const input: Record<string, unknown> = {};
  for (const [index, { name, list }] of spec.arguments.entries()) {
    input[camelCase(name)] = args[index] ?? (list === true ? [] : null);
  }
  for (const { name, value, list } of [...spec.options, ...COMMON_OPTIONS] as readonly OptionSpec[]) {
    const absent = list === true ? [] : value === undefined ? false : null;
    input[camelCase(name)] = options[camelCase(name)] ?? absent;
  }
  return input;
}

function describeExamples({ examples }: CommandSpec): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, meaning]) => `  osqr ${line.padEnd(width)}   ${meaning}`);
  return ["", "Examples:", ...lines].join("\n");
}

/** In the list of commands: the name with its arguments; that there are options goes without saying. */
function describeTerm(command: Command): string {
  const args = command.registeredArguments.map((argument) => {
    const dots = argument.variadic ? "..." : "";
    return argument.required ? `<${argument.name()}${dots}>` : `[${argument.name()}${dots}]`;
  });
  return [command.name(), ...args].join(" ");
}

function createProgram(onCommand: (parsed: Parsed) => void, write: (text: string) => void): Command {
  const program = new Command("osqr")
    .description(ABOUT)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .addHelpText("after", AFTER)
    .helpOption("-h, --help", "Show help.")
    .helpCommand("help [command]", "Show help for a command.")
    .configureHelp({ subcommandTerm: describeTerm })
    .option("-V, --version", "Print the version.");
  for (const spec of COMMANDS as readonly CommandSpec[]) addCommand(program, spec, onCommand);
  return program;
}

function addCommand(program: Command, spec: CommandSpec, onCommand: (parsed: Parsed) => void): void {
  const [first = "", second] = spec.name.split(" ");
  const parent = second === undefined ? program : needGroup(program, first);
  const command = parent
    .command(second ?? first, { isDefault: spec.isDefault === true })
    .summary(spec.summary)
    .description(spec.details === undefined ? spec.summary : `${spec.summary}\n\n${spec.details}`)
    .addHelpText("after", describeExamples(spec))
    .helpOption("-h, --help", "Show help.")
    .exitOverride()
    .action((...received: unknown[]) => {
      const args = received.slice(0, spec.arguments.length);
      const options = received[spec.arguments.length] as Record<string, unknown>;
      onCommand({ kind: "command", name: spec.name as CommandName, input: toInput(spec, args, options) });
    });
  for (const argument of spec.arguments) command.addArgument(createArgument(argument));
  for (const option of [...spec.options, ...COMMON_OPTIONS]) command.addOption(createOption(option));
}

/** The command that holds those with the same first word. */
function needGroup(program: Command, name: string): Command {
  const known = program.commands.find((command) => command.name() === name);
  if (known !== undefined) return known;
  const { summary = "" } = (GROUPS as readonly GroupSpec[]).find((group) => group.name === name) ?? {};
  return program
    .command(name)
    .summary(summary)
    .description(summary)
    .helpOption("-h, --help", "Show help.")
    .helpCommand(false)
    .configureHelp({ subcommandTerm: describeTerm })
    .exitOverride();
}

/**
 * Reads a command line without `osqr`.
 *
 * @throws UsageError
 */
export function parseArgv(argv: readonly string[]): Parsed {
  let parsed: Parsed | null = null;
  let text = "";
  const program = createProgram(
    (found) => {
      parsed = found;
    },
    (chunk) => {
      text += chunk;
    },
  );
  if (argv.length === 0) return { kind: "text", text: program.helpInformation() };
  checkSecond(argv);
  try {
    program.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "text", text };
    throw toUsageError(error, argv);
  }
  if (parsed === null) throw new UsageError("expected a command", ["all commands: osqr --help"]);
  return parsed;
}

/** A word that is none of those that may follow the first one of a group. */
function checkSecond([first = "", second = "-"]: readonly string[]): void {
  const commands: readonly CommandSpec[] = COMMANDS;
  const seconds = commands.flatMap(({ name }) =>
    name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : [],
  );
  if (seconds.length === 0 || second.startsWith("-") || seconds.includes(second)) return;
  throw new UsageError(`osqr ${first}: expected ${seconds.join(", ")}, found "${second}"`, [
    `how it is used: osqr ${first} --help`,
  ]);
}

function toUsageError(error: CommanderError, argv: readonly string[]): UsageError {
  const [first = "", ...rest] = error.message.replace(/^error: /, "").split("\n");
  const name = findCommand(argv)?.name;
  return new UsageError(first, [
    ...rest.map((line) => line.replace(/^\((.*)\)$/, "$1")).filter(Boolean),
    name === undefined ? "all commands: osqr --help" : `how it is used: osqr ${name} --help`,
  ]);
}
