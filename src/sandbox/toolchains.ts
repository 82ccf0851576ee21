import { type Dirent, existsSync, lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { isSystemPath } from "./system-view.ts";
import type { Mount } from "./types.ts";

/** Files of one PATH folder whose links are followed. */
const ENTRIES_MAX = 5_000;

/** Version managers in the user's home: their programs look for their folder by a variable, or relative to themselves. */
const MANAGERS: readonly { readonly folder: string; readonly variable: string | null }[] = [
  { folder: ".asdf", variable: "ASDF_DATA_DIR" },
  { folder: ".local/share/mise", variable: "MISE_DATA_DIR" },
  { folder: ".pyenv", variable: "PYENV_ROOT" },
  { folder: ".rbenv", variable: "RBENV_ROOT" },
  { folder: ".rustup", variable: "RUSTUP_HOME" },
  { folder: ".volta", variable: "VOLTA_HOME" },
];
/** Folders of a home that hold more than tools: only the PATH folder itself is taken from them, never the whole. */
const MIXED_FOLDERS = [".cache", ".cargo", ".config", ".local", ".local/share"];
/** What a folder beside `bin` is called where both belong to one installation. */
const INSTALLATION_PARTS = ["lib", "lib64", "libexec", "versions", "installs", "pyvenv.cfg"];

/** The programs on a PATH, as a sandbox gets them. */
export interface Toolchains {
  /** Read-only, none inside another; the system's own folders are not listed. */
  readonly mounts: readonly Mount[];
  /** The PATH without what does not exist or may not be seen. */
  readonly path: string;
  /** Variables that tell version managers where they are, as `$HOME` is another one inside. */
  readonly env: Readonly<Record<string, string>>;
  /** Where programs are, by name, where the PATH is that of an image. Left out: it is this machine's. */
  readonly programs?: ReadonlyMap<string, readonly string[]>;
}

export interface ToolchainOptions {
  /** The operator's PATH. */
  readonly path: string;
  /** The operator's home: never mounted as a whole. */
  readonly home: string;
  /** Folders that must stay invisible, e.g. osqr's home. Nothing that holds one, or lies in one, is mounted. */
  readonly exclude: readonly string[];
}

/**
 * Finds what has to be mounted so that the programs on a PATH work: for each folder its whole installation (nvm, pyenv, rustup,
 * virtual environments …), and where its files are links, the installation they point to. What is missing is skipped.
 */
export function resolveToolchains(options: ToolchainOptions): Toolchains {
  const home = toRealPath(options.home) ?? options.home;
  const hidden = [...options.exclude.map((path) => toRealPath(path) ?? path), ...listSecrets(home)];
  const isAllowed = (path: string): boolean =>
    path.split("/").length > 2 &&
    path !== home &&
    !home.startsWith(`${path}/`) &&
    !hidden.some((other) => path === other || path.startsWith(`${other}/`) || other.startsWith(`${path}/`));
  const found = new Map<string, Mount>();
  const take = (source: string, target: string): boolean => {
    if (isSystemPath(target) && isSystemPath(source)) return true;
    if (!isAllowed(source) || !isAllowed(target)) return false;
    for (const path of new Set([source, target])) found.set(path, { source, target: path, mode: "read" });
    return true;
  };
  const kept = [...new Set(options.path.split(delimiter))].filter((folder) => takeFolder(folder, home, take));
  const env = takeManagers(home, kept, take);
  return { mounts: dropInner([...found.values()]), path: kept.join(delimiter), env };
}

type Take = (source: string, target: string) => boolean;

/** False where the folder does not exist or may not be seen. */
function takeFolder(folder: string, home: string, take: Take): boolean {
  const real = folder.startsWith("/") ? toRealPath(folder) : null;
  if (real === null || statSync(real, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
  const root = findInstallation(real, home);
  // The folder may be named through a link (`current/bin`): programs find it under both names.
  const isTaken = takeAny(take, [
    [root, root],
    [real, real],
  ]);
  if (!isTaken) return false;
  if (folder !== real) {
    const inner = real.slice(root.length);
    const isAlike = inner !== "" && folder.endsWith(inner);
    if (!take(isAlike ? root : real, isAlike ? folder.slice(0, -inner.length) : folder)) return false;
  }
  for (const target of listLinkTargets(real)) {
    const folderOfTarget = dirname(target);
    const installation = findInstallation(folderOfTarget, home);
    // A script somewhere in the home has the owner's other files beside it: it comes alone.
    const isLoose = installation === folderOfTarget && target.startsWith(`${home}/`);
    const whole = isLoose ? target : installation;
    takeAny(take, [
      [whole, whole],
      [target, target],
    ]);
  }
  return true;
}

/** Takes the first that may be taken: the whole installation, else the part alone. */
function takeAny(take: Take, candidates: readonly (readonly [string, string])[]): boolean {
  return candidates.some(([source, target]) => take(source, target));
}

/** The folder that a program's folder cannot do without: its installation where there is one, else the folder itself. */
function findInstallation(folder: string, home: string): string {
  if (isSystemPath(folder)) return folder;
  const modules = /^(.*?\/node_modules)(\/|$)/.exec(folder)?.[1];
  if (modules !== undefined) return modules;
  const manager = MANAGERS.map((entry) => join(home, entry.folder)).find(
    (path) => folder === path || folder.startsWith(`${path}/`),
  );
  if (manager !== undefined) return manager;
  const parent = dirname(folder);
  const isMixed = parent === home || MIXED_FOLDERS.some((name) => join(home, name) === parent);
  if (isMixed || !INSTALLATION_PARTS.some((name) => existsSync(join(parent, name)))) return folder;
  return parent;
}

/** Takes version managers that the PATH uses, also rustup, which only shows as proxies in `~/.cargo/bin`. */
function takeManagers(home: string, path: readonly string[], take: Take): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { folder, variable } of MANAGERS) {
    const root = join(home, folder);
    const isRustup = folder === ".rustup" && path.some((entry) => existsSync(join(entry, "rustup")));
    const isUsed = isRustup || path.some((entry) => (toRealPath(entry) ?? entry).startsWith(`${root}/`));
    if (!isUsed || !existsSync(root) || !take(toRealPath(root) ?? root, root)) continue;
    if (variable !== null) env[variable] = root;
  }
  return env;
}

/** Files that links in a folder point to outside of it, resolved. */
function listLinkTargets(folder: string): string[] {
  const targets = new Set<string>();
  for (const entry of listEntries(folder).slice(0, ENTRIES_MAX)) {
    if (!entry.isSymbolicLink()) continue;
    const target = toRealPath(join(folder, entry.name));
    if (target !== null && !isSystemPath(target) && !target.startsWith(`${folder}/`)) targets.add(target);
  }
  return [...targets];
}

function listEntries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // Not readable: nothing of it can be run either.
  }
}

/** Places of a home that hold keys and logins, where they exist. */
function listSecrets(home: string): string[] {
  const names = [
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".docker",
    ".netrc",
    ".npmrc",
    ".git-credentials",
  ];
  return names
    .map((name) => join(home, name))
    .filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
}

/** Leaves out mounts that another one holds already under the same path. */
function dropInner(mounts: readonly Mount[]): Mount[] {
  const isInside = (mount: Mount, outer: Mount): boolean =>
    mount.target.startsWith(`${outer.target}/`) &&
    mount.source === `${outer.source}${mount.target.slice(outer.target.length)}`;
  return mounts
    .filter((mount) => !mounts.some((outer) => isInside(mount, outer)))
    .toSorted((a, b) => (a.target < b.target ? -1 : 1));
}

function toRealPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null; // Missing, or a broken link.
  }
}
