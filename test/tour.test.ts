import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const FLAGS = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];

test("the tour in the docs is what happens", { timeout: 300_000 }, () => {
  const script = join(ROOT, "scripts/write-tour.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [...FLAGS, script, "--check"], {
    cwd: ROOT,
    encoding: "utf8",
    timeout: 290_000,
  });
  expect(`${stdout}${stderr}`).toBe("");
  expect(status).toBe(0);
});
