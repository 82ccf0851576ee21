import picomatch from "picomatch";

/** Where specs are looked for without any configuration. */
const DEFAULT_FOLDERS: readonly string[] = ["docs", "specs", "plans"];

/** Blobs over this many bytes are not read; give them to `discoverSpecs` with `bytes: null`. */
export const DOCUMENT_BYTES_MAX = 2 * 1_048_576;

/**
 * The default folders and the configured ones: folders, single files or globs, from the root of the repository. `.` means
 * all of it.
 */
export function specFolders(configured: readonly string[] = []): readonly string[] {
  const cleaned = configured.map(
    (path) =>
      path
        .trim()
        .replace(/^(?:\.?\/)+/, "")
        .replace(/\/+$/, "") || ".",
  );
  return [...new Set([...DEFAULT_FOLDERS, ...cleaned])];
}

/**
 * Builds the test whether a file may be a spec: Markdown in one of the folders, outside hidden folders and
 * `node_modules`. The names of the default folders count in any case (`Docs/`).
 */
export function createCandidateTest(folders: readonly string[]): (path: string) => boolean {
  const globs = folders
    .filter((folder) => /[*?{}[\]!]/.test(folder))
    .map((glob) => picomatch(glob, { dot: false }));
  const plain = folders.filter((folder) => !/[*?{}[\]!]/.test(folder));
  return (path) => {
    if (!/\.(?:md|markdown)$/i.test(path)) return false;
    if (globs.some((matches) => matches(path)) || plain.includes(path)) return true;
    if (/(?:^|\/)(?:node_modules|\.[^/]+)\//.test(path))
      return plain.some((folder) => folder !== "." && folder.startsWith(".") && isIn(path, folder));
    return plain.some((folder) => isIn(path, folder));
  };
}

/** True for a file that may be a spec; see `createCandidateTest` for many files. */
export function isCandidate(path: string, folders: readonly string[]): boolean {
  return createCandidateTest(folders)(path);
}

function isIn(path: string, folder: string): boolean {
  if (folder === ".") return !path.startsWith(".");
  const start = path.slice(0, folder.length + 1);
  return start === `${folder}/` || (DEFAULT_FOLDERS.includes(folder) && start.toLowerCase() === `${folder}/`);
}
