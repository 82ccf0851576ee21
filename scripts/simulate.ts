/**
 * Plays seeds of the simulator: `npm run simulate -- --seeds 10000 --seed 1`. Without `--seeds` one seed is played and told
 * line by line. Each seed may be played twice (`--twice`) to see that it replays. Exit codes: 1 a rule broke, 2 usage.
 */
import { parseArgs } from "node:util";
import { COUNTERS, Counters } from "../test/simulation/machine/chaos.ts";
import { type Outcome, simulate } from "../test/simulation/machine/simulate.ts";

const SEEDS_DEFAULT = 1_000;
const TOLD_EVERY = 100;
const FAILURES_MAX = 20;

interface Options {
  readonly first: number;
  readonly seeds: number;
  readonly twice: boolean;
}

function readNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} ${text}: expected a whole number, for example --${name} 500`);
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string" },
      seed: { type: "string" },
      twice: { type: "boolean", default: false },
    },
  });
  const isOne = values.seed !== undefined && values.seeds === undefined;
  return {
    first: readNumber("seed", values.seed ?? "1"),
    seeds: isOne ? 1 : readNumber("seeds", values.seeds ?? String(SEEDS_DEFAULT)),
    twice: values.twice,
  };
}

async function playOne(seed: number): Promise<boolean> {
  const outcome = await simulate(seed, { tell: (line) => process.stdout.write(`${line}\n`) });
  for (const line of outcome.reports) process.stdout.write(`daemon: ${line}\n`);
  for (const problem of outcome.problems) process.stdout.write(`✗ ${problem}\n`);
  const { events, steps, hash } = outcome;
  process.stdout.write(`seed ${seed}: ${events} events, ${steps} steps, ${hash.slice(0, 16)}\n`);
  return outcome.problems.length === 0;
}

async function playTwice(outcome: Outcome): Promise<readonly string[]> {
  const again = await simulate(outcome.seed);
  return again.hash === outcome.hash ? [] : [`played twice, ${outcome.hash} became ${again.hash}`];
}

async function playMany({ first, seeds, twice }: Options): Promise<boolean> {
  const counters = new Counters();
  let events = 0;
  let failures = 0;
  for (let seed = first; seed < first + seeds && failures < FAILURES_MAX; seed += 1) {
    const outcome = await simulate(seed);
    counters.add(outcome.counters);
    events += outcome.events;
    const problems = [...outcome.problems, ...(twice ? await playTwice(outcome) : [])];
    if (problems.length > 0) {
      failures += 1;
      process.stdout.write(`✗ ${problems[0]}\n  npm run simulate -- --seed ${seed}\n`);
    }
    const played = seed - first + 1;
    if (process.stderr.isTTY && played % TOLD_EVERY === 0) process.stderr.write(`\r${played} of ${seeds}`);
  }
  for (const counter of COUNTERS)
    process.stdout.write(`${String(counters.get(counter)).padStart(10)}  ${counter}\n`);
  process.stdout.write(`${seeds} seeds, ${events} events, ${failures} failed\n`);
  return failures === 0;
}

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  const ok = options.seeds === 1 ? await playOne(options.first) : await playMany(options);
  return ok ? 0 : 1;
}

process.exitCode = await main();
