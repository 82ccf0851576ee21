import { createHash } from "node:crypto";
import type { Discovery, Spec } from "../../core/model/spec.ts";
import { discoverSpecs } from "../../specs/discover.ts";
import { createCandidateTest, DOCUMENT_BYTES_MAX, specFolders } from "../../specs/folders.ts";
import { findReader } from "../../specs/readers.ts";
import type { CommitFiles } from "./commit-files.ts";

/** Reads the specs of a commit, never those of a dirty checkout. `extra` are folders or files from the config. */
export async function readSpecs(files: CommitFiles, extra: readonly string[]): Promise<Discovery> {
  const isCandidate = createCandidateTest(specFolders(extra));
  const paths = [...files.entries.keys()].filter((path) => isCandidate(path));
  const contents = await files.read(paths, DOCUMENT_BYTES_MAX);
  const documents = paths.map((path, index) => ({
    path,
    size: files.entries.get(path)?.size ?? 0,
    bytes: contents[index] ?? null,
  }));
  return discoverSpecs({ commit: files.commit, documents });
}

/** A spec's text as its reader sees it, null where it is no spec. */
export function readSpecText(path: string, text: string): Spec | null {
  const hash = createHash("sha256").update(text).digest("hex");
  const result = findReader(path, text)?.read({ path, text, hash });
  return result?.kind === "spec" ? result.spec : null;
}
