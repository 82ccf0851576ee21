import { quoteWord } from "../quote-word.ts";

/**
 * The first process of a container, for any POSIX shell: it needs no program of the image. It says a word on stderr when the container
 * stands, reads variables and command from stdin up to the same word, and runs the command as its child: as the first process it
 * collects orphans, and a SIGTERM reaches the command itself. Where stdin ends before the word, the daemon is gone: it goes too.
 *
 * Arguments: the word, the folder, blocks that a file may have, `log` or `pipes`.
 */
export const WRAPPER: string = [
  'cd -- "$2" || exit 126',
  "unset OLDPWD",
  `printf '%s\\n' "$1" >&2`,
  "osqr_text=",
  'until IFS= read -r osqr_line || exit 70; [ "$osqr_line" = "$1" ]; do osqr_text="$osqr_text$osqr_line',
  '"; done',
  "ulimit -c 0 2>/dev/null",
  'ulimit -f "$3" 2>/dev/null',
  "osqr_stdio=$4",
  'eval "$osqr_text"',
  // What the shell itself has to say of its child ("Killed") is nobody's output.
  "exec 3>&2 2>/dev/null",
  'if [ "$osqr_stdio" = pipes ]; then ( exec "$@" 2>&3 3>&- ); else ( exec "$@" < /dev/null 2>&1 3>&- ); fi',
  'exit "$?"',
].join("\n");

/** Names that a shell keeps to itself: setting them would end it. */
const SHELL_NAMES = new Set(["BASH_VERSINFO", "EUID", "PPID", "UID"]);

/** Variables and command as the wrapper reads them. They are in no argument, no file and no record of the engine. */
export function toHeader(
  env: Readonly<Record<string, string>>,
  argv: readonly string[],
  word: string,
): string {
  const variables = Object.entries(env)
    .filter(([name]) => !SHELL_NAMES.has(name))
    .map(([name, value]) => `export ${name}=${quoteWord(value)}`);
  return `${[...variables, `set -- ${argv.map(quoteWord).join(" ")}`, word].join("\n")}\n`;
}
