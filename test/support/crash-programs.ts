import { execFileSync } from "node:child_process";
import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A git that kills the daemon which called it: moments inside one step of osqr's own use of git. */
export interface GitTrap {
  /** Shell pattern of the whole command line, with a space before and after it. */
  readonly pattern: string;
  /** The command itself is done in both cases, or in neither. */
  readonly when: "before" | "after";
}

/** A folder for the front of PATH whose `git` springs once. `marker` is made when it does. */
export function setGitTrap(folder: string, { pattern, when }: GitTrap, marker: string): void {
  const git = findGit();
  const strike = `: > '${marker}'; kill -9 $PPID`;
  const act = when === "before" ? `${strike}; exit 1` : `'${git}' "$@"; code=$?; ${strike}; exit $code`;
  const lines = ["#!/bin/sh", `[ -e '${marker}' ] && exec '${git}' "$@"`, `case " $* " in`];
  const script = [...lines, `  ${pattern}) ${act} ;;`, `  *) exec '${git}' "$@" ;;`, "esac", ""];
  writeProgram(join(folder, "git"), script);
}

/** A git for the front of PATH that finds the disk full while the file `flag` is there. */
export function setFullDisk(folder: string, pattern: string, flag: string): void {
  const git = findGit();
  const fail = "echo 'fatal: unable to write object: No space left on device' >&2; exit 128";
  const script = [
    "#!/bin/sh",
    `case " $* " in`,
    `  ${pattern}) [ ! -e '${flag}' ] || { ${fail}; } ;;`,
    "esac",
  ];
  writeProgram(join(folder, "git"), [...script, `exec '${git}' "$@"`, ""]);
}

function findGit(): string {
  return execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
}

/** Put in place at once: a shell that still runs the old one reads on in it. */
function writeProgram(path: string, lines: readonly string[]): void {
  writeFileSync(`${path}.new`, lines.join("\n"));
  chmodSync(`${path}.new`, 0o755);
  renameSync(`${path}.new`, path);
}

/**
 * A filter of the user's own git that cuts the power in the midst of the checkout of the base: the git that fills it is
 * killed with the daemon. Springs once.
 */
export function setCheckoutTrap(folder: string, home: string, marker: string): string {
  const script = [
    "#!/bin/sh",
    `if [ -e '${marker}' ]; then exec cat; fi`,
    `: > '${marker}'`,
    `kill -9 "$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' '${home}/daemon.json')"`,
    // The filter is in git's own process group.
    "kill -9 0",
    "",
  ];
  const path = join(folder, "cut-power");
  writeProgram(path, script);
  return path;
}
