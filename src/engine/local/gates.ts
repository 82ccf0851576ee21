import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KnownTests } from "../../core/autonomy/types.ts";
import type { Oid } from "../../core/model/ids.ts";
import type { GateReport } from "../../core/model/integration.ts";
import { discoverGates, type GateSettings, gateFiles } from "../../gates/discover.ts";
import { lookBefore, runMeasured } from "../../gates/measures/run.ts";
import type { GateOrder } from "../../gates/run.ts";
import type { GateDefinition, GateRun, GateVerdict } from "../../gates/types.ts";
import { compareWithBase, notVerified } from "../../gates/verdict.ts";
import type { GitPort } from "../../git/types.ts";
import type { GateCheck, ProjectPorts } from "../ports.ts";
import { type CommitFiles, listCommit, readTexts } from "./commit-files.ts";
import { hashCommand } from "./hash.ts";
import { prepareWorkspace, removeFolder, type SetupSetting, toReadMount, toWriteMount } from "./setup.ts";
import type { LocalTools } from "./tools.ts";

/** A gate with the text behind its command, by which it is approved. */
export interface FoundGate extends GateDefinition {
  readonly hash: string;
  readonly content: string;
}

export interface GateRunnerSettings {
  readonly gates: GateSettings;
  readonly setup: SetupSetting;
}

const CACHE_VERSION = 1;

/** The text that a gate really runs: an npm script's own text, or the whole file that defines the target. */
function readContent(gate: GateDefinition, files: ReadonlyMap<string, string>): string {
  const script = /^package\.json scripts\.(.+)$/.exec(gate.source)?.[1];
  if (script !== undefined) {
    const text = (JSON.parse(files.get("package.json") ?? "{}") as { scripts?: Record<string, string> })
      .scripts;
    return `${gate.command}\n${text?.[`pre${script}`] ?? ""}\n${text?.[script] ?? ""}\n${text?.[`post${script}`] ?? ""}`;
  }
  const file = [...files.keys()].find((path) => gate.source.includes(path));
  const text = file === "Makefile" ? `${gate.command}\n${files.get(file)}` : gate.command;
  // An audit asks its list of known holes: to run it so is another thing than to run it without a network.
  return gate.measure?.kind === "security" ? `${text}\n(with the network open)` : text;
}

/** The gates of a commit: found in its files, changed by the config. */
export async function findGates(commit: CommitFiles, settings: GateSettings): Promise<readonly FoundGate[]> {
  const files = await readTexts(commit, gateFiles);
  return discoverGates(files, settings).map((gate) => {
    const content = readContent(gate, files);
    return { ...gate, content, hash: hashCommand("gate", content) };
  });
}

/** What it tells depends on more than the tree: on the day, or on the machine. Both sides are looked at anew. */
const isVolatile = ({ measure }: FoundGate): boolean =>
  measure?.kind === "security" || measure?.kind === "benchmark";

/** The project's own tests: what is measured in them is another gate. */
const isTests = ({ name, cannot, measure }: FoundGate): boolean =>
  /^tests(-|$)/.test(name) && cannot === undefined && measure === undefined;

const isOther = (a: FoundGate, b: FoundGate): boolean => a.name === b.name && a.hash !== b.hash;

/** `base` null: there is nothing to compare with, whatever fails is new. */
type CheckInput = Omit<Parameters<ProjectPorts["checkGates"]>[0], "base"> & { readonly base: Oid | null };
type RunInput = Omit<CheckInput, "combined" | "only">;

/** Runs gates on trees in the sandbox. What a tree gave once is kept: a landed tree is the next base. */
export class GateRunner {
  readonly #tools: LocalTools;
  readonly #git: GitPort;
  readonly #settings: () => GateRunnerSettings;
  readonly #folder: string;
  readonly #running = new Map<string, Promise<ReadonlyMap<string, GateRun>>>();
  #count = 0;

  /** `settings` is asked at each check: the config of the base may have changed. */
  constructor(tools: LocalTools, git: GitPort, options: { settings: () => GateRunnerSettings; key: string }) {
    this.#tools = tools;
    this.#git = git;
    this.#settings = options.settings;
    // What passes on one system may fail on another: results in an image are its own.
    const image = tools.probe.container?.image.replace(/^sha256:/, "").slice(0, 12);
    this.#folder = join(tools.home.gates, image === undefined ? options.key : `${options.key}-${image}`);
  }

