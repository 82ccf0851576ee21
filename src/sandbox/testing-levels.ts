/** All levels, for the tests that hold whatever the level is. Nothing here is used by osqr itself. */

import { containers, whyNoContainers } from "./container/testing.ts";
import { createContainerSandbox } from "./container.ts";
import { createTestSandbox, isBubblewrapWorking, type TestPlace } from "./testing.ts";
import type { Sandbox, SandboxLevel } from "./types.ts";

export interface TestLevel {
  readonly level: SandboxLevel;
  readonly isHere: boolean;
  /** Of the level, with the reason where it is not here. */
  readonly title: string;
  create(place: TestPlace): Sandbox;
}

const { features } = containers.probe;

export const testLevels: readonly TestLevel[] = [
  {
    level: "bubblewrap",
    isHere: isBubblewrapWorking,
    title: `bubblewrap${isBubblewrapWorking ? "" : " (does not work on this machine)"}`,
    create: (place) => createTestSandbox("bubblewrap", place),
  },
  {
    level: "process",
    isHere: true,
    title: "process",
    create: (place) => createTestSandbox("process", place),
  },
  {
    level: "container",
    isHere: features !== null,
    title: `container${whyNoContainers}`,
    create(place) {
      if (features === null) throw new Error("containers do not work here");
      return createContainerSandbox({ homeFolder: place.osqrHome, features });
    },
  },
];

export function createTestLevel(level: SandboxLevel, place: TestPlace): Sandbox {
  const found = testLevels.find((each) => each.level === level);
  if (found === undefined) throw new Error(`no level ${level}`);
  return found.create(place);
}
