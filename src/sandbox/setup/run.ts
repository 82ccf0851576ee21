import { cp, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OsqrError } from "../../core/errors.ts";
import type { Toolchains } from "../toolchains.ts";
import type { Mount, ProcessResult, Sandbox, SandboxLimits, SandboxRequest } from "../types.ts";
import { findSetup, finishSetup, type KeptSetup } from "./kept.ts";
import type { SetupPlan, SetupStep } from "./plan.ts";
import { RECIPES } from "./recipes.ts";

/** How deep a workspace package may lie for its own node_modules to be found. */
const PACKAGE_DEPTH_MAX = 4;
/** Folders in node_modules that tools write to while they only run. */
export const NODE_SCRATCH = [".cache", ".vite", ".vite-temp"];

/** A checkout that the set-up may write to and that nobody needs afterwards. */
export interface SetupTree {
  readonly tree: string;
  /** What it needs beside itself, read-only: its git directory and the object stores. */
  readonly mounts: readonly Mount[];
  close(): Promise<void>;
}

export interface SetupOptions {
  /** `<home>/setup`. */
  readonly folder: string;
  /** Called only where the set-up has to be made. */
  readonly openTree: () => Promise<SetupTree>;
  readonly sandbox: Sandbox;
  readonly toolchains: Toolchains;
  /** Proxies, certificates, registries: see `pickNetworkEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
  /** The operator's home: registries (not logins) of its `.npmrc` are taken over. Null: none. */
  readonly userHome: string | null;
  readonly limits: SandboxLimits;
  /** Output of the first command; of later ones in `<logPath>.2` and so on. */
  readonly logPath: string;
  /** The caller needs it no more. The set-up ends with the last caller that does. @default never */
  readonly signal?: AbortSignal;
}

export type SetupOutcome =
  | { readonly kind: "ready"; readonly kept: KeptSetup }
  /** `command` is the one that failed. Nothing is kept; the next call tries again. */
  | {
      readonly kind: "failed";
      readonly command: string;
      readonly result: ProcessResult;
      readonly logPath: string;
    };

/** A set-up being made, and how many wait for it. */
interface InProgress {
  readonly outcome: Promise<SetupOutcome>;
  readonly controller: AbortController;
  users: number;
}

const inProgress = new Map<string, InProgress>();

/**
 * Makes a set-up, or gives back the one that was made. Callers at the same time share one run; it ends when none of them
 * needs it any more.
 *
 * @throws OsqrError `setup-stopped` when the caller's signal comes
 */
export async function runSetup(plan: SetupPlan, options: SetupOptions): Promise<SetupOutcome> {
  const { signal } = options;
  if (signal?.aborted === true) throw stopped(plan);
  const folder = join(options.folder, plan.hash);
  const before = inProgress.get(folder);
  // The last one was given up and is winding up: nobody can build on that.
  if (before?.controller.signal.aborted === true) await before.outcome.catch(() => undefined);
  const shared = inProgress.get(folder) ?? begin(plan, options, folder);
  shared.users += 1;
  const gone = Promise.withResolvers<never>();
  const onAbort = (): void => gone.reject(stopped(plan));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([shared.outcome, gone.promise]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    shared.users -= 1;
    if (shared.users === 0) shared.controller.abort();
  }
}

function begin(plan: SetupPlan, options: SetupOptions, folder: string): InProgress {
  const controller = new AbortController();
  const outcome = makeSetup(plan, { ...options, signal: controller.signal }).finally(() =>
    inProgress.delete(folder),
  );
  // Whoever waits for it hears of a failure; when nobody does, nobody needs to.
  outcome.catch(() => undefined);
  const started = { outcome, controller, users: 0 };
  inProgress.set(folder, started);
  return started;
}

const stopped = (plan: SetupPlan): OsqrError =>
  new OsqrError("setup-stopped", `the set-up was stopped: ${plan.command}`);

async function makeSetup(plan: SetupPlan, options: SetupOptions): Promise<SetupOutcome> {
  const found = await findSetup(options.folder, plan.hash);
  if (found !== null) return { kind: "ready", kept: found };
  const folder = join(options.folder, plan.hash);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "tree"), { recursive: true });
  const checkout = await options.openTree();
  try {
    const failed = await runSteps(plan, options, { folder, checkout });
    if (failed !== null) return failed;
    const paths = await keepProduced(plan, checkout.tree, join(folder, "tree"));
    await rm(join(folder, "home"), { recursive: true, force: true });
    const kept = toKept(plan, folder, paths);
    await finishSetup(kept);
    return { kind: "ready", kept };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    await checkout.close();
  }
}

async function runSteps(
  plan: SetupPlan,
  options: SetupOptions,
  places: { readonly folder: string; readonly checkout: SetupTree },
): Promise<SetupOutcome | null> {
  const home = join(places.folder, "home");
  await mkdir(join(home, "tmp"), { recursive: true });
  await copyRegistries(options.userHome, home);
  let count = 0;
  for (const [index, step] of plan.steps.entries()) {
    await mkdir(toStepFolder(places.folder, index), { recursive: true });
    for (const argv of step.commands) {
      count += 1;
      const logPath = count === 1 ? options.logPath : `${options.logPath}.${count}`;
      const request = toRequest(plan, options, { ...places, home, index, step, argv, logPath });
      const result = await runStep(options, request);
      if (result.exitCode === 0) continue;
      await rm(places.folder, { recursive: true, force: true });
      return { kind: "failed", command: argv.join(" "), result, logPath };
    }
  }
  return null;
}

