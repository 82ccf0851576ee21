import type { Oid } from "../core/model/ids.ts";
import { findCheckouts, isDirty } from "./checkouts.ts";
import { GitError } from "./errors.ts";
import { checkBranchName, findNearest } from "./names.ts";
import { treeOf } from "./read.ts";
import { listRefs, readRef } from "./refs.ts";
import type { Repository } from "./repository.ts";
import { readLine } from "./run.ts";
import type { BaseBranch } from "./types.ts";

/** Which branch work starts from and lands on. */
export async function resolveBase(repository: Repository, asked: string | null): Promise<BaseBranch> {
  const branches = await listBranches(repository);
  const chosen = asked === null ? await chooseBranch(repository, branches) : toBranch(asked, branches);
  const { name, commit } = branches.get(chosen) ?? {};
  if (name === undefined || commit === undefined) throw await missingBranch(repository, chosen, branches);
  checkBranchName(name);
  await treeOf(repository, commit);
  const dirtyCheckouts: string[] = [];
  for (const checkout of await findCheckouts(repository, name)) {
    if (await isDirty(repository, checkout)) dirtyCheckouts.push(checkout.path);
  }
  return { name, commit, dirtyCheckouts };
}

const prefix = "refs/heads/";

interface Branch {
  /** Its own name, or that of the branch which it is another name for (`git symbolic-ref`). */
  readonly name: string;
  readonly commit: Oid;
}

type Branches = ReadonlyMap<string, Branch>;

async function listBranches({ project }: Repository): Promise<Branches> {
  const args = ["for-each-ref", "--format=%(objectname) %(refname) %(symref)", prefix];
  const lines = (await readLine(project, { args })).split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const [commit = "", ref = "", symref = ""] = line.split(" ");
      const name = ref.slice(prefix.length);
      return [name, { commit, name: symref.startsWith(prefix) ? symref.slice(prefix.length) : name }];
    }),
  );
}

function toBranch(asked: string, branches: Branches): string {
  const name = asked.startsWith(prefix) && !branches.has(asked) ? asked.slice(prefix.length) : asked;
  return checkBranchName(name);
}

/** The branch checked out, else `main` or `master`. */
async function chooseBranch(repository: Repository, branches: Branches): Promise<string> {
  const { user, root } = repository;
  const answer = await user({ args: ["symbolic-ref", "--quiet", "HEAD"], cwd: root, okCodes: [0, 1] });
  const head = answer.stdout.toString().trim();
  const current = head.startsWith(prefix) ? head.slice(prefix.length) : null;
  const found = [current, "main", "master"].find((name) => name !== null && branches.has(name));
  if (typeof found === "string") return found;
  if (current !== null) throw await missingBranch(repository, current, branches);
  throw new GitError("detached-head", `${root}: no branch is checked out, and there is no main or master`, {
    hints: [listNames([...branches.keys()]), "name the base branch, or check one out: git switch <branch>"],
  });
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(", ");
  return names.length > 20 ? `branches: ${shown} and ${names.length - 20} more` : `branches: ${shown}`;
}

async function missingBranch(repository: Repository, name: string, branches: Branches): Promise<GitError> {
  const nearest = findNearest(name, [...branches.keys()]);
  const remotes = await listRefs(repository, "refs/remotes/");
  const remote = remotes.find(({ ref }) => ref.endsWith(`/${name}`))?.ref.slice("refs/remotes/".length);
  return new GitError("base-missing", `the base branch ${name} does not exist`, {
    hints: [
      ...(nearest === null ? [] : [`did you mean ${nearest}?`]),
      ...(remote === undefined ? [] : [`there is ${remote}: git branch ${name} ${remote}`]),
      listNames([...branches.keys()]),
    ],
  });
}

/** Tip of a branch. @throws GitError `base-missing` */
export async function readBranch(repository: Repository, base: string): Promise<Oid> {
  const tip = await readRef(repository, `${prefix}${checkBranchName(base)}`);
  if (tip !== null) return tip;
  throw await missingBranch(repository, base, await listBranches(repository));
}

/** Time of the later of two commits, epoch ms. */
export async function readLaterTime({ own }: Repository, a: Oid, b: Oid): Promise<number> {
  const printed = await readLine(own, { args: ["log", "--no-walk", "--format=%ct", a, b] });
  return Math.max(...printed.split("\n").map(Number)) * 1_000;
}
