import { createHash } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type ProjectId, toProjectId } from "../core/model/ids.ts";
import {
  checkVersion,
  cleanEnvironment,
  cleanGuards,
  type Environment,
  findGit,
  userEnvironment,
  userGuards,
} from "./environment.ts";
import { GitError } from "./errors.ts";
import { ensureGitDirectory, findObjectStores } from "./own-directory.ts";
import { createPort } from "./port.ts";
import type { Repository } from "./repository.ts";
import { createGit, type Git, readLine, toError } from "./run.ts";
import { emptyTrash } from "./trash.ts";
import type { GitPort } from "./types.ts";
import { readUserName } from "./user-name.ts";

export interface OpenedRepository {
  /** Top of the user's work tree. */
  readonly root: string;
  readonly gitDir: string;
  /** Git directory that holds the refs and objects; the same for all worktrees of a repository. */
  readonly commonDir: string;
  readonly projectKey: ProjectId;
  /** What git says of itself, e.g. `git version 2.47.1`. */
  readonly version: string;
  readonly port: GitPort;
  /**
   * Deletes what removed workspaces and earlier processes left. To be called once at the start of a daemon, before work
   * begins. Resolves when all is gone; what cannot be deleted stays for the next time.
   */
  emptyTrash(): Promise<void>;
  /** The name that the user's git would sign commits with; null: none is set. */
  readUserName(): Promise<string | null>;
}

/**
 * Opens the repository that a folder or file belongs to.
 *
 * @param options.root any path inside the user's work tree
 * @param options.home osqr's home; the project's own folder is `<home>/projects/<projectKey>`
 * @param options.workFolder where workspaces are made. Several projects may share one; names are unique in it.
 * @param options.environment the user's environment, for the user's own checkout. @default process.env
 * @throws GitError `git-missing`, `git-too-old`, `not-a-repository`, `unsafe-ownership`, `bare-repository`,
 * `shallow-repository`, `inside-submodule`, `no-commits`
 */
export async function openRepository(options: {
  readonly root: string;
  readonly home: string;
  readonly workFolder: string;
  readonly environment?: Environment;
}): Promise<OpenedRepository> {
  const environment = options.environment ?? process.env;
  const binary = findGit(environment);
  const clean = cleanEnvironment(environment);
  const user = createGit(binary, userEnvironment(environment), userGuards);
  const version = await checkOnce(binary, user);
  const found = await discover(user, await toFolder(options.root));
  const projectKey = toKey(found.commonDir);
  const folder = join(resolve(options.home), "projects", projectKey);
  const objectStores = await findObjectStores(join(found.commonDir, "objects"));
  const ownDir = await ensureGitDirectory(folder, "git", {
    objectFormat: found.objectFormat,
    alternates: [objectStores[0]],
    head: null,
    bare: true,
  });
  const repository: Repository = {
    ...found,
    projectKey,
    objectStores,
    folder,
    workFolder: resolve(options.workFolder),
    own: createGit(binary, { ...clean, GIT_DIR: ownDir, GIT_OBJECT_DIRECTORY: objectStores[0] }, cleanGuards),
    project: createGit(binary, { ...clean, GIT_DIR: found.commonDir }, cleanGuards),
    user,
  };
  await checkCommits(repository);
  const { root, gitDir, commonDir } = found;
  return {
    root,
    gitDir,
    commonDir,
    projectKey,
    version,
    port: createPort(repository),
    emptyTrash: () => emptyTrash(repository),
    readUserName: () => readUserName(repository),
  };
}

const versions = new Map<string, string>();

/** The version of a program is asked once in the life of this process. */
async function checkOnce(binary: string, user: Git): Promise<string> {
  const known = versions.get(binary);
  if (known !== undefined) return known;
  const version = await readLine(user, { args: ["version"] });
  checkVersion(version, binary);
  versions.set(binary, version);
  return version;
}

/** The folder to ask git in: the path itself, or the folder of a file. */
async function toFolder(path: string): Promise<string> {
  const full = resolve(path);
  try {
    return (await stat(full)).isDirectory() ? full : dirname(full);
  } catch (cause) {
    throw new GitError("not-a-repository", `${full}: no such folder`, { cause });
  }
}

interface Found {
  readonly root: string;
  readonly gitDir: string;
  readonly commonDir: string;
  readonly objectFormat: "sha1" | "sha256";
}

