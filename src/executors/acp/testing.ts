/** Helpers of the tests that run agents. Nothing here is used by osqr itself. */
import { createScriptedPreset, writeScript } from "../../../test/fixtures/agents/rig.ts";
import type { Script } from "../../../test/fixtures/agents/script.ts";
import { createTestSandbox, TEST_LIMITS, type TestPlace } from "../../sandbox/testing.ts";
import type { SandboxLevel } from "../../sandbox/types.ts";
import type { Executor } from "../types.ts";
import { type AcpExecutorOptions, createAcpExecutor } from "./executor.ts";
import type { AgentPreset } from "./preset-types.ts";
import { Stagger } from "./stagger.ts";

/** The executor of a scripted agent. */
export function createRig(
  level: SandboxLevel,
  place: TestPlace,
  script: Script,
  parts: Partial<AcpExecutorOptions> & { readonly with?: Partial<AgentPreset> } = {},
): Executor {
  const { with: presetParts, ...options } = parts;
  const { timeoutMs: _, ...limits } = TEST_LIMITS;
  return createAcpExecutor({
    preset: createScriptedPreset(writeScript(place.root, script), presetParts),
    sandbox: createTestSandbox(level, place),
    toolchains: { mounts: [], path: "/usr/local/bin:/usr/bin:/bin", env: {} },
    node: process.execPath,
    limits,
    stagger: new Stagger(),
    ...options,
  });
}
