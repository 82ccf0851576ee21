import type { Oid } from "../../core/model/ids.ts";
import type { GitPort } from "../../git/types.ts";
import { HANDOFFS_REF } from "../effects/refs.ts";
import { type Artifact, toEdits } from "./place.ts";

/** Another process may write there too. */
const COMMIT_TRIES = 5;
/** Handoffs in one commit at the most. */
export const BATCH_MAX = 100;

/** Who works on a project's ref takes turns by this key: those that end at the same time would only take it from each other. */
export const handoffsKey = (project: string): string => `handoffs ${project}`;

/** The batch as a person reads it in the log of the ref. */
function toMessage(artifacts: readonly Artifact[]): string {
  const [first] = artifacts;
  if (first === undefined || artifacts.length === 1) return first?.title ?? "";
  return `${artifacts.length} handoffs\n\n${artifacts.map(({ title }) => `- ${title}`).join("\n")}\n`;
}

/**
 * Commits handoffs in one commit, in the given order. What is there already with the same content adds nothing. Call in the turn
 * of `handoffsKey`. Resolves to the commit that holds them.
 *
 * @throws Error where the ref keeps moving, GitError where git refuses
 */
export async function writeHandoffs(git: GitPort, artifacts: readonly Artifact[], ending = ""): Promise<Oid> {
  const at = artifacts.reduce((latest, each) => Math.max(latest, each.at), 0);
  const edits = toEdits(artifacts, ending);
  for (let tries = 0; tries < COMMIT_TRIES; tries += 1) {
    const before = await git.readRef(HANDOFFS_REF);
    const tree = await git.editTree(before, edits);
    if (before !== null && (await git.treeOf(before)) === tree) return before;
    const parents = before === null ? [] : [before];
    const commit = await git.commit({ tree, parents, message: toMessage(artifacts), at });
    if (await git.updateRef(HANDOFFS_REF, commit, before)) return commit;
  }
  const [first] = artifacts;
  throw new Error(`${HANDOFFS_REF} keeps moving: ${first?.path ?? "nothing"} could not be committed`);
}
