/** A plan of many specs: read from a real repository at its base commit, and the pure part alone. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocalService } from "../src/engine/local/open.ts";
import { createRandom } from "./support/random.ts";

function writeSpec(index: number, random: () => number): string {
  const before = Math.floor(random() * index);
  const depends = index > 0 && random() < 0.6 ? `depends_on: [s${before}]\n` : "";
  const tasks = Array.from({ length: 5 }, (_, task) => {
    const mark = task === 1 || task === 2 ? " [P]" : "";
    return `- [ ] T${task + 1}${mark} Write part ${task + 1} of ${index}\n\n  \`\`\`sh run\n  echo ${task} > out/${index}-${task}.txt\n  \`\`\`\n`;
  });
  return `---\nid: s${index}\nstatus: ready\n${depends}touches: [out/${index}-*.txt]\n---\n# Spec ${index}\n\n## Phase 1: Build\n\n${tasks.join("\n")}\n## Acceptance criteria\n\n- [ ] It is there\n`;
}

function makeRepository(folder: string, count: number): string {
  const root = join(folder, "repo");
  mkdirSync(join(root, "docs"), { recursive: true });
  const random = createRandom(7);
  for (let index = 0; index < count; index += 1) {
    writeFileSync(join(root, "docs", `s${index}.md`), writeSpec(index, random));
  }
  const git = (...args: string[]) => execFileSync("git", ["-C", root, ...args], { stdio: "ignore" });
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "-qm", "specs");
  return root;
}

export interface PlanFigure {
  readonly specs: number;
  readonly tasks: number;
  readonly medianMs: number;
  readonly limitMs: number;
}

/** Median ms of `Service.plan` on a repository of `count` specs with five tasks each. */
export async function measurePlan(count: number, repetitions: number): Promise<PlanFigure> {
  const folder = mkdtempSync(join(tmpdir(), "osqr-bench-plan-"));
  try {
    const root = makeRepository(folder, count);
    const env = { ...process.env, OSQR_HOME: join(folder, "home"), XDG_CONFIG_HOME: join(folder, "config") };
    const { service } = await openLocalService({ env });
    const times: number[] = [];
    let tasks = 0;
    for (let index = 0; index < repetitions + 1; index += 1) {
      const started = performance.now();
      const plan = await service.plan(root, { only: null, skip: [] });
      if (index > 0) times.push(performance.now() - started);
      tasks = plan.workstreams.reduce((sum, each) => sum + each.tasks.length, 0);
      if (plan.workstreams.length !== count)
        throw new Error(`expected ${count} workstreams, found ${plan.workstreams.length}`);
    }
    await service.close();
    const medianMs = Math.round(times.sort((a, b) => a - b)[times.length >> 1] ?? 0);
    return { specs: count, tasks, medianMs, limitMs: 300 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
