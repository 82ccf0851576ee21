import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { evolve } from "../../src/core/evolve/evolve.ts";
import { emptyState, type State } from "../../src/core/model/state.ts";
import { fromStored } from "../../src/engine/stored-event.ts";
import { MARK_NAME, parseMark, toHomeId } from "../../src/sandbox/environment.ts";
import { readProcessTable, readProcessVariable } from "../../src/sandbox/terminate/process-table.ts";
import { homePaths } from "../../src/store/home.ts";
import { openEventLogReadOnly, verifyEventLog } from "../../src/store/open.ts";
import { checkState } from "../simulation/invariants.ts";
import { HistoryRules } from "../simulation/rules/history.ts";
import type { Acknowledged } from "./crash-child.ts";
import { CRASH_RESULT, CRASH_SPECS, type CrashRepo } from "./crash-repo.ts";

/** How long a process that was killed may take to be gone. */
const GONE_MS_MAX = 10_000;

/** What a run must come to. */
export interface Expectation {
  readonly specs: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

const EVERYTHING: Expectation = { specs: CRASH_SPECS, files: CRASH_RESULT };

/** Reads the log of a home from outside after each end of its daemon, and believes nothing. */
export class CrashWitness {
  readonly #repo: CrashRepo;
  readonly #acknowledged = new Map<number, string>();
  readonly #rules = new HistoryRules();
  #state: State = emptyState();

  constructor(repo: CrashRepo) {
    this.#repo = repo;
  }

  /** The state that the log tells of. */
  get state(): State {
    return this.#state;
  }

  /** What the daemon said that it had written. */
  hear(events: readonly Acknowledged[]): void {
    for (const { seq, hash } of events) this.#acknowledged.set(seq, hash);
  }

