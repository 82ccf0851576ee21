import { realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Config, mergeConfig } from "../../core/config.ts";
import type { ConfigLayer } from "../../core/config-shape.ts";
import { OsqrError } from "../../core/errors.ts";
import type { Oid, ProjectId } from "../../core/model/ids.ts";
import type { ConfigSources } from "../../core/plan/input.ts";
import { createCommandExecutor } from "../../executors/command.ts";
import type { Executor } from "../../executors/types.ts";
import { type OpenedRepository, openRepository } from "../../git/open.ts";
import type { BaseBranch, GitPort, WorkspaceRef } from "../../git/types.ts";
import { isCandidate, specFolders } from "../../specs/folders.ts";
import { completeSpec } from "../../specs/tick.ts";
import { parseConfigText, readOperatorConfig } from "../../store/config-file.ts";
import type { Preparation, ProjectPorts } from "../ports.ts";
import { type FoundExecutors, findAgentExecutors } from "./agents.ts";
import { keepLog } from "./attempt-log.ts";
import { checkLevel } from "./check-level.ts";
import { type CommitFiles, listCommit, readTexts } from "./commit-files.ts";
import { CriteriaRunner } from "./criteria.ts";
import { readSpecText } from "./discovery.ts";
import { describeEnvironment } from "./environment.ts";
import { GateRunner } from "./gates.ts";
import { defaultParallel } from "./machine.ts";
import { measureAttempt } from "./measure.ts";
import { hideSecrets, listOperatorSecrets } from "./operator-secrets.ts";
import { checkWithSecrets, createScan } from "./secret-gate.ts";
import { prepareWorkspace, removeFolder, toReadMount } from "./setup.ts";
import { describeSandbox, type LocalTools } from "./tools.ts";

/** Path of a project's own config in its base commit. */
export const PROJECT_CONFIG = ".osqr/config.yaml";

/** A project as this process knows it. `load` reads its base and config again. */
export interface LocalProject {
  readonly id: ProjectId;
  readonly root: string;
  readonly opened: OpenedRepository;
  readonly ports: ProjectPorts;
  /** What the config was at the last `load`. */
  settings(): Config;
  /** Why agents that the config names were not found at the last `load`, by name. */
  missing(): FoundExecutors["missing"];
}

/** What a `load` found: where new work starts and under which config. */
export interface LoadedProject extends LocalProject {
  readonly base: BaseBranch;
  /** Where new work starts: the base, or what landed and could not follow yet. */
  readonly commit: Oid;
  /** The files of `commit`. */
  readonly files: CommitFiles;
  readonly config: Config;
  /** Where the config says what messages point at. */
  readonly sources: ConfigSources;
  /** Keys of the project's config that were not taken over, with the reason. */
  readonly refused: readonly { readonly key: string; readonly reason: string }[];
}

/** Opens projects, each once. */
export class Projects {
  readonly #tools: LocalTools;
  /** Of the operator. */
  readonly configPath: string;
  readonly #wrap: (ports: ProjectPorts) => ProjectPorts;
  readonly #byRoot = new Map<string, Promise<LocalProject>>();
  readonly #byId = new Map<ProjectId, LocalProject>();
  readonly #lists = new Map<Oid, Promise<CommitFiles>>();

  constructor(tools: LocalTools, configPath: string, wrap = (ports: ProjectPorts) => ports) {
    this.#tools = tools;
    this.configPath = configPath;
    this.#wrap = wrap;
  }

