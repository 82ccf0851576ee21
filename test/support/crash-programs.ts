import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
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
  const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const strike = `: > '${marker}'; kill -9 $PPID`;
  const act = when === "before" ? `${strike}; exit 1` : `'${git}' "$@"; code=$?; ${strike}; exit $code`;
  const lines = ["#!/bin/sh", `[ -e '${marker}' ] && exec '${git}' "$@"`, `case " $* " in`];
  const script = [...lines, `  ${pattern}) ${act} ;;`, `  *) exec '${git}' "$@" ;;`, "esac", ""];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "git"), script.join("\n"));
  chmodSync(join(folder, "git"), 0o755);
}
