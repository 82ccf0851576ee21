import { createHash } from "node:crypto";
import {
  COMPANIONS,
  hasDependencies,
  LOCKFILES,
  MORE_REQUIREMENTS,
  RECIPES,
  type RecipeName,
} from "./recipes.ts";

/** How deep below the root lockfiles count, and how many. */
const DEPTH_MAX = 2;
const STEPS_MAX = 8;

/** A file of the tree, `/` separated, relative to its root. */
export interface SetupFile {
  readonly path: string;
  readonly content: string;
}

export interface SetupConfig {
  /** The operator's or project's own command, run with bash in the root; null: infer it from lockfiles. */
  readonly command: string | null;
  /** What the own command leaves in the tree, relative paths. @default ["node_modules", ".venv", "vendor"] */
  readonly produces?: readonly string[];
  /** No set-up at all. */
  readonly isOff?: boolean;
  /** What results depend on beside the files, e.g. `linux-x64 node-24`. */
  readonly platform: string;
}

export interface SetupStep {
  readonly recipe: RecipeName;
  /** Folder relative to the root, empty for the root. */
  readonly folder: string;
  readonly commands: readonly (readonly [string, ...string[]])[];
}

/** What to install before work on a tree starts. Equal hashes give equal results, so it is done once. */
export interface SetupPlan {
  /** 32 hex digits over lockfiles, what is beside them, commands and platform. */
  readonly hash: string;
  /** For people and for approval, e.g. `npm ci --no-audit --no-fund`. */
  readonly command: string;
  readonly steps: readonly SetupStep[];
  /** Paths of the tree that it leaves and that are kept. */
  readonly produces: readonly string[];
  /** Where it comes from, e.g. `package-lock.json`. */
  readonly reason: string;
}

/** True for a path whose content `planSetup` wants to see. */
export function isSetupFile(path: string): boolean {
  const parts = path.split("/");
  const name = parts.at(-1) ?? "";
  if (parts.length > DEPTH_MAX + 1 || parts.includes("node_modules")) return false;
  return COMPANIONS.includes(name) || LOCKFILES.some((lockfile) => lockfile.name === name);
}

/** Plans the set-up of a tree from its lockfiles or the given command. Null: there is nothing to install. */
export function planSetup(files: readonly SetupFile[], config: SetupConfig): SetupPlan | null {
  if (config.isOff === true) return null;
  const relevant = files.filter((file) => isSetupFile(file.path));
  if (config.command !== null) return planCommand(relevant, config, config.command);
  const chosen = chooseLockfiles(relevant);
  if (chosen.length === 0) return null;
  const paths = new Set(relevant.map((file) => file.path));
  const steps = chosen.map((lockfile) => toStep(lockfile, paths));
  return {
    hash: hashPlan(relevant, steps, config.platform),
    command: steps.map(describeStep).join("; "),
    steps,
    produces: steps.flatMap((step) =>
      step.recipe === "command"
        ? []
        : RECIPES[step.recipe].produces.map((path) => inFolder(step.folder, path)),
    ),
    reason: chosen.map(({ file }) => file.path).join(", "),
  };
}

interface ChosenLockfile {
  readonly file: SetupFile;
  readonly folder: string;
  readonly recipe: RecipeName;
}

function planCommand(files: readonly SetupFile[], config: SetupConfig, command: string): SetupPlan {
  const steps: SetupStep[] = [
    { recipe: "command", folder: "", commands: [["bash", "-euo", "pipefail", "-c", command]] },
  ];
  return {
    hash: hashPlan(files, steps, config.platform),
    command,
    steps,
    produces: config.produces ?? ["node_modules", ".venv", "vendor"],
    reason: "config",
  };
}

/** One lockfile per folder and ecosystem, those without dependencies left out, the root's first. */
function chooseLockfiles(files: readonly SetupFile[]): ChosenLockfile[] {
  const chosen: ChosenLockfile[] = [];
  const taken = new Set<string>();
  const byDepth = files.toSorted((a, b) => depthOf(a) - depthOf(b) || (a.path < b.path ? -1 : 1));
  for (const { name, recipe, ecosystem } of LOCKFILES) {
    for (const file of byDepth) {
      const folder = file.path.slice(0, Math.max(0, file.path.length - name.length - 1));
      const place = `${ecosystem}:${folder}`;
      if (inFolder(folder, name) !== file.path || taken.has(place)) continue;
      taken.add(place);
      const exact = recipe === "yarn" && file.content.includes("__metadata:") ? "yarn-berry" : recipe;
      if (hasDependencies(exact, file.content)) chosen.push({ file, folder, recipe: exact });
    }
  }
  return chosen.toSorted((a, b) => depthOf(a.file) - depthOf(b.file)).slice(0, STEPS_MAX);
}

function toStep({ folder, recipe }: ChosenLockfile, paths: ReadonlySet<string>): SetupStep {
  if (recipe === "command") return { recipe, folder, commands: [] };
  const { commands } = RECIPES[recipe];
  if (recipe !== "pip") return { recipe, folder, commands };
  const more = MORE_REQUIREMENTS.filter((name) => paths.has(inFolder(folder, name)));
  const [makeVenv, install] = commands;
  const lists = more.flatMap((name) => ["-r", name]);
  return { recipe, folder, commands: makeVenv && install ? [makeVenv, [...install, ...lists]] : commands };
}

function describeStep(step: SetupStep): string {
  const commands = step.commands.map((argv) => argv.join(" ").replaceAll("{kept}/", "")).join(" && ");
  return step.folder === "" ? commands : `(cd ${step.folder} && ${commands})`;
}

function hashPlan(files: readonly SetupFile[], steps: readonly SetupStep[], platform: string): string {
  const inputs = files
    .map((file) => [file.path, toInstallRelevant(file)])
    .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([inputs, steps, platform]))
    .digest("hex")
    .slice(0, 32);
}

const PACKAGE_FIELDS = [
  "bundledDependencies",
  "dependencies",
  "devDependencies",
  "engines",
  "optionalDependencies",
  "overrides",
  "packageManager",
  "peerDependencies",
  "pnpm",
  "resolutions",
  "workspaces",
];
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare"];

/** The part of a file that installing depends on: a new `scripts.test` in a package.json does not install again. */
function toInstallRelevant(file: SetupFile): string {
  if (!/(^|\/)package\.json$/.test(file.path)) return file.content;
  try {
    const manifest = JSON.parse(file.content) as Record<string, unknown>;
    const scripts = (manifest.scripts ?? {}) as Record<string, unknown>;
    return JSON.stringify([
      PACKAGE_FIELDS.map((field) => manifest[field]),
      INSTALL_SCRIPTS.map((name) => scripts[name]),
    ]);
  } catch {
    return file.content;
  }
}

function depthOf(file: SetupFile): number {
  return file.path.split("/").length;
}

function inFolder(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
