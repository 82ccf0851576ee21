/**
 * Kills daemons at seeded random moments of real runs and checks after each that nothing was lost, merged twice or left.
 *
 *   npm run crash -- --kills 500 --seed 7 [--cli] [--level process]
 *
 * With --cli through the program and its own daemon, else through a daemon of the test that can also be killed at a call.
 */
import { parseArgs } from "node:util";
import { crashCliRun } from "../test/support/crash-cli.ts";
import { type CrashReport, crashMany, crashRun } from "../test/support/crash-run.ts";

const KILLS_DEFAULT = "200";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: KILLS_DEFAULT },
    seed: { type: "string", default: "1" },
    level: { type: "string" },
    cli: { type: "boolean", default: false },
  },
});

function readNumber(name: "kills" | "seed"): number {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number > 0) return number;
  process.stderr.write(`--${name}: expected a whole number from 1, found "${values[name]}"\n`);
  process.exit(2);
}

if (values.level !== undefined && values.level !== "process") {
  process.stderr.write(`--level: expected process, found "${values.level}"\n`);
  process.exit(2);
}

const started = performance.now();
const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;

function tell(seed: number, { kills, events, problems }: CrashReport): void {
  const verdict = problems.length === 0 ? "all rules held" : problems.join("\n");
  process.stdout.write(`seed ${seed}: ${kills} kills, ${events} events, ${verdict}\n`);
}

const total = await crashMany({
  seed: readNumber("seed"),
  kills: readNumber("kills"),
  play: values.cli ? crashCliRun : crashRun,
  onRun: tell,
  ...(values.level === undefined ? {} : { level: values.level }),
});
const bad = total.problems.length > 0;
process.stdout.write(
  `${total.kills} kills, ${total.starts} starts, ${total.events} events, ${seconds()}: ${bad ? "broken" : "all rules held"}\n`,
);
process.exitCode = bad ? 1 : 0;
