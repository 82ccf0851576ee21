import type { AgentAction, FailureKind, StopReason } from "../../../src/core/model/agent.ts";
import type { AskedQuestion, AttemptOrder } from "../../../src/executors/types.ts";
import { option } from "../../support/core-builders.ts";
import type { Random } from "../random.ts";
import type { Chaos } from "./chaos.ts";
import { ownFile } from "./script.ts";

/** One thing that an agent does in a turn; `ms` pass before it. */
export type AgentDeed =
  | { readonly kind: "write"; readonly ms: number; readonly path: string; readonly content: string }
  | { readonly kind: "use"; readonly ms: number; readonly tokens: number }
  | { readonly kind: "call"; readonly ms: number }
  | { readonly kind: "ask"; readonly ms: number; readonly question: AskedQuestion; readonly waitMs: number }
  | { readonly kind: "wish"; readonly ms: number; readonly action: AgentAction }
  | { readonly kind: "hand-off"; readonly ms: number }
  | {
      readonly kind: "fail";
      readonly ms: number;
      readonly failure: FailureKind;
      readonly retryMs: number | null;
    }
  | { readonly kind: "stop"; readonly ms: number; readonly stop: StopReason };

const FAILURES: readonly FailureKind[] = [
  "crashed",
  "crashed",
  "rate_limit",
  "rate_limit",
  "mcp_lost",
  "protocol",
  "timeout",
  "login",
  "budget",
  "other",
];

/** A turn: it works, asks, wants things, and ends in one of many ways. A conversation in which nothing was written yet begins with that. */
export function writeTurn(
  random: Random,
  { attempt, task }: Pick<AttemptOrder, "attempt" | "task">,
  { chaos, hasWritten }: { readonly chaos: Chaos; readonly hasWritten: boolean },
): readonly AgentDeed[] {
  const pause = (): number => random.between(1, random.chance(0.05) ? 60_000 : 800);
  const deeds: AgentDeed[] = [];
  if (!hasWritten || random.chance(0.6))
    deeds.push({ kind: "write", ms: pause(), path: ownFile(task), content: `${attempt}\n` });
  for (let count = random.between(0, 3); count > 0; count -= 1) deeds.push(doSomething(random, pause()));
  if (random.chance(0.3)) deeds.push({ kind: "hand-off", ms: pause() });
  return [...deeds, endTurn(random, chaos, pause())];
}

function doSomething(random: Random, ms: number): AgentDeed {
  const draw = random.between(1, 10);
  if (draw <= 4) return { kind: "use", ms, tokens: random.between(1, 500) };
  if (draw <= 6) return { kind: "call", ms };
  if (draw <= 8) {
    // Some wait for the answer, some are told to end their turn.
    const waitMs = random.chance(0.5) ? 1 : random.between(1, 20_000);
    return { kind: "ask", ms, question: writeQuestion(random), waitMs };
  }
  return { kind: "wish", ms, action: wish(random) };
}

function writeQuestion(random: Random): AskedQuestion {
  const key = random.pick(["Q1", "Q2", "Q5", "Q6", "Q7"]);
  return {
    key,
    question: `${key}?`,
    options: [option("a", { recommended: true }), option("b")],
    defaultOption: random.pick(["a", null]),
    autoResolveMinutes: random.chance(0.3) ? random.between(1, 5) : null,
  };
}

function wish(random: Random): AgentAction {
  const path = random.pick(["src/a.ts", ".github/workflows/ci.yml", "notes.md"]);
  const rest = { command: null, host: null, tool: null, content: "x", title: `edit ${path}` };
  return { kind: "edit", paths: [path], ...rest };
}

function endTurn(random: Random, { taskFailure }: Chaos, ms: number): AgentDeed {
  if (random.chance(taskFailure)) {
    const failure = random.pick(FAILURES);
    const retryMs = failure === "rate_limit" && random.chance(0.7) ? random.between(1, 120_000) : null;
    return { kind: "fail", ms, failure, retryMs };
  }
  if (random.chance(taskFailure / 4))
    return { kind: "stop", ms, stop: random.pick(["refusal", "cancelled"]) };
  return { kind: "stop", ms, stop: random.chance(0.1) ? "max_tokens" : "end_turn" };
}
