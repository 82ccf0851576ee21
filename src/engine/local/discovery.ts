import { createHash } from "node:crypto";
import type { Oid } from "../../core/model/ids.ts";
import type { Discovery, Spec } from "../../core/model/spec.ts";
import type { GitPort } from "../../git/types.ts";
import { discoverSpecs } from "../../specs/discover.ts";
import { createCandidateTest, DOCUMENT_BYTES_MAX, specFolders } from "../../specs/folders.ts";
import { findReader } from "../../specs/readers.ts";

/** Reads the specs of a commit, never those of a dirty checkout. `extra` are folders or files from the config. */
export async function readSpecs(git: GitPort, commit: Oid, extra: readonly string[]): Promise<Discovery> {
  const isCandidate = createCandidateTest(specFolders(extra));
  const entries = (await git.listFiles(commit)).filter(({ path }) => isCandidate(path));
  const blobs = await git.readBlobs(
    entries.map(({ oid }) => oid),
    DOCUMENT_BYTES_MAX,
  );
  const documents = entries.map(({ path, size }, index) => ({ path, size, bytes: blobs[index] ?? null }));
  return discoverSpecs({ commit, documents });
}

/** A spec's text as its reader sees it, null where it is no spec. */
export function readSpecText(path: string, text: string): Spec | null {
  const hash = createHash("sha256").update(text).digest("hex");
  const result = findReader(path, text)?.read({ path, text, hash });
  return result?.kind === "spec" ? result.spec : null;
}
