import { createHash } from "node:crypto";
import type { Oid } from "../../core/model/ids.ts";
import type { Workstream } from "../../core/model/work.ts";
import type { GitPort } from "../../git/types.ts";

/**
 * Names of refs are made from an allow-list: a spec's key could hold anything. A name that does not fit is told apart by
 * its hash, so that two names never share a ref.
 */
export function toRefPart(text: string): string {
  const cleaned = text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/\.{2,}/g, ".")
    .replace(/^[.-]+|[.-]+$/g, "")
    .slice(0, 80);
  const part = cleaned.endsWith(".lock") ? cleaned.slice(0, -5) : cleaned;
  if (part === text && part !== "") return part;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 10);
  return part === "" ? hash : `${part}-${hash}`;
}

/** Where a workstream's work gathers. */
export const workRef = (workstream: Workstream): string => `refs/osqr/work/${toRefPart(workstream.name)}`;
/** Where an operator puts a merge made by hand. */
export const handRef = (workstream: Workstream): string => `refs/osqr/hand/${toRefPart(workstream.name)}`;
/** Where work is kept that was not merged. */
export const salvageRef = (name: string): string => `refs/osqr/salvage/${toRefPart(name)}`;
/** The last snapshot of an agent's work tree, by the attempt that the tree belongs to. Goes with the tree. */
export const checkpointRef = (name: string): string => `refs/osqr/checkpoint/${toRefPart(name)}`;
/** Where the base has to go while it is on its way or held. */
export const landedRef = (base: string): string => `refs/osqr/landed/${base}`;
export const HANDOFFS_REF = "refs/osqr/handoffs";

/** Paths that decide who may do what: never joined without the operator's word (design §10). */
export const isProtected = (path: string): boolean => path === ".osqr" || path.startsWith(".osqr/");

/** Salvages under the same name at the most: the name holds an attempt's or a workstream's own id. */
const SALVAGES_MAX = 1_000;

/**
 * Keeps a commit under `refs/osqr/salvage`. What is there already is never replaced: another home, or an earlier life of
 * the name, gets a ref of its own beside it. Resolves to the ref.
 */
export async function keepCommit(git: GitPort, name: string, commit: Oid): Promise<string> {
  const first = salvageRef(name);
  for (let number = 1; number <= SALVAGES_MAX; number += 1) {
    const ref = number === 1 ? first : `${first}-${number}`;
    const there = await git.readRef(ref);
    if (there === commit) return ref;
    if (there === null && (await git.updateRef(ref, commit, null))) return ref;
  }
  throw new Error(`${first}: ${SALVAGES_MAX} salvages of this name are there already`);
}