  async check(input: CheckInput): Promise<GateCheck> {
    const started = performance.now();
    const { base, combined, only, isApproved } = input;
    const isWanted = ({ name }: FoundGate): boolean => only === null || only.includes(name);
    const all = (await this.list(base ?? combined)).filter(isWanted);
    const gates = all.filter(({ cannot }) => cannot === undefined);
    const reports = all.flatMap((gate) =>
      gate.cannot === undefined ? [] : [toReport(notVerified(gate, gate.cannot), gate)],
    );
    // The work may have changed the script behind a gate: on its tree that one would run.
    const changed = (await this.list(combined)).filter((gate) => gates.some((each) => isOther(each, gate)));
    const unapproved = [...gates, ...changed].filter(({ hash }) => !isApproved(hash));
    if (unapproved.length > 0 || gates.length === 0) {
      return {
        reports: unapproved.length > 0 ? [] : reports,
        ms: 0,
        unapproved: unapproved.map(({ hash, content: text, source }) => ({ hash, text, source })),
      };
    }
    const onBase =
      base === null ? null : await this.#runAll(gates, base, { ...input, label: `${input.label}-base` });
    const baseName = (base ?? combined).slice(0, 7);
    const onCombined = await this.#runAll(gates, combined, input);
    const ran = gates.map((gate) => {
      const run = onCombined.get(gate.name) as GateRun;
      const { measure } = gate;
      return toReport(compareWithBase(run, onBase?.get(gate.name) ?? null, { baseName, measure }), gate);
    });
    return { reports: [...ran, ...reports], ms: performance.now() - started, unapproved: [] };
  }

