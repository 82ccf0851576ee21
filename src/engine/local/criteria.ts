import { createReadStream, createWriteStream } from "node:fs";
import { appendFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { AttemptNetwork } from "../../core/config.ts";
import type { CriterionResult } from "../../core/model/flow-event.ts";
import type { Oid } from "../../core/model/ids.ts";
import { type GateReport, isHolding } from "../../core/model/integration.ts";
import { ALL_GATES, type Criterion, type CriterionCheck } from "../../core/model/workflow.ts";
import { toTaskVariables } from "../../executors/attempt-process.ts";
import { runGate } from "../../gates/run.ts";
import type { GateRun } from "../../gates/types.ts";
import type { GitPort, WorkspaceRef } from "../../git/types.ts";
import type { Mount } from "../../sandbox/types.ts";
import type { CriteriaCheck, GateCheck, Preparation, ProjectPorts } from "../ports.ts";
import type { GateRunner } from "./gates.ts";
import { hashCommand } from "./hash.ts";
import { removeFolder, toReadMount, toWriteMount } from "./setup.ts";
import type { LocalTools } from "./tools.ts";

/** Longest detail of a result, characters. */
const DETAIL_MAX = 500;
/** Output of one command that is added to the attempt's, bytes. */
const OUTPUT_BYTES_MAX = 1024 ** 2;
/** A line that tells what is wrong, where a program says more than that. */
const TELLING = /\b(error|fail(ed|ure|s)?|not ok|fatal|denied|missing|no such)\b/i;

type Input = Parameters<ProjectPorts["checkCriteria"]>[0];

/** One kind of check; the rest of a criterion is its key and its text. */
type Of<Kind extends CriterionCheck["kind"]> = Criterion & {
  readonly check: Extract<CriterionCheck, { kind: Kind }>;
};

interface Finding extends CriterionResult {
  /** Last lines of output, where it does not hold. */
  readonly tail: readonly string[];
}

interface Parts {
  readonly gates: GateRunner;
  /** Network of attempts. */
  network(): AttemptNetwork;
  /** The set-up of a checkout, with all that the operator's config lets into attempts. */
  prepare(
    workspace: WorkspaceRef,
    options: Pick<Input, "isApproved" | "signal"> & { readonly folder: string },
  ): Promise<Preparation>;
}

/** Looks at criteria: commands on a checkout of their own, never in a tree that an attempt had in its hands. */
export class CriteriaRunner {
  readonly #tools: LocalTools;
  readonly #git: GitPort;
  readonly #parts: Parts;

  constructor(tools: LocalTools, git: GitPort, parts: Parts) {
    this.#tools = tools;
    this.#git = git;
    this.#parts = parts;
  }

  /** Artifacts and gates first: they say at once what a command would take long for. */
  async check(input: Input): Promise<CriteriaCheck> {
    const { criteria } = input;
    const commands = criteria.filter((each): each is Of<"command"> => each.check.kind === "command");
    const unapproved = commands.flatMap(({ key, check }) => {
      const hash = hashCommand("criterion", check.run);
      return input.isApproved(hash) ? [] : [{ hash, text: check.run, source: `criterion ${key}` }];
    });
    if (unapproved.length > 0) return { results: [], tail: [], unapproved };
    const gates = await this.#checkGates(
      input,
      criteria.filter((each): each is Of<"gate"> => each.check.kind === "gate"),
    );
    if ("unapproved" in gates) return { results: [], tail: [], unapproved: gates.unapproved };
    const artifacts = criteria.filter((each): each is Of<"artifact"> => each.check.kind === "artifact");
    const found = await Promise.all(artifacts.map((each) => this.#findArtifact(input.commit, each)));
    const ran = commands.length === 0 ? [] : await this.#runCommands(input, commands);
    const all = new Map([...gates.findings, ...found, ...ran].map((each) => [each.key, each]));
    const ordered = criteria.flatMap(({ key }) => all.get(key) ?? []);
    return {
      results: ordered.map(({ tail: _, ...each }) => ({
        ...each,
        detail: each.detail.slice(0, DETAIL_MAX),
      })),
      tail: ordered.find(({ met }) => !met)?.tail ?? [],
      unapproved: [],
    };
  }

  async #findArtifact(commit: Oid, { key, check: { path } }: Of<"artifact">): Promise<Finding> {
    const clean = path.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
    const met =
      (await this.#git.hasFile(commit, clean)) || (await this.#git.listFiles(commit, [clean])).length > 0;
    return { key, met, detail: met ? `${clean} is there` : `${clean} is not there`, tail: [] };
  }

  async #checkGates(
    { label, commit, base, isApproved, signal }: Input,
    criteria: readonly Of<"gate">[],
  ): Promise<{ findings: readonly Finding[] } | { unapproved: GateCheck["unapproved"] }> {
    if (criteria.length === 0) return { findings: [] };
    const { gates } = this.#parts;
    const [onBase, onCommit] = [await namesOf(gates, base), await namesOf(gates, commit)];
    const isAll = criteria.some(({ check }) => check.gate === ALL_GATES);
    const wanted = isAll ? [...onBase] : criteria.map(({ check }) => check.gate);
    const reports: GateReport[] = [];
    // Where there is nothing to compare with, a gate has to pass: a new one, or one of the base itself.
    const isOwn = (name: string): boolean => commit === base || !onBase.has(name);
    for (const own of [false, true]) {
      const only = wanted.filter((name) => (onBase.has(name) || onCommit.has(name)) && isOwn(name) === own);
      if (only.length === 0) continue;
      const options = { label, base: own ? null : base, combined: commit, only, isApproved, signal };
      const check = await gates.check(options);
      if (check.unapproved.length > 0) return { unapproved: check.unapproved };
      reports.push(...check.reports);
    }
    const known = new Set([...onBase, ...onCommit]);
    return { findings: criteria.map((each) => judgeGate(each, reports, known)) };
  }

  async #runCommands(input: Input, criteria: readonly Of<"command">[]): Promise<readonly Finding[]> {
    const name = `c-${input.label}`;
    const folder = join(this.#tools.home.attempts, name);
    await this.#git.removeWorkspace(name);
    const workspace = await this.#git.createWorkspace(name, input.commit);
    try {
      const preparation = await this.#parts.prepare(workspace, { ...input, folder });
      const findings: Finding[] = [];
      for (const criterion of criteria) {
        if (input.signal.aborted) break;
        findings.push(await this.#run(input, criterion, { workspace, folder, preparation }));
      }
      return findings;
    } finally {
      // The workspace last: what a crash leaves in between is found by it.
      await removeFolder(folder);
      await this.#git.removeWorkspace(name);
    }
  }

  async #run(
    input: Input,
    { key, check }: Of<"command">,
    { workspace, folder, preparation }: { workspace: WorkspaceRef; folder: string; preparation: Preparation },
  ): Promise<Finding> {
    const tools = this.#tools;
    const home = join(folder, "home");
    await mkdir(join(home, "tmp"), { recursive: true });
    const { PATH: own = "", ...env } = preparation.env;
    const timeoutMs = check.timeoutMs ?? input.timeoutMs;
    const run = await runGate({
      gate: { name: key, command: check.run, source: `criterion ${key}`, timeoutMs },
      tree: workspace.start,
      dir: workspace.tree,
      sandbox: tools.sandbox,
      mounts: [...tools.toolchains.mounts, ...listMounts(workspace, home), ...preparation.mounts],
      env: {
        ...tools.toolchains.env,
        ...env,
        HOME: home,
        PATH: [own, tools.toolchains.path].filter((part) => part !== "").join(":"),
        LANG: "C.UTF-8",
        TMPDIR: join(home, "tmp"),
        ...toTaskVariables(input),
      },
      // Criteria reach no hosts: they look at what is there.
      network: this.#parts.network() === "open" ? "open" : "off",
      logPath: join(folder, `${key}.log`),
      signal: input.signal,
      limits: tools.limits,
    });
    if (run.status === "passed") return { key, met: true, detail: "exit 0", tail: [] };
    const detail = explainRun(run, timeoutMs);
    const target = join(tools.home.attempts, input.attempt, "output.log");
    await addOutput(run.logPath, target, `criterion ${key}: ${detail}`);
    return { key, met: false, detail, tail: run.tail };
  }
}

/** What a command said that does not hold is read where the attempt's own output is. */
async function addOutput(from: string, target: string, title: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await appendFile(target, `\n── ${title}\n`, { mode: 0o600 });
  const output = createReadStream(from, { end: OUTPUT_BYTES_MAX - 1 });
  // It may have printed nothing at all.
  await pipeline(output, createWriteStream(target, { flags: "a" })).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}

const namesOf = async (gates: GateRunner, commit: Oid): Promise<ReadonlySet<string>> =>
  new Set((await gates.list(commit)).map(({ name }) => name));

const listMounts = (workspace: WorkspaceRef, home: string): readonly Mount[] => [
  ...[workspace.gitDir, ...workspace.objectStores].map(toReadMount),
  ...[workspace.tree, home].map(toWriteMount),
];

const UNVERIFIED = { unverified: true } as const;

/** As at the merge: what could not be verified is said, and does not stop the work. */
function judgeGate(
  { key, check: { gate } }: Of<"gate">,
  reports: readonly GateReport[],
  known: ReadonlySet<string>,
): Finding {
  const own = reports.filter(({ name }) => gate === ALL_GATES || name === gate);
  const failed = own.find(isHolding);
  if (failed !== undefined) {
    const { name, newFailures, recommendation, tail } = failed;
    const why = newFailures[0] ?? recommendation ?? tail.at(-1) ?? "it failed";
    return { key, met: false, detail: `${name}: ${why}`, tail };
  }
  if (own.length > 0) {
    const detail = own.map(describePassed).join(" · ");
    const isUnverified = own.every(({ status }) => status === "not_verified");
    return { key, met: true, detail, tail: [], ...(isUnverified ? UNVERIFIED : {}) };
  }
  if (gate === ALL_GATES)
    return { key, met: true, detail: "not verified: the project has no gates", tail: [], ...UNVERIFIED };
  const names = [...known].join(", ") || "none";
  return { key, met: false, detail: `no gate "${gate}"; there are: ${names}`, tail: [] };
}

function describePassed({ name, status, counts, recommendation, detail }: GateReport): string {
  if (status === "failed")
    return `${name} failed and is not critical: ${recommendation ?? "no reason given"}`;
  if (status === "not_verified")
    return `${name} could not be verified: ${recommendation ?? "no reason given"}`;
  if (detail !== undefined) return `${name}: ${detail}`;
  return counts === null ? `${name} passed` : `${name} ${counts.passed}/${counts.total}`;
}

function explainRun({ exitCode, stoppedBy, failures, tail }: GateRun, timeoutMs: number): string {
  if (stoppedBy === "timeout") return `timed out (its limit is ${timeoutMs / 1000} s)`;
  if (stoppedBy !== null) return `stopped: ${stoppedBy}`;
  const how = exitCode === null ? "ended by a signal" : `exit ${exitCode}`;
  const line = failures[0] ?? tail.find((each) => TELLING.test(each)) ?? tail.at(-1) ?? "";
  return line.trim() === "" ? how : `${how}: ${line.trim()}`;
}
