import type { Oid } from "../../core/model/ids.ts";
import type { Discovery } from "../../core/model/spec.ts";
import type { GitPort } from "../../git/types.ts";
import { discoverSpecs, isCandidate, specFolders } from "../../specs/discover.ts";

/** A document above this size is no plan; it is reported instead of read. */
export const DOCUMENT_BYTES_MAX = 2 * 1024 ** 2;

/** Reads the specs of a commit, never those of a dirty checkout. `extra` are folders or files from the config. */
export async function readSpecs(git: GitPort, commit: Oid, extra: readonly string[]): Promise<Discovery> {
  const folders = specFolders(extra);
  const entries = (await git.listFiles(commit)).filter(({ path }) => isCandidate(path, folders));
  const blobs = await git.readBlobs(
    entries.map(({ oid }) => oid),
    DOCUMENT_BYTES_MAX,
  );
  const documents = entries.map(({ path, size }, index) => ({ path, size, bytes: blobs[index] ?? null }));
  return discoverSpecs({ commit, documents });
}
