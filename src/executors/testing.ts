/** Helpers of the tests that run executors. Nothing here is used by osqr itself. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toAttemptId, toTaskId, toWorkstreamId } from "../core/model/ids.ts";
import type { TestPlace } from "../sandbox/testing.ts";
import type { AttemptOrder, Executor, ExecutorEvent, ExecutorSession } from "./types.ts";

export function createOrder(place: TestPlace, parts: Partial<AttemptOrder>): AttemptOrder {
  return {
    attempt: toAttemptId(1),
    task: toTaskId(toWorkstreamId("token"), "T1"),
    title: "write the token",
    script: "true",
    workspace: createWorkspace(place),
    folder: join(place.osqrHome, "attempts/a-1"),
    briefing: "",
    answers: {},
    env: {},
    mounts: [],
    network: "off",
    timeoutMs: 20_000,
    prompt: null,
    session: null,
    model: null,
    ...parts,
  };
}

function createWorkspace(place: TestPlace): AttemptOrder["workspace"] {
  const project = join(place.root, "project");
  const gitDir = join(place.osqrHome, "git/a-1");
  const git = (cwd: string, args: readonly string[]) => execFileSync("git", args, { cwd, encoding: "utf8" });
  if (!existsSync(project)) {
    mkdirSync(project);
    git(project, ["init", "-q", "-b", "main"]);
    const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    git(project, [...identity, "commit", "-q", "--allow-empty", "-m", "first"]);
    git(project, ["clone", "-q", "--bare", "--shared", ".", gitDir]);
    git(project, ["--git-dir", gitDir, "config", "core.bare", "false"]);
    writeFileSync(join(place.tree, ".git"), `gitdir: ${gitDir}\n`);
  }
  const start = git(project, ["rev-parse", "HEAD"]).trim();
  return { name: "a-1", tree: place.tree, gitDir, objectStores: [join(project, ".git/objects")], start };
}

/** Sees each event as it comes. */
export type React = (session: ExecutorSession, event: ExecutorEvent) => Promise<void>;

/** Reads a session to its end. */
export async function run(
  executor: Executor,
  order: AttemptOrder,
  react: React = async () => undefined,
): Promise<{ events: ExecutorEvent[]; lines: string[] }> {
  const session = await executor.start(order);
  const events: ExecutorEvent[] = [];
  const reactions: Promise<void>[] = [];
  for await (const event of session.events) {
    events.push(event);
    reactions.push(react(session, event));
  }
  await Promise.all(reactions);
  return { events, lines: events.flatMap((event) => (event.kind === "output" ? [event.line] : [])) };
}
