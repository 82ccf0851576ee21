/** Helpers of the tests that run agents. Nothing here is used by osqr itself. */

import { afterEach, beforeEach, describe } from "vitest";
import { createScriptedPreset, writeScript } from "../../../test/fixtures/agents/rig.ts";
import type { Script } from "../../../test/fixtures/agents/script.ts";
import {
  createPlace,
  createTestSandbox,
  isBubblewrapWorking,
  TEST_LIMITS,
  type TestPlace,
} from "../../sandbox/testing.ts";
import type { SandboxLevel } from "../../sandbox/types.ts";
import type { React } from "../testing.ts";
import type { Executor, ExecutorEvent } from "../types.ts";
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

const levels: readonly { level: SandboxLevel; isHere: boolean }[] = [
  { level: "bubblewrap", isHere: isBubblewrapWorking },
  { level: "process", isHere: true },
];

/** Tests at every level; `get` gives the place of the test that runs. */
export function describeLevels(
  title: string,
  tests: (level: SandboxLevel, get: () => TestPlace) => void,
): void {
  for (const { level, isHere } of levels) {
    const where = isHere ? "" : " (does not work on this machine)";
    describe.skipIf(!isHere)(`${title} at level ${level}${where}`, () => {
      let place: TestPlace;
      beforeEach(() => {
        place = createPlace();
      });
      afterEach(() => place.remove());
      tests(level, () => place);
    });
  }
}

export const closeAfterTurn: React = async (session, event) => {
  if (event.kind === "turn") await session.close();
};

/** Allows whatever is asked for, and closes after the turn. */
export const allowAll: React = async (session, event) => {
  if (event.kind === "permission") await session.agent?.permit(event.request, true, "");
  await closeAfterTurn(session, event);
};

export function findEvents<Kind extends ExecutorEvent["kind"]>(
  events: readonly ExecutorEvent[],
  kind: Kind,
): Extract<ExecutorEvent, { kind: Kind }>[] {
  return events.filter((event): event is Extract<ExecutorEvent, { kind: Kind }> => event.kind === kind);
}

export function findFailure(events: readonly ExecutorEvent[]): unknown {
  return findEvents(events, "ended")[0]?.failure;
}
