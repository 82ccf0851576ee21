/** Puts the output of a real run of the demo into the README. `npm run picture`, after a build. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const README = join(ROOT, "README.md");

const folder = mkdtempSync(join(tmpdir(), "osqr-picture-"));
const repository = join(folder, "token-kit");
// Plan and progress go to stderr, the report to stdout: a person sees both.
const output = openSync(join(folder, "output"), "w+");
const demo = spawnSync("node", ["scripts/demo.ts", "--dir", repository], {
  cwd: ROOT,
  stdio: ["ignore", output, output],
  env: { ...process.env, COLUMNS: "110", NO_COLOR: "1" },
});
const text = readFileSync(join(folder, "output"), "utf8");
rmSync(folder, { recursive: true, force: true });
if (demo.status !== 0) throw new Error(`the demo failed:\n${text}`);
const lines = text.split("\n");
const start = lines.findIndex((line) => line.startsWith("$ osqr go"));
const end = lines.findIndex((line) => line.startsWith("demo: main was tested"));
if (start < 0 || end < 0) throw new Error(`the demo printed something else:\n${text}`);
const picture = lines.slice(start, end).join("\n").trimEnd();
const readme = readFileSync(README, "utf8");
const made = readme.replace(
  /(<!-- picture:[^\n]*-->\n```\n)[\s\S]*?(```\n<!-- \/picture -->)/,
  (_, before: string, after: string) => `${before}${picture}\n${after}`,
);
writeFileSync(README, made);
