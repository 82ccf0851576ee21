import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type OpenedRepository, openRepository } from "../../src/git/open.ts";

/** A real repository of a user in a folder of its own, with osqr's home beside it. All is gone after the test. */
export interface TestRepo {
  /** Holds all of it. */
  readonly folder: string;
  readonly root: string;
  readonly home: string;
  readonly workFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs git as the user, in the work tree; resolves to what it printed, trimmed. */
  git(...args: string[]): string;
  /** Runs git as the user in any folder. */
  gitIn(cwd: string, ...args: string[]): string;
  write(path: string, content: string | Uint8Array): void;
  read(path: string): string;
  /** Commits all that is in the work tree; returns the commit. */
  commit(message?: string): string;
  open(path?: string): Promise<OpenedRepository>;
}

export function makeFolder(): string {
  const folder = createFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const createFolder = (): string => realpathSync(mkdtempSync(join(tmpdir(), "osqr-git-")));

/** @param files content by path, committed on `main`; empty: no commit */
export function makeRepo(files: Readonly<Record<string, string>> = { "a.txt": "a\n" }): TestRepo {
  return fillRepo(makeFolder(), files);
}

/** As `makeRepo`, for several tests: whoever makes it removes its folder. */
export function createRepo(files: Readonly<Record<string, string>>): TestRepo {
  return fillRepo(createFolder(), files);
}

function fillRepo(folder: string, files: Readonly<Record<string, string>>): TestRepo {
  const root = join(folder, "project");
  const userHome = join(folder, "user");
  mkdirSync(root);
  mkdirSync(userHome);
  writeFileSync(join(userHome, ".gitconfig"), "[user]\n\tname = Somebody\n\temail = somebody@localhost\n");
  const environment = { PATH: process.env.PATH ?? "", HOME: userHome, GIT_CONFIG_NOSYSTEM: "1" };
  const gitIn = (cwd: string, ...args: string[]) =>
    execFileSync("git", args, { cwd, env: environment, encoding: "utf8", stdio: "pipe" }).trimEnd();
  const repo: TestRepo = {
    folder,
    root,
    home: join(folder, "home"),
    workFolder: join(folder, "home", "workspaces"),
    environment,
    gitIn,
    git: (...args) => gitIn(root, ...args),
    write: (path, content) => writeBelow(root, path, content),
    read: (path) => readFileSync(join(root, path), "utf8"),
    commit(message = "change") {
      repo.git("add", "-A");
      repo.git("commit", "-q", "--allow-empty", "-m", message);
      return repo.git("rev-parse", "HEAD");
    },
    open: (path = root) =>
      openRepository({ root: path, home: repo.home, workFolder: repo.workFolder, environment }),
  };
  repo.git("init", "-q", "-b", "main", "--template=");
  for (const name of ["hooks", "info"]) mkdirSync(join(root, ".git", name));
  for (const [path, content] of Object.entries(files)) repo.write(path, content);
  if (Object.keys(files).length > 0) repo.commit("start");
  return repo;
}

/** Writes a file below a folder; a script (`#!`) becomes executable. */
export function writeBelow(folder: string, path: string, content: string | Uint8Array): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  if (typeof content === "string" && content.startsWith("#!")) chmodSync(file, 0o755);
}

/** All that a user sees of the repository but `refs/osqr`: what osqr must leave as it is. */
export function seeRepo({ git, root }: TestRepo): Record<string, string> {
  const gitDir = join(root, ".git");
  return {
    refs: git("for-each-ref", "--format=%(refname) %(objectname)")
      .split("\n")
      .filter((line) => !line.startsWith("refs/osqr/"))
      .join("\n"),
    head: readFileSync(join(gitDir, "HEAD"), "utf8"),
    status: git("status", "--porcelain", "--ignored", "-uall"),
    index: git("ls-files", "-s"),
    stash: git("stash", "list"),
    config: readFileSync(join(gitDir, "config"), "utf8"),
    hooks: readdirSync(join(gitDir, "hooks")).join("\n"),
    info: readdirSync(join(gitDir, "info")).join("\n"),
    files: hashFiles(root),
  };
}

function hashFiles(root: string): string {
  const hash = createHash("sha256");
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.startsWith(join(root, ".git"))) continue;
    hash.update(`${path}\0`).update(readFileSync(path));
  }
  return hash.digest("hex");
}