/** Options of `git rev-parse`, one line of answer each; those below the line need a work tree. */
const flagOptions = [
  "--is-inside-work-tree",
  "--is-bare-repository",
  "--is-shallow-repository",
  "--show-object-format",
];
const pathOptions = ["--show-toplevel", "--git-dir", "--git-common-dir"];

async function discover(user: Git, cwd: string): Promise<Found> {
  const ask = async (...args: string[]) =>
    (await readLine(user, { args: ["rev-parse", "--path-format=absolute", ...args], cwd })).split("\n");
  const [inside, bare, shallow, format, ...paths] = await askAll(user, cwd);
  if (inside !== "true") throw bareError(cwd, bare === "true");
  // A folder's name may hold a line end; then one answer is several lines.
  const plain = paths.length === pathOptions.length;
  const asked = plain
    ? paths
    : await Promise.all(pathOptions.map(async (each) => (await ask(each)).join("\n")));
  const [root = "", gitDir = "", commonDir = ""] = await Promise.all(asked.map((path) => realpath(path)));
  if (shallow === "true") {
    throw new GitError(
      "shallow-repository",
      `${root} is a shallow clone: its history is cut off, so merges cannot be trusted`,
      { hints: ["git fetch --unshallow"] },
    );
  }
  // A submodule keeps its git directory elsewhere.
  const above =
    gitDir === join(root, ".git") ? "" : (await ask("--show-superproject-working-tree")).join("\n");
  if (above !== "") {
    throw new GitError("inside-submodule", `${root} is a submodule of ${above}`, {
      hints: [`run osqr in ${above}`, "or in a clone of the submodule of its own"],
    });
  }
  return { root, gitDir, commonDir, objectFormat: format === "sha256" ? "sha256" : "sha1" };
}

/** Lines of the flags, and of the paths as far as git got: without a work tree it stops there. */
async function askAll(user: Git, cwd: string): Promise<string[]> {
  const args = ["rev-parse", "--path-format=absolute", ...flagOptions, ...pathOptions];
  try {
    const { code, stdout, stderr } = await user({ args, cwd, okCodes: [0, 128] });
    const lines = stdout.toString().split("\n").slice(0, -1);
    if (code !== 0 && lines.length < flagOptions.length) throw toError(["git", ...args], code, stderr);
    return lines;
  } catch (error) {
    throw toOpenError(cwd, error);
  }
}

function toOpenError(cwd: string, error: unknown): unknown {
  if (!(error instanceof GitError)) return error;
  if (error.code === "unsafe-ownership") {
    return new GitError("unsafe-ownership", `${cwd}: the repository belongs to another user`, {
      hints: ["if you trust it: git config --global --add safe.directory <its top folder>"],
      cause: error,
    });
  }
  if (error.code !== "not-a-repository") return error;
  return new GitError("not-a-repository", `${cwd} is not inside a git repository`, {
    hints: ["run osqr in a repository, or make one: git init && git add -A && git commit -m start"],
    cause: error,
  });
}

function bareError(cwd: string, bare: boolean): GitError {
  if (!bare) {
    return new GitError("not-a-repository", `${cwd} is inside a git directory, not a work tree`, {
      hints: ["run osqr in the work tree"],
    });
  }
  return new GitError("bare-repository", `${cwd} is a bare repository: it has no work tree`, {
    hints: ["run osqr in a clone of it, or in a worktree: git worktree add ../work main"],
  });
}

/** Worktrees of one repository are one project: the key is made of the main one's path. */
function toKey(commonDir: string): ProjectId {
  const path = basename(commonDir) === ".git" ? dirname(commonDir) : commonDir;
  return toProjectId(`p-${createHash("sha256").update(path).digest("hex").slice(0, 8)}`);
}

async function checkCommits({ project, root }: Repository): Promise<void> {
  const branch = await readLine(project, { args: ["for-each-ref", "--count=1", "refs/heads"] });
  if (branch !== "") return;
  const { code } = await project({
    args: ["rev-parse", "--verify", "--quiet", "HEAD"],
    okCodes: [0, 1, 128],
  });
  if (code === 0) return;
  throw new GitError("no-commits", `${root} has no commits yet`, {
    hints: ['make the first one: git add -A && git commit -m "start"'],
  });
}
