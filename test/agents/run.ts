/** Plays scenarios with agents, one after the other, and tells how it went. */
import type { SandboxLevel } from "../../src/sandbox/types.ts";
import type { InstalledAgent } from "./install.ts";
import { openRig } from "./rig.ts";
import { assertClosed, type Scenario } from "./scenarios.ts";

export interface Outcome {
  readonly agent: string;
  readonly version: string;
  readonly scenario: string;
  /** Null: it went as it should. */
  readonly problem: string | null;
  /** What was measured; empty: nothing. */
  readonly note: string;
  readonly tookMs: number;
  /** Hosts beyond loopback that were tried, and refused. */
  readonly hosts: readonly string[];
  readonly requests: number;
}

export async function playScenario(
  agent: InstalledAgent,
  scenario: Scenario,
  level?: SandboxLevel,
): Promise<Outcome> {
  const rig = await openRig(agent, scenario.script, level);
  const begun = performance.now();
  let problem: string | null = null;
  let note = "";
  try {
    note = await scenario.play(rig);
    assertClosed(rig);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  } finally {
    await rig.stop();
  }
  return {
    agent: agent.name,
    version: agent.version,
    scenario: scenario.name,
    problem,
    note,
    tookMs: Math.round(performance.now() - begun),
    hosts: [...new Set(rig.server.refusedHosts)],
    requests: rig.server.requests.length,
  };
}

/** A row per agent, a column per scenario, in Markdown. */
export function renderTable(outcomes: readonly Outcome[]): string {
  const scenarios = [...new Set(outcomes.map(({ scenario }) => scenario))];
  const agents = [...new Set(outcomes.map(({ agent, version }) => `${agent} ${version}`))];
  const toCell = (agent: string, scenario: string): string => {
    const found = outcomes.find(
      (one) => `${one.agent} ${one.version}` === agent && one.scenario === scenario,
    );
    if (found === undefined) return "";
    return found.problem === null ? `✓ ${found.note}` : "✗";
  };
  const lines = [
    ["agent", ...scenarios],
    ["---", ...scenarios.map(() => "---")],
    ...agents.map((agent) => [agent, ...scenarios.map((scenario) => toCell(agent, scenario))]),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
