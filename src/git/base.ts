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
  const name = await resolveSymref(
    repository,
    asked === null ? await chooseBranch(repository, branches) : toBranch(asked, branches),
  );
  const commit = branches.get(name);
  if (commit === undefined) throw await missingBranch(repository, name, [...branches.keys()]);
  await treeOf(repository, commit);
  const dirtyCheckouts: string[] = [];
  for (const checkout of await findCheckouts(repository, name)) {
    if (await isDirty(repository, checkout)) dirtyCheckouts.push(checkout.path);
  }
  return { name, commit, dirtyCheckouts };
}

const prefix = "refs/heads/";

async function listBranches(repository: Repository): Promise<Map<string, Oid>> {
  const refs = await listRefs(repository, prefix);
  return new Map(refs.map(({ ref, oid }) => [ref.slice(prefix.length), oid]));
}

/** A branch that is another name for a branch (`git symbolic-ref`) stands for that one. */
async function resolveSymref({ project }: Repository, name: string): Promise<string> {
  const args = ["symbolic-ref", "--quiet", `${prefix}${checkBranchName(name)}`];
  const target = (await project({ args, okCodes: [0, 1, 128] })).stdout.toString().trim();
  return target.startsWith(prefix) ? checkBranchName(target.slice(prefix.length)) : name;
}

function toBranch(asked: string, branches: ReadonlyMap<string, Oid>): string {
  const name = asked.startsWith(prefix) && !branches.has(asked) ? asked.slice(prefix.length) : asked;
  return checkBranchName(name);
}

/** The branch checked out, else `main` or `master`. */
async function chooseBranch(repository: Repository, branches: ReadonlyMap<string, Oid>): Promise<string> {
  const { user, root } = repository;
  const answer = await user({ args: ["symbolic-ref", "--quiet", "HEAD"], cwd: root, okCodes: [0, 1] });
  const head = answer.stdout.toString().trim();
  const current = head.startsWith(prefix) ? head.slice(prefix.length) : null;
  const found = [current, "main", "master"].find((name) => name !== null && branches.has(name));
  if (typeof found === "string") return found;
  if (current !== null) throw await missingBranch(repository, current, [...branches.keys()]);
  throw new GitError("detached-head", `${root}: no branch is checked out, and there is no main or master`, {
    hints: [listNames([...branches.keys()]), "name the base branch, or check one out: git switch <branch>"],
  });
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(", ");
  return names.length > 20 ? `branches: ${shown} and ${names.length - 20} more` : `branches: ${shown}`;
}

async function missingBranch(
  repository: Repository,
  name: string,
  branches: readonly string[],
): Promise<GitError> {
  const nearest = findNearest(name, branches);
  const remotes = await listRefs(repository, "refs/remotes/");
  const remote = remotes.find(({ ref }) => ref.endsWith(`/${name}`))?.ref.slice("refs/remotes/".length);
  return new GitError("base-missing", `the base branch ${name} does not exist`, {
    hints: [
      ...(nearest === null ? [] : [`did you mean ${nearest}?`]),
      ...(remote === undefined ? [] : [`there is ${remote}: git branch ${name} ${remote}`]),
      listNames(branches),
    ],
  });
}

/** Tip of a branch. @throws GitError `base-missing` */
export async function readBranch(repository: Repository, base: string): Promise<Oid> {
  const tip = await readRef(repository, `${prefix}${checkBranchName(base)}`);
  if (tip !== null) return tip;
  throw await missingBranch(repository, base, [...(await listBranches(repository)).keys()]);
}

/** Time of the later of two commits, epoch ms. */
export async function readLaterTime({ own }: Repository, a: Oid, b: Oid): Promise<number> {
  const printed = await readLine(own, { args: ["log", "--no-walk", "--format=%ct", a, b] });
  return Math.max(...printed.split("\n").map(Number)) * 1_000;
}