async function runStep({ sandbox, signal }: SetupOptions, request: SandboxRequest): Promise<ProcessResult> {
  const running = await sandbox.start(request);
  const end = (): void => void running.terminate("cancel");
  if (signal?.aborted === true) end();
  signal?.addEventListener("abort", end, { once: true });
  try {
    return await running.result;
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

interface CommandPlace {
  readonly folder: string;
  readonly checkout: SetupTree;
  readonly home: string;
  readonly index: number;
  readonly step: SetupStep;
  readonly argv: readonly [string, ...string[]];
  readonly logPath: string;
}

function toRequest(
  plan: SetupPlan,
  options: SetupOptions,
  place: CommandPlace,
): Parameters<Sandbox["start"]>[0] {
  const { step, argv, folder, checkout, home, logPath } = place;
  const { tree } = checkout;
  const stepFolder = toStepFolder(folder, place.index);
  const [program, ...rest] = argv;
  const env = step.recipe === "command" ? {} : fill(RECIPES[step.recipe].env, stepFolder);
  const write = (path: string): Mount => ({ source: path, target: path, mode: "write" });
  return {
    label: `setup-${plan.hash.slice(0, 8)}`,
    argv: [fillWord(program, stepFolder), ...rest.map((word) => fillWord(word, stepFolder))],
    cwd: step.folder === "" ? tree : join(tree, step.folder),
    env: {
      ...options.env,
      ...options.toolchains.env,
      HOME: home,
      TMPDIR: join(home, "tmp"),
      PATH: options.toolchains.path,
      LANG: "C.UTF-8",
      ...env,
    },
    mounts: [...options.toolchains.mounts, ...checkout.mounts, write(tree), write(folder)],
    network: "open",
    limits: options.limits,
    logPath,
  };
}

function toKept(plan: SetupPlan, folder: string, paths: readonly string[]): KeptSetup {
  const env: Record<string, string> = {};
  const path: string[] = [];
  for (const [index, step] of plan.steps.entries()) {
    if (step.recipe === "command") continue;
    const recipe = RECIPES[step.recipe];
    const stepFolder = toStepFolder(folder, index);
    for (const [name, value] of Object.entries(fill(recipe.envAfter, stepFolder))) env[name] ??= value;
    path.push(...recipe.pathAfter.map((part) => join(stepFolder, part)));
  }
  return { hash: plan.hash, command: plan.command, folder, paths, env, path };
}

/** Moves what the commands left in the tree to the folder that is kept; links are not taken. */
async function keepProduced(plan: SetupPlan, tree: string, target: string): Promise<string[]> {
  const wanted = new Set(plan.produces);
  if (plan.produces.some((path) => path.endsWith("node_modules"))) {
    for (const path of await findNodeModules(tree, "", PACKAGE_DEPTH_MAX)) wanted.add(path);
  }
  const paths: string[] = [];
  for (const path of [...wanted].sort()) {
    if (path.split("/").includes("..")) continue;
    const info = await lstat(join(tree, path)).catch(() => null);
    if (info === null || !(info.isDirectory() || info.isFile())) continue;
    await move(join(tree, path), join(target, path));
    if (info.isDirectory() && path.endsWith("node_modules")) await addScratch(join(target, path));
    paths.push(path);
  }
  return paths;
}

async function findNodeModules(tree: string, folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(join(tree, folder), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory() || entry.name === ".git") continue;
    if (entry.name === "node_modules") found.push(path);
    else if (depth > 0) found.push(...(await findNodeModules(tree, path, depth - 1)));
  }
  return found;
}

async function move(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await rename(from, to);
  } catch {
    // Another file system: copy instead. The checkout is thrown away anyway.
    await cp(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  }
}

/** Mount points for the folders that tools write to, as they cannot be made in what is read-only. */
async function addScratch(nodeModules: string): Promise<void> {
  for (const name of NODE_SCRATCH) await mkdir(join(nodeModules, name), { recursive: true });
}

/** Registries of the operator's npm, without any line that could hold a login. */
async function copyRegistries(userHome: string | null, home: string): Promise<void> {
  if (userHome === null) return;
  const text = await readFile(join(userHome, ".npmrc"), "utf8").catch(() => "");
  const lines = text
    .split("\n")
    .filter((line) => /^\s*(@[\w.-]+:)?registry\s*=\s*https?:\/\/[^@\s]+$/.test(line));
  if (lines.length > 0) await writeFile(join(home, ".npmrc"), `${lines.join("\n")}\n`);
}

function toStepFolder(folder: string, index: number): string {
  return join(folder, `step-${index + 1}`);
}

function fill(env: Readonly<Record<string, string>>, stepFolder: string): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fillWord(value, stepFolder)]));
}

function fillWord(word: string, stepFolder: string): string {
  return word.replace("{kept}", () => stepFolder);
}
