import { mkdir } from "node:fs/promises";
import { type Git, splitNul } from "./run.ts";
import { copyBeneath, toPathBytes } from "./safe-copy.ts";

/*
 * Which new files does the project ignore? git answers, but not in the attempt's tree: a FIFO called `.gitignore` would
 * hang it there. The `.gitignore` files are copied into a folder of our own, and git is asked in that.
 */

export interface Candidate {
  /** Relative to the tree, one character per byte. */
  readonly path: string;
  readonly isFolder: boolean;
}

export interface IgnoreRules {
  /** Takes over the `.gitignore` of a folder. Must come before any question below that folder. */
  add(path: string): Promise<void>;
  /** The candidates that are ignored. */
  match(candidates: readonly Candidate[]): Promise<ReadonlySet<string>>;
}

/** Far more than any real `.gitignore`. */
const rulesBytesMax = 1024 * 1024;

/** @param folder an empty folder of our own */
export function createIgnoreRules(own: Git, tree: string, folder: string): IgnoreRules {
  let isEmpty = true;
  return {
    async add(path) {
      const outcome = await copyBeneath(tree, path, folder, rulesBytesMax);
      if (outcome.kind === "copied") isEmpty = false;
    },
    async match(candidates) {
      if (isEmpty || candidates.length === 0) return new Set();
      // Patterns such as `build/` match folders only, so git must see one.
      for (const { path, isFolder } of candidates) {
        if (isFolder) await mkdir(toPathBytes(folder, path), { recursive: true });
      }
      // "./" keeps a leading ":" or "-" from being read as anything but a name.
      const stdin = Buffer.from(candidates.map(({ path }) => `./${path}\0`).join(""), "latin1");
      const { stdout } = await own({
        args: ["check-ignore", "--no-index", "--stdin", "-z"],
        cwd: folder,
        env: { GIT_WORK_TREE: folder },
        stdin,
        okCodes: [0, 1],
      });
      return new Set(splitNul(stdout, "latin1").map((path) => path.slice(2)));
    },
  };
}
