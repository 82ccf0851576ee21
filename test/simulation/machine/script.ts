import type { AttemptOrder } from "../../../src/executors/types.ts";
import { option } from "../../support/core-builders.ts";
import type { Random } from "../random.ts";
import { LOOK } from "../workflows.ts";
import type { Chaos } from "./chaos.ts";
import type { Deed } from "./executor.ts";

/** The file that only this task writes; it says which attempt wrote it. */
export const ownFile = (task: string): string => `work/${task.replace("#", "-")}.txt`;

/** What a process does: always its own file, often more, and then one of many ends. */
export function writeScript(random: Random, order: AttemptOrder, chaos: Chaos): readonly Deed[] {
  const { attempt, task } = order;
  const workstream = task.slice(0, task.indexOf("#"));
  const pause = (): number => random.between(1, random.chance(0.1) ? 30_000 : 500);
  const write = (path: string): Deed => ({ kind: "write", ms: pause(), path, content: `${attempt}\n` });
  // What comes after the merge looks, and leaves the files as they are.
  if (order.script === LOOK && random.chance(0.9)) return [end(random, order.timeoutMs, chaos, pause())];
  const deeds: Deed[] = [write(ownFile(task))];
  if (random.chance(0.5)) deeds.push(write(`out-${workstream}.txt`));
  if (random.chance(0.2)) deeds.push(write("src/shared.txt"));
  if (random.chance(0.02)) deeds.push(write(".osqr/config.yaml"));
  if (random.chance(0.2)) deeds.push({ kind: "say", ms: pause(), text: "half of it is done" });
  if (random.chance(0.15)) deeds.push(ask(random, pause()));
  return [...deeds, end(random, order.timeoutMs, chaos, pause())];
}

function ask(random: Random, ms: number): Deed {
  const key = random.pick(["Q1", "Q2", "Q3", "Q4"]);
  const question = {
    key,
    question: `${key}?`,
    options: [option("a", { recommended: true }), option("b")],
    defaultOption: random.pick(["a", null]),
    autoResolveMinutes: random.chance(0.4) ? random.between(1, 10) : null,
  };
  return { kind: "ask", ms, question };
}

function end(random: Random, timeoutMs: number, { taskFailure }: Chaos, ms: number): Deed {
  if (!random.chance(taskFailure)) return { kind: "end", ms, result: { exitCode: 0 } };
  if (random.chance(0.2)) return { kind: "end", ms: timeoutMs, result: { exitCode: null, timedOut: true } };
  if (random.chance(0.3)) return { kind: "end", ms, result: { exitCode: null, signal: "SIGSEGV" } };
  return { kind: "end", ms, result: { exitCode: 1 } };
}
