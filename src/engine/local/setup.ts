import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { OsqrError } from "../../core/errors.ts";
import type { Oid } from "../../core/model/ids.ts";
import type { GitPort, WorkspaceRef } from "../../git/types.ts";
import { pickNetworkEnvironment } from "../../sandbox/environment.ts";
import { attachSetup } from "../../sandbox/setup/attach.ts";
import { isSetupFile, planSetup, type SetupPlan } from "../../sandbox/setup/plan.ts";
import { runSetup } from "../../sandbox/setup/run.ts";
import type { Mount } from "../../sandbox/types.ts";
import type { Preparation } from "../ports.ts";
import { type CommitFiles, listCommit, readTexts } from "./commit-files.ts";
import { hashCommand } from "./hash.ts";
import type { LocalTools } from "./tools.ts";

const SETUP_TIMEOUT_MS = 10 * 60_000;

/** How dependencies get into work trees: `command` from config, `false` for never, null: from lockfiles. */
export type SetupSetting = string | false | null;

/** A failed set-up. `tail` goes into the decision. */
class SetupError extends OsqrError {
  readonly tail: readonly string[];

  constructor(command: string, logPath: string, tail: readonly string[]) {
    super("setup-failed", `the set-up failed: ${command}`, { hints: [`its output: ${logPath}`] });
    this.tail = tail;
  }
}

/** The set-up that a commit needs, null where there is nothing to install. */
export async function planSetupOf(
  commit: CommitFiles,
  setting: SetupSetting,
  platform: string,
): Promise<SetupPlan | null> {
  if (setting === false) return null;
  const texts = await readTexts(commit, [...commit.entries.keys()].filter(isSetupFile));
  const files = [...texts].map(([path, content]) => ({ path, content }));
  return planSetup(files, { command: setting, platform });
}

/** Makes the set-up of a workspace (once per lockfile) and says how it gets into it. */
export async function prepareWorkspace(
  tools: LocalTools,
  git: GitPort,
  workspace: WorkspaceRef,
  options: {
    readonly setting: SetupSetting;
    readonly isApproved: (hash: string) => boolean;
    readonly folder: string;
    readonly signal: AbortSignal;
  },
): Promise<Preparation> {
  const plan = await planSetupOf(await listCommit(git, workspace.start), options.setting, tools.platform);
  if (plan === null) return { mounts: [], env: {} };
  if (!options.isApproved(hashCommand("setup", plan.command))) {
    throw new OsqrError(
      "setup-not-approved",
      `the set-up is new or has changed: ${plan.command} (${plan.reason})`,
      {
        hints: ["approve it and retry: osqr go --yes"],
      },
    );
  }
  await mkdir(options.folder, { recursive: true });
  const outcome = await runSetup(plan, {
    folder: tools.home.setups,
    openTree: () => openSetupTree(git, workspace.start, plan.hash),
    sandbox: tools.sandbox,
    toolchains: tools.toolchains,
    env: pickNetworkEnvironment(tools.env),
    userHome: tools.env.HOME ?? homedir(),
    limits: { ...tools.limits, timeoutMs: SETUP_TIMEOUT_MS },
    logPath: join(options.folder, "setup.log"),
    signal: options.signal,
  });
  if (outcome.kind === "failed") throw new SetupError(outcome.command, outcome.logPath, outcome.result.tail);
  const { level } = tools.sandbox;
  const scratch = join(options.folder, "scratch");
  const attached = await attachSetup(outcome.kept, { level, tree: workspace.tree, scratch });
  await mkdir(join(workspace.gitDir, "info"), { recursive: true });
  await writeFile(join(workspace.gitDir, "info", "exclude"), `${attached.excludes.join("\n")}\n`);
  const path = attached.path.length === 0 ? {} : { PATH: attached.path.join(":") };
  return { mounts: attached.mounts, env: { ...attached.env, ...path } };
}

async function openSetupTree(
  git: GitPort,
  start: Oid,
  hash: string,
): ReturnType<Parameters<typeof runSetup>[1]["openTree"]> {
  const name = `s-${hash.slice(0, 12)}`;
  await git.removeWorkspace(name);
  const workspace = await git.createWorkspace(name, start);
  const mounts = [workspace.gitDir, ...workspace.objectStores].map(toReadMount);
  return { tree: workspace.tree, mounts, close: () => git.removeWorkspace(name) };
}

export function toReadMount(path: string): Mount {
  return { source: path, target: path, mode: "read" };
}

export function toWriteMount(path: string): Mount {
  return { source: path, target: path, mode: "write" };
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