  /** The project that a path lies in. @throws GitError where it is no usable repository */
  async find(path: string): Promise<LocalProject> {
    const key = await realpath(path).catch(() => path);
    const known = this.#byRoot.get(key);
    if (known !== undefined) return known;
    const opening = this.#open(path);
    this.#byRoot.set(key, opening);
    opening.catch(() => this.#byRoot.delete(key));
    return opening;
  }

  async #open(path: string): Promise<LocalProject> {
    const { home, env } = this.#tools;
    const opened = await openRepository({
      root: path,
      home: home.root,
      workFolder: home.workspaces,
      environment: env,
    });
    const known = this.#byId.get(opened.projectKey);
    if (known !== undefined) return known;
    let { config } = mergeConfig(readOperatorConfig(this.configPath), {}, MACHINE);
    let agents: FoundExecutors = { found: new Map(), missing: new Map() };
    const secrets = () => listOperatorSecrets(env, config);
    const tools = { ...this.#tools, sandbox: hideSecrets(this.#tools.sandbox, secrets) };
    const project = {
      id: opened.projectKey,
      root: opened.root,
      opened,
      ports: this.#wrap(
        createPorts(tools, opened, { settings: () => config, agents: () => agents.found, secrets }),
      ),
      settings: () => config,
      missing: () => agents.missing,
      setSettings: async (next: Config) => {
        agents = await findAgentExecutors(tools, next.routing, { configPath: this.configPath, secrets });
        config = next;
      },
    };
    this.#byId.set(project.id, project);
    return project;
  }

