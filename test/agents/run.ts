/** Plays scenarios with agents, one after the other, and tells how it went. */
import assert from "node:assert/strict";
import type { SandboxLevel } from "../../src/sandbox/types.ts";
import type { ModelServer } from "../fixtures/model-server/server.ts";
import { openGoRig } from "./go-rig.ts";
import { GO_SCENARIOS } from "./go-scenarios.ts";
import type { InstalledAgent } from "./install.ts";
import { openRig } from "./rig.ts";
import { assertClosed, SCENARIOS } from "./scenarios.ts";

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

/** A scenario with its rig open. */
interface Stage {
  readonly server: ModelServer;
  play(): Promise<string>;
  /** Hosts beyond loopback that were tried, and refused. */
  hosts(): readonly string[];
  /** What the agent printed, for whoever looks for the cause of a problem. */
  explain(): string;
  stop(): Promise<void>;
}

export interface Playable {
  readonly name: string;
  open(agent: InstalledAgent, level: SandboxLevel | undefined): Promise<Stage>;
}

/** First the executor alone, then the whole `osqr go`. */
export const PLAYABLES: readonly Playable[] = [
  ...SCENARIOS.map(
    (scenario): Playable => ({
      name: scenario.name,
      async open(agent, level) {
        const rig = await openRig(agent, scenario.script, level);
        return {
          server: rig.server,
          play: () => scenario.play(rig),
          hosts: () => rig.server.refusedHosts,
          explain: () => "",
          stop: () => rig.stop(),
        };
      },
    }),
  ),
  ...GO_SCENARIOS.map(
    (scenario): Playable => ({
      name: scenario.name,
      async open(agent, level) {
        const rig = await openGoRig(agent, { ...scenario, level });
        return {
          server: rig.server,
          async play() {
            const note = await scenario.play(rig);
            await rig.osqr.quiet();
            assert.deepEqual(rig.listProcesses(), [], "no process is left");
            return note;
          },
          // What goes beyond loopback meets osqr's own proxy.
          hosts: () => [],
          explain: () => rig.readLogs(),
          stop: () => rig.stop(),
        };
      },
    }),
  ),
];

export async function playScenario(
  agent: InstalledAgent,
  scenario: Playable,
  level?: SandboxLevel,
): Promise<Outcome> {
  const stage = await scenario.open(agent, level);
  const begun = performance.now();
  let problem: string | null = null;
  let note = "";
  let hosts: readonly string[] = [];
  try {
    note = await stage.play();
    assertClosed(stage.server);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problem = [reason, ...stage.server.problems.slice(0, 5), stage.explain()].join("\n").trimEnd();
  } finally {
    hosts = [...new Set(stage.hosts())];
    await stage.stop();
  }
  return {
    agent: agent.name,
    version: agent.version,
    scenario: scenario.name,
    problem,
    note,
    tookMs: Math.round(performance.now() - begun),
    hosts,
    requests: stage.server.requests.length,
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