  /** What is broken in the log while no daemon runs; empty: nothing. */
  checkLog(): string[] {
    const home = homePaths(this.#repo.home);
    if (!existsSync(home.log)) {
      return this.#acknowledged.size === 0 ? [] : ["events were acknowledged, and there is no log"];
    }
    const problems: string[] = [];
    const { ok, reason } = verifyEventLog(home);
    if (!ok) problems.push(`the log does not verify: ${reason}`);
    const log = openEventLogReadOnly(home);
    try {
      for (const stored of log.read({ after: 0 })) {
        const said = this.#acknowledged.get(stored.seq);
        if (said !== undefined && said !== stored.hash)
          problems.push(`event ${stored.seq} is another one now`);
        if (stored.seq <= this.#state.seq) continue;
        const event = fromStored(stored);
        const before = this.#state;
        this.#state = evolve(before, event);
        problems.push(...this.#rules.feed(event, before, this.#state));
      }
    } finally {
      log.close();
    }
    const last = Math.max(0, ...this.#acknowledged.keys());
    if (last > this.#state.seq)
      problems.push(`event ${last} was acknowledged, the log ends at ${this.#state.seq}`);
    return [...problems, ...checkState(this.#state)];
  }

  /** What is broken after a run that was built to its end; empty: nothing. */
  async checkEnd(expected: Expectation = EVERYTHING): Promise<string[]> {
    return [
      ...this.checkLog(),
      ...checkHistory(this.#repo, expected),
      ...checkFiles(this.#repo, expected),
      ...checkCheckout(this.#repo),
      ...checkRefs(this.#repo),
      ...checkHome(this.#repo),
      ...(await checkProcesses(this.#repo)),
    ];
  }
}

/** Each workstream landed exactly once, by one merge commit. */
function checkHistory({ git }: CrashRepo, { specs }: Expectation): string[] {
  const format = "--format=%P%x09%(trailers:key=Osqr-Workstream,valueonly,separator=%x2C)";
  const lines = git("log", "--first-parent", format, "main").split("\n");
  const landed = lines.map((line) => line.split("\t"));
  const problems: string[] = [];
  for (const name of specs) {
    const commits = landed.filter(([, trailer]) => trailer === name);
    if (commits.length !== 1) problems.push(`${name} landed ${commits.length} times`);
    for (const [parents = ""] of commits) {
      if (parents.split(" ").length !== 2)
        problems.push(`${name} landed by a commit with parents ${parents}`);
    }
  }
  const strange = landed.filter(([, trailer = ""]) => trailer !== "" && !specs.includes(trailer));
  const all = git("log", "--format=%(trailers:key=Osqr-Workstream,valueonly)", "main").split("\n");
  const merges = all.filter((line) => line !== "").length;
  if (merges !== specs.length) problems.push(`main holds ${merges} landings of ${specs.length} workstreams`);
  return [...problems, ...strange.map(([, trailer]) => `main holds a landing of ${trailer}`)];
}

function checkFiles({ git, read, root }: CrashRepo, { specs, files }: Expectation): string[] {
  const problems: string[] = [];
  for (const [path, content] of Object.entries(files)) {
    const found = existsSync(join(root, path)) ? read(path) : "nothing";
    if (found !== content)
      problems.push(`${path}: expected ${JSON.stringify(content)}, found ${JSON.stringify(found)}`);
  }
  for (const name of specs) {
    const text = git("show", `main:docs/${name}.md`);
    if (/^\s*- \[ \]/m.test(text)) problems.push(`docs/${name}.md has a box that is not ticked`);
    if (!/^status: done$/m.test(text)) problems.push(`docs/${name}.md is not marked as done`);
  }
  return problems;
}

/** The user's own checkout is as a user expects it. */
function checkCheckout({ git, root }: CrashRepo): string[] {
  const problems: string[] = [];
  const status = git("status", "--porcelain");
  if (status !== "") problems.push(`the checkout is not clean:\n${status}`);
  if (git("symbolic-ref", "HEAD") !== "refs/heads/main") problems.push("HEAD is on another branch");
  if (git("stash", "list") !== "") problems.push("there is a stash");
  const fsck = git("fsck", "--full", "--no-dangling", "--no-progress");
  if (fsck !== "") problems.push(`git fsck: ${fsck}`);
  const locks = readdirSync(join(root, ".git"), { recursive: true, encoding: "utf8" });
  return [
    ...problems,
    ...locks.filter((name) => name.endsWith(".lock")).map((name) => `.git/${name} was left`),
  ];
}

/** Only what is kept on purpose, the work of attempts that were cut off, is left in the user's repository. */
function checkRefs({ git }: CrashRepo): string[] {
  const refs = git("for-each-ref", "--format=%(refname)").split("\n");
  const isKept = (ref: string): boolean =>
    ref === "refs/heads/main" ||
    ref === "refs/osqr/handoffs" ||
    /^refs\/osqr\/salvage\/a-\d+(-\d+)?$/.test(ref);
  return refs.filter((ref) => !isKept(ref)).map((ref) => `${ref} was left`);
}

const HOME_FILES =
  /^(?:daemon\.json|head\.json|lock\.db|log\.db(?:-wal|-shm)?|token|daemon\.log|logs|gates|setups|projects|workspaces|attempts)$/;

/** No workspace, no attempt's folder and no temporary file is left. */
export function checkHome({ home, temporary }: CrashRepo): string[] {
  const list = (...parts: string[]): string[] => {
    const folder = join(home, ...parts);
    return existsSync(folder) ? readdirSync(folder) : [];
  };
  const left: string[] = list().filter((name) => !HOME_FILES.test(name));
  for (const folder of ["workspaces", "attempts"]) {
    const names = list(folder).filter((name) => name !== ".trash");
    left.push(...names.map((name) => `${folder}/${name}`));
  }
  left.push(...list("workspaces", ".trash").map((name) => `workspaces/.trash/${name}`));
  for (const project of list("projects")) {
    const others = list("projects", project).filter((name) => name !== "git" && name !== "tmp");
    left.push(
      ...[...others, ...list("projects", project, "tmp")].map((name) => `projects/${project}: ${name}`),
    );
  }
  for (const project of list("gates")) {
    for (const tree of list("gates", project)) {
      const drafts = list("gates", project, tree).filter((name) => !/\.(?:log|json)$/.test(name));
      left.push(...drafts.map((name) => `gates/${project}/${tree}/${name}`));
    }
  }
  left.push(...readdirSync(temporary).map((name) => `$TMPDIR/${name}`));
  return left.map((name) => `${name} was left in the home`);
}

/** Marked processes of the home that live now: `<pid> <label>`. */
export function listProcesses({ home }: CrashRepo): string[] {
  const homeId = toHomeId(home);
  const found: string[] = [];
  for (const { pid, isZombie } of readProcessTable(0)) {
    const mark = isZombie ? null : parseMark(readProcessVariable(pid, MARK_NAME) ?? "");
    if (mark?.homeId === homeId) found.push(`${pid} ${mark.label}`);
  }
  return found;
}

async function checkProcesses(repo: CrashRepo): Promise<string[]> {
  const deadline = performance.now() + GONE_MS_MAX;
  let left = listProcesses(repo);
  while (left.length > 0 && performance.now() < deadline) {
    await delay(20);
    left = listProcesses(repo);
  }
  return left.map((name) => `process ${name} was left`);
}
