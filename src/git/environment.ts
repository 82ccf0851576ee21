import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { GitError } from "./errors.ts";

/*
 * Two environments. The clean one is for everything that osqr does by itself: no system or user config, no hooks, no
 * prompts, no network, and with osqr's own git directory no filters, drivers or textconv either, because nothing defines
 * them. The user's is for the user's own checkout, whose filters (LFS), line ends and file monitor must hold there.
 */

export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that beat those of a repository's config; given to every call in the clean environment. */
export const cleanGuards: readonly string[] = toOptions({
  "core.hooksPath": "/dev/null",
  "core.fsmonitor": "false",
  "core.untrackedCache": "false",
  "core.attributesFile": "/dev/null",
  "core.excludesFile": "/dev/null",
  "core.autocrlf": "false",
  "core.safecrlf": "false",
  "core.protectHFS": "true",
  "core.protectNTFS": "true",
  "core.quotePath": "false",
  // Acknowledged means on disk: objects and refs are flushed, loose objects in one batch.
  "core.fsync": "committed,reference",
  "core.fsyncMethod": "batch",
  // Larger files are streamed, not held in memory, and have no line diff.
  "core.bigFileThreshold": "64m",
  "core.filesRefLockTimeout": "3000",
  "core.packedRefsTimeout": "10000",
  "gc.auto": "0",
  "maintenance.auto": "false",
  "commit.gpgSign": "false",
  "submodule.recurse": "false",
  "protocol.allow": "never",
});

/** In the user's own checkout only hooks and background work are switched off: osqr is not the user at a prompt. */
export const userGuards: readonly string[] = toOptions({
  "core.hooksPath": "/dev/null",
  "gc.auto": "0",
  "maintenance.auto": "false",
});

function toOptions(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
}

/** The folders of PATH that are absolute: a relative one would mean another program in another folder. */
function absolutePath(environment: Environment): string {
  return (environment.PATH ?? "")
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .join(delimiter);
}

/** The environment of everything but the user's own checkout. Nothing of the caller's passes but PATH. */
export function cleanEnvironment(environment: Environment): Record<string, string> {
  return {
    PATH: absolutePath(environment),
    HOME: "/dev/null",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    // A partial clone must not fetch behind our back: no transport is called "none".
    GIT_ALLOW_PROTOCOL: "none",
    GIT_NO_LAZY_FETCH: "1",
  };
}

const userGitVariables = new Set([
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_SYSTEM",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_EXEC_PATH",
  "GIT_SSH",
  "GIT_SSH_COMMAND",
]);

/**
 * The user's environment without what would point git at another repository, index or editor. osqr may have been started
 * from a git hook, where such variables are set.
 */
export function userEnvironment(environment: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    if (name.startsWith("GIT_") && !userGitVariables.has(name)) continue;
    kept[name] = value;
  }
  return {
    ...kept,
    PATH: absolutePath(environment),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_EDITOR: ":",
    GIT_MERGE_AUTOEDIT: "no",
    GIT_REFLOG_ACTION: "osqr",
  };
}

/**
 * The git program that PATH names, as an absolute path.
 * @throws GitError `git-missing`
 */
export function findGit(environment: Environment): string {
  for (const folder of absolutePath(environment).split(delimiter)) {
    const file = join(folder, "git");
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  throw new GitError("git-missing", "git was not found on PATH", {
    hints: ["install git 2.38 or newer", `PATH is ${environment.PATH ?? "not set"}`],
  });
}

/**
 * Checks what `git version` printed.
 * @throws GitError `git-too-old`
 */
export function checkVersion(printed: string, binary: string): void {
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(printed) ?? [];
  if (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 38)) return;
  throw new GitError("git-too-old", `osqr needs git 2.38 or newer; ${binary} says "${printed.trim()}"`, {
    hints: ["install a newer git and put it first on PATH"],
  });
}
