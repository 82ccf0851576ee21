import { OsqrError } from "../../../src/core/errors.ts";
import type { Command } from "../../../src/core/model/command.ts";
import type { WorkstreamId } from "../../../src/core/model/ids.ts";
import type { State } from "../../../src/core/model/state.ts";
import { isLanded } from "../../../src/core/status.ts";
import { PROJECT } from "../../support/core-builders.ts";
import type { Random } from "../random.ts";
import type { World } from "../world.ts";
import { GATE_HASH } from "./gates.ts";
import { BASE } from "./git.ts";
import { LogFault, type Machine } from "./machine.ts";
import { actOnFlow, answerAs, type Team } from "./people.ts";

const HOUR = 3_600_000;

/** The person at the machine, and everybody else who touches the repository. */
export class Operator {
  /** What a command was acknowledged with: sequence number -> hash. It must be in the log for ever. */
  readonly acknowledged = new Map<number, string>();
  /** Commits of other people on the base. */
  readonly commits: string[] = [];
  readonly #machine: Machine;
  readonly #random: Random;
  readonly #world: World;
  /** Nobody else commits to the base: what was done once can be taken again. */
  readonly #isAlone: boolean;
  readonly #known = new Set<string>();
  #seen = 0;
  #commits = 0;

  constructor(machine: Machine, random: Random, world: World) {
    this.#machine = machine;
    this.#random = random;
    this.#world = world;
    this.#isAlone = random.chance(0.25);
  }

  get project(): World["project"] {
    return this.#world.project;
  }

