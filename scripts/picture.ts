/** Puts the output of a real run of the demo into the README. `npm run picture`, after a build. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const README = join(ROOT, "README.md");

const folder = mkdtempSync(join(tmpdir(), "osqr-picture-"));
const repository = join(folder, "token-kit");
const demo = spawnSync("node", ["scripts/demo.ts", "--dir", repository], {
  cwd: ROOT,
  encoding: "utf8",
  env: { ...process.env, COLUMNS: "110", NO_COLOR: "1" },
});
rmSync(folder, { recursive: true, force: true });
if (demo.status !== 0) throw new Error(`the demo failed:\n${demo.stdout}${demo.stderr}`);
const lines = `${demo.stdout}`.split("\n");
const start = lines.findIndex((line) => line.startsWith("$ osqr go"));
const end = lines.findIndex((line) => line.startsWith("demo: main was tested"));
if (start < 0 || end < 0) throw new Error(`the demo printed something else:\n${demo.stdout}`);
const picture = lines.slice(start, end).join("\n").trimEnd();
const readme = readFileSync(README, "utf8");
const made = readme.replace(
  /(<!-- picture:[^\n]*-->\n```\n)[\s\S]*?(```\n<!-- \/picture -->)/,
  (_, before: string, after: string) => `${before}${picture}\n${after}`,
);
writeFileSync(README, made);
