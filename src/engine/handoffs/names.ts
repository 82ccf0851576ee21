/** Short names of handoffs: what `osqr handoff list` shows and `osqr handoff show` takes. */

/** Digits of a commit that people are shown. */
const SHORT = 7;

/** `a-8` for that of an attempt; else the path without what only makes it unique: `cart/returned/1`, `cart/integration/5c8626c`. */
export function shortIdOf(path: string): string {
  const slash = path.lastIndexOf("/");
  const [folder, file] = [path.slice(0, slash + 1), path.slice(slash + 1)];
  const attempt = /^(a-\d+)-[0-9a-f]+\.\w+$/.exec(file)?.[1];
  if (attempt !== undefined) return attempt;
  const number = /^(\d+)-\d+\.\w+$/.exec(file)?.[1];
  if (number !== undefined) return `${folder}${number}`;
  const commit = /^([0-9a-f]{10})-(?:integrated|reverted)\.\w+$/.exec(file)?.[1];
  return `${folder}${commit?.slice(0, SHORT) ?? file.replace(/\.\w+$/, "")}`;
}

/** The folder of a task's handoffs: all that it ever left. */
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));
