/**
 * All checks of the project, the same here and in CI: format and lint with the import walls, types, unused exports,
 * build, tests. Ends with one line: `N passed, N failed`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Assertion {
  readonly status: "passed" | "failed" | "pending" | "skipped" | "todo" | "disabled";
  readonly fullName: string;
}

interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly name: string;
    readonly assertionResults: readonly Assertion[];
  }[];
}

const STEPS: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ["format, lint, walls", "biome", ["check", "--error-on-warnings", "."]],
  ["types", "tsc", ["-p", "."]],
  ["unused exports", "knip", []],
  ["build", "node", ["scripts/build.ts"]],
];

function run(command: string, args: readonly string[]): boolean {
  const path = `${join(process.cwd(), "node_modules", ".bin")}:${process.env.PATH ?? ""}`;
  return spawnSync(command, args, { stdio: "inherit", env: { ...process.env, PATH: path } }).status === 0;
}

function runSteps(): string[] {
  const failed: string[] = [];
  for (const [name, command, args] of STEPS) {
    process.stdout.write(`── ${name}\n`);
    if (!run(command, args)) failed.push(name);
  }
  return failed;
}

function runTests(): TestReport | null {
  const folder = mkdtempSync(join(tmpdir(), "osqr-check-"));
  const file = join(folder, "tests.json");
  process.stdout.write("── tests\n");
  try {
    run("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`]);
    return JSON.parse(readFileSync(file, "utf8")) as TestReport;
  } catch {
    return null; // The runner itself broke: it has said why.
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const failedSteps = runSteps();
const report = runTests();
const tests = report?.testResults.flatMap(({ assertionResults }) => assertionResults) ?? [];
const skipped = tests.filter(({ status }) => status !== "passed" && status !== "failed");
for (const { fullName } of skipped) process.stdout.write(`skipped: ${fullName}\n`);
for (const name of failedSteps) process.stdout.write(`failed: ${name}\n`);
// A file that could not even be loaded counts no test.
const broken =
  report?.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  ) ?? [];
for (const { name } of broken) process.stdout.write(`failed: ${name}\n`);
const failures = (report?.numFailedTests ?? 1) + failedSteps.length + broken.length;
const passed = (report?.numPassedTests ?? 0) + STEPS.length - failedSteps.length;
const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
process.stdout.write(`${passed} passed, ${failures} failed${tail}\n`);
process.exitCode = failures === 0 ? 0 : 1;
