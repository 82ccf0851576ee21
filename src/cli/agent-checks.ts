import { formatDuration } from "../core/format-duration.ts";
import type { AgentFinding } from "../executors/agent-finding.ts";
import type { Finding } from "./doctor-checks.ts";

const NONE: Finding = {
  name: "agents",
  status: "warn",
  found: "none: only tasks with a run block can be done",
  hints: ["install one, or name your own in the config: docs/agents.md"],
};

/** What `osqr doctor` says of agents, by name. One that the config names and that cannot work is bad. */
export function describeAgents(found: readonly AgentFinding[]): readonly Finding[] {
  if (found.length === 0) return [NONE];
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(describeAgent);
}

function describeAgent(agent: AgentFinding): Finding {
  const { name, program, version, floor, answeredMs, problems, ok, isConfigured } = agent;
  const needs = floor === null || ok ? "" : `, needs ${floor} or later`;
  const answers = answeredMs === null ? "" : `, answers after ${formatDuration(answeredMs)}`;
  const what = program?.includes("://") ? program : `${version ?? "version not known"} (${program})`;
  const place = program === null ? "" : `${what}${needs}${answers}`;
  const [first, ...rest] = problems;
  const parts = [place, first ?? (ok ? "" : "it cannot work here")].filter((part) => part !== "");
  return {
    name,
    status: ok ? "ok" : isConfigured ? "bad" : "warn",
    found: parts.join(": "),
    hints: rest,
  };
}
