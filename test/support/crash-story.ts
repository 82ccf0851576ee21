import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { CrashChild, type End } from "./crash-child.ts";
import type { DaemonOrder } from "./crash-daemon.ts";
import { type CrashRepo, type CrashRepoOptions, makeCrashRepo, SOLO, soloFiles } from "./crash-repo.ts";
import { CrashWitness, type Expectation } from "./crash-witness.ts";

const WAIT_MS_MAX = 30_000;

/** @throws where it is not so after half a minute */
export async function waitUntil(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await delay(5);
  }
}

/** One home and the daemons that live in it, one after the other. */
export class CrashStory {
  readonly repo: CrashRepo;
  readonly witness: CrashWitness;
  readonly #children: CrashChild[] = [];

  constructor(options: CrashRepoOptions = {}) {
    this.repo = makeCrashRepo({ files: soloFiles(), ...options });
    this.witness = new CrashWitness(this.repo);
  }

  /** A path outside the project and the home. */
  at(name: string): string {
    return join(this.repo.folder, name);
  }

  /** Files of that path in the workspaces that are there now. */
  findInWorkspaces(path: string): string[] {
    const folder = join(this.repo.home, "workspaces");
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names.map((name) => join(folder, name, path)).filter((each) => existsSync(each));
  }

  start(order: Partial<DaemonOrder> = {}): CrashChild {
    const child = new CrashChild(this.repo, order);
    this.#children.push(child);
    return child;
  }

  /** Waits for the end of a daemon, which must be this one, and looks at the log. */
  async end(child: CrashChild, expected: Partial<End>): Promise<void> {
    const end = await child.ended;
    this.witness.hear(child.events);
    expect(end, child.describe()).toMatchObject(expected);
    expect(this.witness.checkLog(), child.describe()).toEqual([]);
  }

  /** A life that ends at its crash point. */
  async crash(order: Partial<DaemonOrder> = {}): Promise<void> {
    await this.end(this.start(order), { signal: "SIGKILL" });
  }

  /** A last life, in which everything is built; then every rule must hold. */
  async finish(expected: Expectation = SOLO): Promise<void> {
    const child = this.start();
    await this.end(child, { code: 0 });
    expect(child.lines, child.describe()).toEqual(["open", "rest completed", "closed"]);
    expect(await this.witness.checkEnd(expected), child.describe()).toEqual([]);
  }

  remove(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    this.repo.remove();
  }
}

/** Tells a story and clears up after it. */
export async function tellStory(
  options: CrashRepoOptions,
  tell: (story: CrashStory) => Promise<void>,
): Promise<void> {
  const story = new CrashStory(options);
  try {
    await tell(story);
  } finally {
    story.remove();
  }
}
