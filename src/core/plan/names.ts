import { OsqrError } from "../errors.ts";
import { findNearestName } from "../nearest-name.ts";

/** Something that a person can call by name, by number or by the path of its document. */
export interface Named {
  /** All of them mean it: the name of the workstream and the key of its spec. */
  readonly names: readonly string[];
  readonly number: number | null;
  /** From the repository's root, with `/`. */
  readonly path: string | null;
}

/**
 * What a person means by a word: `embeddings`, `#2`, `2`, `docs/embeddings.md`, `./docs/embeddings`, an absolute path below
 * `root`, the end of a path, or a folder, which means all that is in it. Empty: nothing.
 */
export function matchName<Item extends Named>(
  text: string,
  items: readonly Item[],
  root: string,
): readonly Item[] {
  const word = text.trim();
  const number = /^#(\d{1,9})$/.exec(word)?.[1];
  if (number !== undefined) return items.filter((item) => item.number === Number(number));
  const ways: ((item: Item) => boolean)[] = [
    ({ names }) => names.includes(word),
    ({ number: own }) => /^\d{1,9}$/.test(word) && own === Number(word),
    ({ names }) => names.some((name) => name.toLowerCase() === word.toLowerCase()),
    ...matchPaths(normalizePath(word, root)),
  ];
  for (const way of ways) {
    const found = items.filter(way);
    if (found.length > 0) return found;
  }
  return [];
}

function matchPaths(path: string): ((item: Named) => boolean)[] {
  if (path === "") return [];
  return [
    ({ path: own }) => own === path,
    ({ path: own }) => own !== null && dropExtension(own) === dropExtension(path),
    ({ path: own }) => own?.startsWith(`${path}/`) ?? false,
    ({ path: own }) => own?.endsWith(`/${path}`) ?? false,
    ({ path: own }) => own !== null && dropExtension(own).endsWith(`/${path}`),
  ];
}

const dropExtension = (path: string): string => path.replace(/\.(?:md|markdown|json)$/i, "");

/** A path as typed, relative to the root, without `.`, `..` and doubled or trailing slashes. */
export function normalizePath(typed: string, root: string): string {
  const slashed = typed.replaceAll("\\", "/");
  const folder = root.replaceAll("\\", "/").replace(/\/+$/, "");
  const relative = slashed.startsWith(`${folder}/`) ? slashed.slice(folder.length) : slashed;
  const parts: string[] = [];
  for (const part of relative.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

/**
 * Like `matchName`, but for a word that must mean something.
 *
 * @throws OsqrError `unknown-name`
 */
export function needName<Item extends Named>(
  text: string,
  items: readonly Item[],
  root: string,
): readonly Item[] {
  const found = matchName(text, items, root);
  if (found.length > 0) return found;
  const names = items.flatMap((item) => item.names.slice(0, 1));
  const nearest = findNearestName(text.trim(), names);
  const some = names.slice(0, 10).join(", ") + (names.length > 10 ? ` and ${names.length - 10} more` : "");
  throw new OsqrError(
    "unknown-name",
    `no spec or workstream is called "${text}"; there is ${some === "" ? "none" : some}`,
    { hints: [nearest === null ? "see all: osqr plan" : `did you mean ${nearest}?`] },
  );
}
