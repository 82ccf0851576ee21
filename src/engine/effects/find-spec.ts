/** Where the document of a workstream is at a commit: at its path, or moved to another one. */
import type { Oid } from "../../core/model/ids.ts";
import type { Workstream } from "../../core/model/work.ts";
import { DOCUMENT_BYTES_MAX } from "../../specs/folders.ts";
import type { ProjectPorts } from "../ports.ts";

/** What is needed to read specs of a commit. */
export type SpecReading = Pick<ProjectPorts, "git" | "readSpec" | "isSpecPath">;

export interface FoundSpec {
  readonly path: string;
  readonly text: string;
}

/** How many new documents are read in search of a moved one. */
const LOOKED_AT_MAX = 200;

/**
 * The document at a commit or tree. Moved is what has the same content, or else the same key, under a path that was not there when the
 * workstream was made. Null: it is gone.
 */
export async function findSpec(
  reading: SpecReading,
  { spec }: Pick<Workstream, "spec">,
  treeish: Oid,
): Promise<FoundSpec | null> {
  if (spec.path === null) return null;
  const text = await reading.git.readFile(treeish, spec.path);
  return text === null
    ? findMoved(reading, { ...spec, path: spec.path }, treeish)
    : { path: spec.path, text };
}

async function findMoved(
  { git, readSpec, isSpecPath }: SpecReading,
  { path, commit }: { readonly path: string; readonly commit: Oid },
  treeish: Oid,
): Promise<FoundSpec | null> {
  const before = new Map((await git.listFiles(commit)).map((file) => [file.path, file.oid]));
  const candidates = (await git.listFiles(treeish))
    .filter((file) => !before.has(file.path) && file.size <= DOCUMENT_BYTES_MAX && isSpecPath(file.path))
    .slice(0, LOOKED_AT_MAX);
  if (candidates.length === 0) return null;
  const original = await git.readFile(commit, path);
  const key = original === null ? undefined : readSpec(path, original)?.key;
  const found: FoundSpec[] = [];
  for (const file of candidates) {
    const text = await git.readFile(treeish, file.path);
    if (text === null) continue;
    if (file.oid === before.get(path)) return { path: file.path, text };
    if (key !== undefined && readSpec(file.path, text)?.key === key) found.push({ path: file.path, text });
  }
  return found[0] ?? null;
}
