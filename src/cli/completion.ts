/** Completion scripts, made from the table. They call no program: completing costs nothing and works offline. */
import { GROUPS } from "./flow-options.ts";
import type { CommandSpec, GroupSpec, OptionSpec } from "./option-types.ts";
import { COMMANDS, COMMON_OPTIONS } from "./options.ts";

const commands: readonly CommandSpec[] = COMMANDS;
const SHELLS = ["bash", "zsh", "fish"];

/** What may stand first: commands, and words that several share. */
const firstWords: readonly GroupSpec[] = [...commands.filter(({ name }) => !name.includes(" ")), ...GROUPS];

/** The commands with the same first word, by their second. */
const listSeconds = (first: string): readonly (CommandSpec & { readonly second: string })[] =>
  commands.flatMap((spec) => {
    const [group = "", second] = spec.name.split(" ");
    return second !== undefined && group === first ? [{ ...spec, second }] : [];
  });

const optionsOf = (spec: CommandSpec): readonly OptionSpec[] => [...spec.options, ...COMMON_OPTIONS];

/** Single quotes of a shell; the table's own texts only. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** For bash: commands first, then the options of the command. */
export function completeBash(): string {
  const cases = commands.map((spec) => {
    const words = optionsOf(spec).flatMap(({ name, short }) =>
      short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`],
    );
    const values = spec.name === "completion" ? SHELLS : [];
    return `    ${quote(`${spec.name} `)}*) words=${quote([...words, ...values, "--help"].join(" "))} ;;`;
  });
  const groups = GROUPS.map(({ name }: GroupSpec) => {
    const seconds = listSeconds(name).map(({ second }) => second);
    return `    ${quote(`${name} `)}*) words=${quote([...seconds, "--help"].join(" "))} ;;`;
  });
  const choices = listChoices().map(
    ([option, values]) => `    --${option}) words=${quote(values.join(" "))} ;;`,
  );
  return `# osqr completion for bash
_osqr() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quote([...firstWords.map(({ name }) => name), "--help", "--version"].join(" "))} -- "$current"))
    return
  fi
  case $previous in
${choices.join("\n")}
    *)
  case "\${COMP_WORDS[*]:1:COMP_CWORD-1} " in
${[...cases, ...groups].join("\n")}
  esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _osqr osqr
`;
}

/** Options that take one of a few words. */
function listChoices(): [string, readonly string[]][] {
  const found = new Map<string, readonly string[]>();
  for (const spec of commands) {
    for (const { name, choices } of optionsOf(spec)) if (choices !== undefined) found.set(name, choices);
  }
  return [...found];
}

/** \`:\` and brackets mean something in zsh's specs. */
const zshText = (text: string) => text.replace(/[[\]:\\]/g, "\\$&");

/** For zsh: the same with the summaries. */
export function completeZsh(): string {
  const names = firstWords.map(({ name, summary }) => `    ${quote(`${name}:${zshText(summary)}`)}`);
  const groups = GROUPS.map(({ name }: GroupSpec) => {
    const seconds = listSeconds(name).map(
      ({ second, summary }) => `      ${quote(`${second}:${zshText(summary)}`)}`,
    );
    return `    ${name})\n      commands=(\n${seconds.join("\n")}\n      ) ;;`;
  });
  const cases = commands.map((spec) => {
    const options = optionsOf(spec).map(({ name, value, summary, choices, list }) => {
      const action =
        value === undefined ? "" : `:${value}:${choices === undefined ? "" : `(${choices.join(" ")})`}`;
      return `      ${quote(`${list === true ? "*" : ""}--${name}[${zshText(summary)}]${action}`)}`;
    });
    const rest = spec.name === "completion" ? `'1:shell:(${SHELLS.join(" ")})'` : "'*:file:_files'";
    return `    ${quote(spec.name)})\n      _arguments \\\n${options.join(" \\\n")} \\\n      ${rest} ;;`;
  });
  return `#compdef osqr
# osqr completion for zsh
_osqr() {
  local -a commands
  commands=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  commands=()
  case $command in
${groups.join("\n")}
  esac
  if (( $#commands )); then
    if (( CURRENT == 2 )); then
      _describe 'action' commands
      return
    fi
    command="$command $words[2]"
    shift words
    (( CURRENT-- ))
  fi
  case $command in
${cases.join("\n")}
  esac
}
if [ "$funcstack[1]" = '_osqr' ]; then _osqr "$@"; else compdef _osqr osqr; fi
`;
}

/** For fish. */
export function completeFish(): string {
  const lines = ["# osqr completion for fish", "complete -c osqr -f"];
  for (const { name, summary } of firstWords) {
    lines.push(`complete -c osqr -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`);
    const seconds = listSeconds(name);
    const words = seconds.map(({ second }) => second).join(" ");
    const when = quote(
      `__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${words || name}`,
    );
    for (const each of seconds)
      lines.push(`complete -c osqr -n ${when} -a ${each.second} -d ${quote(each.summary)}`);
  }
  for (const spec of commands) {
    const seen = spec.name.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`);
    const when = quote(seen.join("; and "));
    for (const { name, short, value, choices, summary } of optionsOf(spec)) {
      const parts = [`complete -c osqr -n ${when} -l ${name}`];
      if (short !== undefined) parts.push(`-s ${short}`);
      if (value !== undefined) parts.push("-r");
      if (choices !== undefined) parts.push(`-a ${quote(choices.join(" "))}`);
      lines.push(`${parts.join(" ")} -d ${quote(summary)}`);
    }
    if (spec.name === "completion") lines.push(`complete -c osqr -n ${when} -a ${quote(SHELLS.join(" "))}`);
    if (["add", "trace", "plan", "go"].includes(spec.name)) lines.push(`complete -c osqr -n ${when} -F`);
  }
  return `${lines.join("\n")}\n`;
}