  /** The gates of a commit, in the order in which they run. */
  async list(commit: Oid): Promise<readonly FoundGate[]> {
    return findGates(await listCommit(this.#git, commit), this.#settings().gates);
  }

  /** Runs the gates of a base before anybody needs them, while the first attempts work. */
  async warm(base: Oid, input: Pick<CheckInput, "isApproved" | "signal">): Promise<void> {
    const gates = await this.list(base);
    const approved = gates.filter(
      (gate) => gate.cannot === undefined && !isVolatile(gate) && input.isApproved(gate.hash),
    );
    if (approved.length > 0) await this.#runAll(approved, base, { ...input, label: "base", base });
  }

  /**
   * What is known of the tests of the first commit; where they have not run there, what they gave on the next one, as long as the same
   * commands are the gate. Nothing is run.
   */
  async knowTests(commits: readonly Oid[]): Promise<KnownTests> {
    let own: string | null = null;
    for (const commit of commits) {
      const gates = (await this.list(commit)).filter(isTests);
      const hashes = gates.map(({ hash }) => hash).join(" ");
      own ??= hashes;
      if (own === "") return "none";
      if (hashes !== own) break;
      const tree = await this.#git.treeOf(commit);
      const runs = await Promise.all(gates.map((gate) => this.#recall(tree, gate)));
      if (runs.some((run) => run?.status === "failed")) break;
      if (runs.every((run) => run !== null)) return "passing";
    }
    return "present";
  }

  /** Two that ask for the same tree at the same time share one run. */
  #runAll(gates: readonly FoundGate[], commit: Oid, input: RunInput): Promise<ReadonlyMap<string, GateRun>> {
    const key = `${commit} ${gates.map(({ hash }) => hash).join(" ")}`;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const started = this.#runFresh(gates, commit, input).finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  async #runFresh(
    gates: readonly FoundGate[],
    commit: Oid,
    input: RunInput,
  ): Promise<ReadonlyMap<string, GateRun>> {
    const tree = await this.#git.treeOf(commit);
    const runs = new Map<string, GateRun>();
    for (const gate of gates) {
      const known = isVolatile(gate) ? null : await this.#recall(tree, gate);
      // A failure on the combined tree is looked at again: it may be retried because it was not the work's fault.
      if (known !== null && (known.status === "passed" || commit === input.base)) runs.set(gate.name, known);
    }
    const missing = gates.filter(({ name }) => !runs.has(name));
    if (missing.length === 0) return runs;
    for (const [gate, run] of await this.#runMissing(missing, commit, { ...input, tree })) {
      runs.set(gate.name, run);
      if (run.stoppedBy === null && !isVolatile(gate)) await this.#remember(tree, gate, run);
    }
    return runs;
  }

  async #runMissing(
    gates: readonly FoundGate[],
    commit: Oid,
    input: RunInput & { tree: Oid },
  ): Promise<readonly (readonly [FoundGate, GateRun])[]> {
    this.#count += 1;
    const name = `g-${input.tree.slice(0, 10)}-${this.#count}`;
    const folder = join(this.#tools.home.attempts, name);
    const workspace = await this.#git.createWorkspace(name, commit);
    try {
      const { isApproved } = input;
      const setting = this.#settings().setup;
      const preparation = await prepareWorkspace(this.#tools, this.#git, workspace, {
        setting,
        isApproved,
        folder,
        signal: input.signal,
      });
      const home = join(folder, "home");
      await mkdir(join(home, "tmp"), { recursive: true });
      const done: (readonly [FoundGate, GateRun])[] = [];
      const before = await lookBefore(workspace.tree, gates);
      for (const gate of gates) {
        const earlier = new Map(done.map(([{ name: each }, run]) => [each, run]));
        const order: GateOrder = {
          gate,
          tree: input.tree,
          dir: workspace.tree,
          sandbox: this.#tools.sandbox,
          mounts: [
            ...this.#tools.toolchains.mounts,
            ...[workspace.gitDir, ...workspace.objectStores].map(toReadMount),
            ...[workspace.tree, home].map(toWriteMount),
            ...preparation.mounts,
          ],
          env: this.#toEnvironment(home, preparation.env),
          network: "off",
          logPath: await this.#toLogPath(input.tree, gate),
          signal: input.signal,
        };
        const run = await runMeasured(order, { earlier, before });
        done.push([gate, run]);
      }
      return done;
    } finally {
      // The workspace last: what a crash leaves in between is found by it.
      await removeFolder(folder);
      await this.#git.removeWorkspace(name);
    }
  }

  #toEnvironment(
    home: string,
    { PATH: own, ...env }: Readonly<Record<string, string>>,
  ): Record<string, string> {
    const path = [own ?? "", this.#tools.toolchains.path].filter((part) => part !== "").join(":");
    return {
      ...this.#tools.toolchains.env,
      ...env,
      HOME: home,
      PATH: path,
      LANG: "C.UTF-8",
      TMPDIR: join(home, "tmp"),
    };
  }

  async #toLogPath(tree: Oid, gate: FoundGate): Promise<string> {
    const folder = join(this.#folder, tree.slice(0, 16));
    await mkdir(folder, { recursive: true });
    return join(folder, `${gate.name.replace(/[^\w-]/g, "_")}-${gate.hash.slice(0, 8)}.log`);
  }

  #toCachePath(tree: Oid, gate: FoundGate): string {
    const { name, measure } = gate;
    const more =
      measure === undefined ? "" : `-${hashCommand("gate", JSON.stringify([name, measure])).slice(0, 8)}`;
    return join(this.#folder, tree.slice(0, 16), `${tree}-${gate.hash.slice(0, 16)}${more}.json`);
  }

  async #recall(tree: Oid, gate: FoundGate): Promise<GateRun | null> {
    try {
      const text = await readFile(this.#toCachePath(tree, gate), "utf8");
      const kept = JSON.parse(text) as { version: number; run: GateRun };
      return kept.version === CACHE_VERSION ? kept.run : null;
    } catch {
      return null; // Not there or half written by a crash: the gate runs again.
    }
  }

  async #remember(tree: Oid, gate: FoundGate, run: GateRun): Promise<void> {
    const path = this.#toCachePath(tree, gate);
    await writeFile(`${path}.tmp`, JSON.stringify({ version: CACHE_VERSION, run }));
    await rename(`${path}.tmp`, path);
  }
}

function toReport(verdict: GateVerdict, { critical }: FoundGate): GateReport {
  const { logPath: _, durationMs, ...rest } = verdict;
  return { ...rest, durationMs: Math.round(durationMs), ...(critical === undefined ? {} : { critical }) };
}