  /** Reads base and config again. @throws OsqrError where the config is wrong, with file:line */
  async load(path: string): Promise<LoadedProject> {
    const project = (await this.find(path)) as LocalProject & {
      setSettings(config: Config): Promise<void>;
    };
    const { port: git } = project.opened;
    const operator = readOperatorConfig(this.configPath);
    const first = await this.#readBase(git, operator.base ?? null);
    const text = (await readTexts(first.files, [PROJECT_CONFIG])).get(PROJECT_CONFIG);
    const own = text === undefined ? {} : parseConfigText(text, PROJECT_CONFIG);
    const { config, refused } = mergeConfig(operator, own, MACHINE);
    checkLevel(config.sandbox.level, { found: this.#tools.probe, own: operator.sandbox?.level ?? null });
    const isSame = config.base === null || config.base === first.base.name;
    const { base, files } = isSame ? first : await this.#readBase(git, config.base);
    await project.setSettings(config);
    const sources = {
      ...findSource("workflow", { own, operator, text, path: this.configPath }),
      ...findSource("roles", { own, operator, text, path: this.configPath }),
    };
    return { ...project, base, commit: files.commit, files, config, sources, refused };
  }

  async #readBase(git: GitPort, name: string | null): Promise<{ base: BaseBranch; files: CommitFiles }> {
    const base = await git.resolveBase(name);
    return { base, files: await this.#listOnce(git, await git.effectiveBase(base.name)) };
  }

  /** A commit never changes: its list is kept for the next look. */
  #listOnce(git: GitPort, commit: Oid): Promise<CommitFiles> {
    const known = this.#lists.get(commit);
    if (known !== undefined) return known;
    const listing = listCommit(git, commit);
    listing.catch(() => this.#lists.delete(commit));
    this.#lists.set(commit, listing);
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > LISTS_MAX && oldest !== undefined) this.#lists.delete(oldest);
    return listing;
  }
}

/** Commits whose list of files is kept. */
const LISTS_MAX = 4;

/** The machine's own default of `maxParallel`. */
const MACHINE = { maxParallel: defaultParallel() };

/** What config lets into every work tree: folders to read and variables of the operator. */
export function addOperatorExtras(
  tools: LocalTools,
  prepared: Preparation,
  { sandbox }: Pick<Config, "sandbox">,
): Preparation {
  const home = tools.env.HOME ?? homedir();
  const mounts = sandbox.mounts.map((path) =>
    toReadMount(path.startsWith("~/") ? join(home, path.slice(2)) : path),
  );
  const env: Record<string, string> = {};
  for (const name of sandbox.env) {
    const value = tools.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { mounts: [...mounts, ...prepared.mounts], env: { ...env, ...prepared.env } };
}

/** Ports of a project on this machine. */
function createPorts(
  tools: LocalTools,
  opened: OpenedRepository,
  {
    settings,
    agents,
    secrets,
  }: {
    settings: () => Config;
    agents: () => ReadonlyMap<string, Executor>;
    secrets: () => readonly string[];
  },
): ProjectPorts {
  const { port: git, projectKey: id, root } = opened;
  const folderOf = (attempt: string): string => join(tools.home.attempts, attempt);
  const scan = createScan(git, settings);
  const gates = new GateRunner(tools, git, { settings, key: id });
  const prepare = async (
    workspace: WorkspaceRef,
    options: Omit<Parameters<typeof prepareWorkspace>[3], "setting">,
  ): Promise<Preparation> => {
    await checkDisk(tools, git.diskUse(), settings());
    const prepared = await prepareWorkspace(tools, git, workspace, { setting: settings().setup, ...options });
    return addOperatorExtras(tools, prepared, settings());
  };
  const network = () => settings().sandbox.network;
  const criteria = new CriteriaRunner(tools, git, { gates, network, prepare });
  const executor = createCommandExecutor({
    sandbox: tools.sandbox,
    toolchains: tools.toolchains,
    node: tools.node,
    limits: tools.limits,
    secrets,
  });
  return {
    id,
    root,
    git,
    get executors() {
      return new Map<string, Executor>([[executor.name, executor], ...agents()]);
    },
    prepare: (workspace, isApproved, signal) =>
      prepare(workspace, { isApproved, folder: folderOf(workspace.name), signal }),
    network,
    autonomy: () => settings().autonomy,
    stuckAfterMs: () => settings().taskStuckMs,
    roundsMax: () => settings().taskRounds,
    handoffs: () => settings().handoffs,
    attemptFolder: async (attempt) => folderOf(attempt),
    async removeAttemptFolder(attempt, what) {
      await keepLog(tools.home.root, attempt, join(folderOf(attempt), "output.log"));
      if (what === "all") await removeFolder(folderOf(attempt));
    },
    checkGates: (input) => checkWithSecrets(input, { gates, scan }),
    listGates: (commit) => gates.list(commit),
    scanSecrets: scan,
    watch: () => settings().watch,
    measure: (input) => measureAttempt(tools, folderOf(input.home), input, settings().disk.minFreeBytes),
    checkCriteria: (input) => criteria.check(input),
    environment: () => describeEnvironment(tools, settings(), opened.version),
    knowTests: (commits) => gates.knowTests(commits),
    warmGates: ({ base, ...input }) => gates.warm(base, input),
    completeSpec({ text, original, path, taskKeys, done }) {
      const spec = readSpecText(path, original);
      return spec === null ? text : completeSpec(text, spec, { taskKeys, done });
    },
    readSpec: readSpecText,
    isSpecPath: (path) => isCandidate(path, specFolders(settings().specs)),
    sandbox: describeSandbox(tools.probe),
  };
}

/** A start that the disk cannot bear is refused before it begins. @throws `disk-low`, `disk-quota` */
async function checkDisk(
  tools: LocalTools,
  asked: Promise<{ usedBytes: number; freeBytes: number }>,
  { disk }: Config,
): Promise<void> {
  const { usedBytes, freeBytes } = await asked;
  const toGiB = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  if (freeBytes < disk.minFreeBytes) {
    throw new OsqrError(
      "disk-low",
      `${tools.home.root}: ${toGiB(freeBytes)} free, expected at least ${toGiB(disk.minFreeBytes)}`,
      {
        hints: [
          "free some room, then: osqr decide <id> retry",
          "the bound is disk.minFreeBytes in the config",
        ],
      },
    );
  }
  if (usedBytes > disk.maxBytes) {
    throw new OsqrError(
      "disk-quota",
      `workspaces use ${toGiB(usedBytes)}, allowed are ${toGiB(disk.maxBytes)}`,
      {
        hints: ["finish or cancel paused workstreams", "the bound is disk.maxBytes in the config"],
      },
    );
  }
}

/** The file that a key was taken from; the project's own counts. Empty: nobody has written it. */
function findSource(
  key: "workflow" | "roles",
  from: {
    readonly own: ConfigLayer;
    readonly operator: ConfigLayer;
    readonly text: string | undefined;
    readonly path: string;
  },
): ConfigSources {
  if (from.own[key] != null) {
    const line = (from.text ?? "").split("\n").findIndex((each) => each.startsWith(`${key}:`)) + 1;
    return { [key]: { path: PROJECT_CONFIG, line: Math.max(1, line) } };
  }
  return from.operator[key] == null ? {} : { [key]: { path: from.path, line: 1 } };
}
