import type { Oid } from "../../core/model/ids.ts";
import type { GitPort } from "../../git/types.ts";

/** Files that are read whole for gates, set-up and config are never larger than this. */
const FILE_BYTES_MAX = 32 * 1024 ** 2;

/** Bytes of contents kept in memory per commit. */
const KEPT_BYTES_MAX = 16 * 1024 ** 2;

/** The files of one commit, listed once; contents are read in one go per question. */
export interface CommitFiles {
  readonly commit: Oid;
  readonly entries: ReadonlyMap<string, { readonly oid: Oid; readonly size: number }>;
  /** Contents in the order of `paths`; null where the file is absent or larger than `bytesMax`. */
  read(paths: readonly string[], bytesMax?: number): Promise<readonly (Buffer | null)[]>;
}

export async function listCommit(git: GitPort, commit: Oid): Promise<CommitFiles> {
  const entries = new Map((await git.listFiles(commit)).map(({ path, oid, size }) => [path, { oid, size }]));
  // A blob never changes: small ones that were read stay.
  const kept = new Map<string, Buffer>();
  let keptBytes = 0;
  const keep = (path: string, content: Buffer | null): void => {
    if (content === null || keptBytes + content.length > KEPT_BYTES_MAX) return;
    kept.set(path, content);
    keptBytes += content.length;
  };
  return {
    commit,
    entries,
    async read(paths, bytesMax = FILE_BYTES_MAX) {
      const fits = (path: string): boolean =>
        (entries.get(path)?.size ?? Number.POSITIVE_INFINITY) <= bytesMax;
      const missing = paths.filter((path) => fits(path) && !kept.has(path));
      const oids = missing.map((path) => entries.get(path)?.oid ?? "");
      const blobs = missing.length === 0 ? [] : await git.readBlobs(oids, bytesMax);
      const fresh = new Map(missing.map((path, index) => [path, blobs[index] ?? null]));
      for (const [path, content] of fresh) keep(path, content);
      return paths.map((path) => (fits(path) ? (kept.get(path) ?? fresh.get(path) ?? null) : null));
    },
  };
}

/** UTF-8 texts of the files that are there. */
export async function readTexts(
  files: CommitFiles,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const contents = await files.read(paths);
  paths.forEach((path, index) => {
    const content = contents[index];
    if (content != null) texts.set(path, content.toString("utf8"));
  });
  return texts;
}
