import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Discovery, Spec } from "../../core/model/spec.ts";
import { discoverSpecs } from "../../specs/discover.ts";
import { createCandidateTest, DOCUMENT_BYTES_MAX, specFolders } from "../../specs/folders.ts";
import { findReader } from "../../specs/readers.ts";
import { WORKFLOW_BYTES_MAX } from "../../specs/workflow/read-workflow.ts";
import {
  type FoundWorkflows,
  isWorkflowPath,
  readWorkflows,
  WORKFLOW_FOLDER,
} from "../../specs/workflow/read-workflows.ts";
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

/** The workflow files of a commit. */
export async function readWorkflowFiles(files: CommitFiles): Promise<FoundWorkflows> {
  const paths = [...files.entries.keys()].filter(isWorkflowPath);
  const contents = await files.read(paths, WORKFLOW_BYTES_MAX);
  return readWorkflows(
    paths.map((path, index) => ({
      path,
      size: files.entries.get(path)?.size ?? 0,
      bytes: contents[index] ?? null,
    })),
  );
}

/** The workflow files of a checkout, committed or not. Links are not followed: they may lead out of it. */
export async function readWorkflowsOf(root: string): Promise<FoundWorkflows> {
  const folder = join(root, WORKFLOW_FOLDER);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const paths = names.map((name) => `${WORKFLOW_FOLDER}/${name}`).filter(isWorkflowPath);
  const documents = await Promise.all(
    paths.map(async (path) => {
      const { size } = await stat(join(root, path));
      return { path, size, bytes: size > WORKFLOW_BYTES_MAX ? null : await readFile(join(root, path)) };
    }),
  );
  return readWorkflows(documents);
}

/** A spec's text as its reader sees it, null where it is no spec. */
export function readSpecText(path: string, text: string): Spec | null {
  const hash = createHash("sha256").update(text).digest("hex");
  const result = findReader(path, text)?.read({ path, text, hash });
  return result?.kind === "spec" ? result.spec : null;
}
