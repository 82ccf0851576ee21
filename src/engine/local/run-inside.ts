import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { DetectOptions, ProgramOutput } from "../../executors/acp/detect.ts";
import type { LocalTools } from "./tools.ts";

const TIMEOUT_MS = 15_000;

/**
 * How programs are asked for their version: in the image where they are there only, else as `detectAgents` does it itself.
 *
 * @param folder where homes and logs go; whoever calls removes it
 */
export function runInside(tools: LocalTools, folder: string): Pick<DetectOptions, "run"> {
  if (tools.toolchains.programs === undefined) return {};
  return { run: (program, args) => runInImage(tools, folder, [program, ...args]) };
}

async function runInImage(
  { sandbox, toolchains, limits }: LocalTools,
  folder: string,
  argv: readonly [string, ...string[]],
): Promise<ProgramOutput> {
  const own = await mkdtemp(join(folder, "version-"));
  const home = join(own, "home");
  await mkdir(home);
  try {
    const started = await sandbox.start({
      label: "version",
      argv,
      cwd: home,
      env: { ...toolchains.env, HOME: home, PATH: toolchains.path, LANG: "C.UTF-8" },
      mounts: [{ source: home, target: home, mode: "write" }],
      network: "off",
      limits: { ...limits, timeoutMs: TIMEOUT_MS },
      logPath: join(own, "output.log"),
    });
    const { exitCode, timedOut, tail } = await started.result;
    const output = tail.join("\n");
    if (timedOut) return { output, failure: `it did not end within ${TIMEOUT_MS / 1_000} s` };
    return { output, failure: exitCode === 0 ? null : (tail.at(-1) ?? `it ended with ${exitCode}`) };
  } catch (error) {
    return { output: "", failure: error instanceof Error ? error.message : String(error) };
  }
}
