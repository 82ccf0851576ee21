import { OsqrError } from "../core/errors.ts";

/** The stable codes of {@link GitError}. */
export type GitErrorCode =
  /** No `git` program on PATH. */
  | "git-missing"
  /** Older than 2.38, which has no `merge-tree --write-tree`. */
  | "git-too-old"
  /** git ended with an exit code that is no answer. */
  | "git-failed"
  | "git-timeout"
  | "output-too-large"
  | "not-a-repository"
  /** The repository belongs to somebody else and is not in the user's `safe.directory`. */
  | "unsafe-ownership"
  | "bare-repository"
  | "shallow-repository"
  | "inside-submodule"
  | "no-commits"
  | "detached-head"
  | "base-missing"
  /** The branch and `refs/osqr/landed/<base>` went apart and do not merge cleanly. */
  | "base-diverged"
  | "not-a-descendant"
  | "unrelated-histories"
  | "objects-missing"
  | "file-too-large"
  | "disk-full"
  | "bad-name"
  | "workspace-exists"
  /** The work tree is not there, or is no folder. */
  | "workspace-missing"
  | "workspace-too-large";

/** An expected failure of a git operation. */
export class GitError extends OsqrError {
  /** What git was called with; empty where git was not asked. */
  readonly argv: readonly string[];
  /** The end of git's stderr, at most 2,000 characters. */
  readonly stderr: string;

  constructor(
    code: GitErrorCode,
    message: string,
    options: {
      hints?: readonly string[];
      cause?: unknown;
      argv?: readonly string[];
      stderr?: string;
    } = {},
  ) {
    super(code, message, options);
    this.name = "GitError";
    this.argv = options.argv ?? [];
    this.stderr = (options.stderr ?? "").slice(-2_000);
  }
}

/** The `code` of a system error (`ENOENT` …), null for anything else. */
export function systemCode(error: unknown): string | null {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return typeof code === "string" ? code : null;
}

/** A full disk as a {@link GitError}; anything else as it is. */
export function asGitError(error: unknown): unknown {
  const code = systemCode(error);
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  return new GitError("disk-full", `no room is left on the disk (${code})`, {
    hints: ["make room, then try again"],
    cause: error,
  });
}
