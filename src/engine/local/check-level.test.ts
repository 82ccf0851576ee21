import { expect, test } from "vitest";
import type { SandboxLevel } from "../../sandbox/types.ts";
import { checkLevel } from "./check-level.ts";

/** The hints where the config asks for a container. */
function hintsOf(
  found: Parameters<typeof checkLevel>[1]["found"],
  own: SandboxLevel | null,
): readonly string[] {
  try {
    checkLevel("container", { found, own });
  } catch (error) {
    return (error as { hints: readonly string[] }).hints;
  }
  return [];
}

const change = "or change sandbox.level in the config, then: osqr stop";
const bubblewrap = { level: "bubblewrap", reason: null, hints: [] } as const;

test("a level that the operator's config asks for since osqr was started is taken up by a new start", () => {
  expect(hintsOf(bubblewrap, "container")).toEqual([
    "your config has changed since osqr was started, which is when it looks for its level: osqr stop",
    change,
  ]);
});

test("one that only the project asks for has to stand in the operator's config too", () => {
  expect(hintsOf(bubblewrap, null)).toEqual(["your own config has to ask for container too", change]);
});

test("where it was looked for, what it lacks is said; what was found is fine", () => {
  const found = { level: "process", reason: "no podman", hints: ["install podman"] } as const;
  expect(hintsOf(found, "container")).toEqual(["install podman", change]);
  expect(hintsOf({ level: "container", reason: null, hints: [] }, "container")).toEqual([]);
});