  /** Acts now and then until the given time. */
  async work(until: number): Promise<void> {
    const { scheduler, self } = this.#machine;
    while (scheduler.now < until) {
      await scheduler.sleep(self, this.#random.between(1, 1_500));
      await this.#act();
    }
  }

  async submit(command: Command): Promise<boolean> {
    const { daemon } = this.#machine;
    if (daemon === null || !daemon.isUp) return false;
    try {
      const events = await Promise.race([daemon.engine.submit(command), daemon.death.promise]);
      if (events === "dead") return false;
      const seq = events.at(-1)?.seq;
      const stored = seq === undefined ? undefined : this.#machine.log.events[seq - 1];
      if (stored !== undefined) this.acknowledged.set(stored.seq, stored.hash);
      return true;
    } catch (error) {
      if (error instanceof OsqrError || error instanceof LogFault) return false;
      throw error;
    }
  }

  async #act(): Promise<void> {
    const random = this.#random;
    // Where something is being merged, others are at the base too.
    if (this.#isMerging() && random.chance(0.15)) this.#commit("notes.txt");
    const draw = random.between(1, 100);
    if (draw <= 16) await this.submit(this.register());
    else if (draw <= 28) await this.submit(this.go(random.chance(0.2)));
    else if (draw <= 52) await this.#answer();
    else if (draw <= 58) await this.#intend();
    else if (draw <= 60) await this.submit({ kind: "prioritize", workstream: this.#any(), by: "user" });
    else if (draw <= 62)
      await this.submit({ kind: "remove", workstream: this.#any(), by: "user", reason: "not needed" });
    else if (draw <= 65) await this.approve([random.pick(["q1", "q2", GATE_HASH])]);
    else if (draw <= 72)
      this.#commit(random.pick(["src/shared.txt", "notes.txt", "out-w0.txt", "work/w1-T1.txt"]));
    else if (draw <= 75) this.#change();
    else if (draw <= 78) await this.follow();
    else if (draw <= 80) this.#turnClock();
    else if (draw <= 82) await this.#machine.restart();
    else if (draw <= 97) await actOnFlow(this.team);
    else this.#haunt();
  }

  #isMerging(): boolean {
    return (this.#machine.daemon?.engine.state.mergeQueue.size ?? 0) > 0;
  }

  #any() {
    return this.#random.pick(this.#world.ids);
  }

  /** The next specs that were never registered; what was removed stays away. Else some again, which is refused. */
  register(): Command {
    const known = this.#readKnown();
    const groups = this.#world.groups;
    const next = groups.find(({ registrations }) =>
      registrations.every((each) => !known.has(each.workstream.id)),
    );
    const none = { registrations: [], ranks: { tasks: [], overlaps: [], stacks: [] } };
    const again = groups.find(({ registrations }) =>
      registrations.some((each) => this.#isThere(each.workstream.id)),
    );
    return { kind: "register", project: PROJECT, ...(next ?? again ?? none) };
  }

  /** What was ever registered, as the log says; it only grows. */
  #readKnown(): ReadonlySet<string> {
    const { events } = this.#machine.log;
    for (const { kind, body } of events.slice(this.#seen))
      if (kind === "workstream_added") this.#known.add(idOf(body));
    this.#seen = events.length;
    return this.#known;
  }

  #isThere(id: WorkstreamId): boolean {
    return this.#machine.daemon?.engine.state.workstreams.has(id) === true;
  }

  go(approveAll: boolean): Command {
    const state = this.#machine.daemon?.engine.state;
    const include = this.#world.ids.filter((id) => state?.workstreams.has(id) === true);
    const rest = { approve: [], approveAll, planningMs: 1, maxParallel: 4, by: "user" };
    return { kind: "go", project: PROJECT, include, ...rest };
  }

  approve(hashes: readonly string[]): Promise<boolean> {
    return this.submit({ kind: "approve_content", project: PROJECT, hashes, by: "user", reason: "seen" });
  }

  async #answer(): Promise<void> {
    const state = this.#machine.daemon?.engine.state;
    const open = state === undefined ? [] : [...state.open.keys()];
    if (state === undefined || open.length === 0) return;
    const id = this.#random.pick(open);
    const command = answerAs(this.#random, state, id);
    if (command !== null) await this.submit(command);
  }

  async #intend(): Promise<void> {
    const { daemon, counters } = this.#machine;
    const workstream = this.#any();
    const intent = this.#random.pick(["paused", "paused", "run", "run", "run", "cancelled"] as const);
    const running = (daemon?.engine.state.workstreams.get(workstream)?.counts.running ?? 0) > 0;
    const done = await this.submit({ kind: "set_intent", workstream, intent, by: "user", reason: "because" });
    if (!done || !running || intent === "run") return;
    counters.count(intent === "paused" ? "paused while running" : "cancelled while running");
  }

  /** Somebody commits to the base, sometimes where a task works. */
  #commit(path: string, content?: string): void {
    if (this.#isAlone) return;
    const { repository } = this.#machine.disk;
    const ref = `refs/heads/${BASE}`;
    const tip = repository.refs.get(ref) ?? "";
    this.#commits += 1;
    const tree = repository.editTree(tip, [{ path, content: content ?? `somebody ${this.#commits}\n` }]);
    const commit = repository.commit(tree, [tip], `somebody ${this.#commits}`, this.#commits);
    repository.refs.set(ref, commit);
    this.commits.push(commit);
    this.#machine.counters.count("base moved by somebody else");
  }

  /** What the people of the team act with. */
  get team(): Team {
    return {
      machine: this.#machine,
      random: this.#random,
      world: this.#world,
      submit: (command) => this.submit(command),
      commit: (path, content) => this.#commit(path, content),
    };
  }

  /** Local changes in the checkout, where osqr will want to write. */
  #change(): void {
    const { dirty } = this.#machine.disk;
    if (dirty.size > 0) dirty.clear();
    else dirty.add(this.#random.pick(["src/shared.txt", "docs/w0.md", "docs/w1.md"]));
  }

  /** The checkout is clean again, and somebody looks. */
  async follow(): Promise<void> {
    const { daemon, disk, counters } = this.#machine;
    if (daemon === null || !daemon.isUp) return;
    const isHeld = daemon.engine.state.projects.get(PROJECT)?.held != null;
    disk.dirty.clear();
    try {
      await Promise.race([daemon.engine.follow(PROJECT), daemon.death.promise]);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return;
    }
    if (isHeld && daemon.engine.state.projects.get(PROJECT)?.held === null)
      counters.count("base followed later");
  }

  #turnClock(): void {
    const machine = this.#machine;
    const turn = this.#random.pick([-HOUR, HOUR, -24 * 365 * HOUR, 24 * 365 * HOUR, 0]);
    if (turn < 0) machine.counters.count("clock backwards");
    machine.clockOffset = turn;
  }

  /** An executor that was given up, or a message that comes twice, reports. It must change nothing. */
  #haunt(): void {
    const { daemon, counters } = this.#machine;
    if (daemon === null || !daemon.isUp) return;
    const { state } = daemon.engine;
    const ended = [...state.attempts.values()].filter((each) => isOver(state, each.id));
    if (ended.length === 0) return;
    const { id: attempt, fence, state: now, workstream } = this.#random.pick(ended);
    const result = { commit: "f".repeat(40), files: [], added: 0, deleted: 0, workMs: 1, warnings: [] };
    const commands: Command[] = [
      { kind: "attempt_started", attempt, fence, sandbox: "ghost" },
      { kind: "attempt_succeeded", attempt, fence, ...result },
      { kind: "task_joined", attempt, fence, tip: "f".repeat(40), handoff: null, artifacts: ["ghost"] },
    ];
    const landed = state.workstreams.get(workstream);
    if (landed !== undefined && isLanded(landed))
      commands.push({ kind: "landed", workstream, commit: "f".repeat(40), held: null });
    void daemon.engine.submitResult(this.#random.pick(commands)).then((decided) => {
      if (decided.ok) this.#machine.broken = `a result of ${attempt}, which is ${now.kind}, was taken`;
      else if (now.kind === "lost") counters.count("late result after a lost claim, refused");
      else counters.count("doubled result, refused");
    });
  }
}

const idOf = (body: string): string => (JSON.parse(body) as { workstream: { id: string } }).workstream.id;

function isOver(state: State, id: Parameters<State["attempts"]["get"]>[0]): boolean {
  const attempt = state.attempts.get(id);
  const kind = attempt?.state.kind;
  if (kind === "claimed" || kind === "running" || kind === "waiting") return false;
  if (kind !== "completed") return true;
  const task = attempt === undefined ? undefined : state.tasks.get(attempt.task)?.state;
  return task === undefined || task.kind === "completed";
}
