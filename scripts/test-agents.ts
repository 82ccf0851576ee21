/**
 * Drives the real agents, in pinned versions, against a scripted model server on loopback: `npm run test:agents`.
 *
 *   npm run test:agents -- [--agent claude] [--scenario work] [--level process] [--install]
 *
 * They are installed into `$OSQR_AGENTS_CACHE`, else `~/.cache/osqr-test-agents`, where they are not there yet: 1.5 GB, from the
 * npm registry. No model is called and no key is needed. Exit codes: 1 a scenario failed, 2 usage.
 */
import { parseArgs } from "node:util";
import { findCache, installAgent } from "../test/agents/install.ts";
import { PINNED_AGENTS } from "../test/agents/pins.ts";
import { type Outcome, PLAYABLES, playScenario, renderTable } from "../test/agents/run.ts";

const { values } = parseArgs({
  options: {
    agent: { type: "string", multiple: true },
    scenario: { type: "string", multiple: true },
    level: { type: "string" },
    install: { type: "boolean", default: false },
  },
});

/** Those that were named, else all. */
function choose<T extends { readonly name: string }>(
  option: string,
  all: readonly T[],
  names: readonly string[] | undefined,
): readonly T[] {
  const unknown = names?.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(", ");
    process.stderr.write(`--${option}: expected one of ${known}, found "${unknown}"\n`);
    process.exit(2);
  }
  return names === undefined ? all : all.filter(({ name }) => names.includes(name));
}

function tell(outcome: Outcome): void {
  const { agent, scenario, problem, note, tookMs, hosts } = outcome;
  const mark = problem === null ? "✓" : "✗";
  const seconds = (tookMs / 1_000).toFixed(1);
  process.stdout.write(`${mark} ${agent} ${scenario}, ${seconds} s${note === "" ? "" : `: ${note}`}\n`);
  if (problem !== null) process.stdout.write(`${problem.replaceAll(/^/gm, "    ")}\n`);
  if (hosts.length > 0) process.stdout.write(`    tried to reach ${hosts.join(", ")}\n`);
}

const agents = choose("agent", PINNED_AGENTS, values.agent);
const scenarios = choose("scenario", PLAYABLES, values.scenario);
if (values.level !== undefined && values.level !== "process" && values.level !== "bubblewrap") {
  process.stderr.write(`--level: expected process or bubblewrap, found "${values.level}"\n`);
  process.exit(2);
}

const outcomes: Outcome[] = [];
for (const pin of agents) {
  const agent = await installAgent(pin, findCache());
  if (values.install) continue;
  for (const scenario of scenarios) {
    const outcome = await playScenario(agent, scenario, values.level);
    outcomes.push(outcome);
    tell(outcome);
  }
}
if (!values.install) process.stdout.write(`\n${renderTable(outcomes)}\n`);
process.exitCode = outcomes.some(({ problem }) => problem !== null) ? 1 : 0;
