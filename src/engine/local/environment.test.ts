import { expect, test } from "vitest";
import { mergeConfig } from "../../core/config.ts";
import { describeEnvironment } from "./environment.ts";

const tools = {
  probe: { level: "process", reason: "no bubblewrap" },
  platform: "linux-x64",
  toolchains: { path: "/usr/bin", mounts: [], env: {} },
} as never;
const { config } = mergeConfig({}, {}, { maxParallel: 4 });
const withSandbox = (changes: Partial<typeof config.sandbox>) => ({
  ...config,
  sandbox: { ...config.sandbox, ...changes },
});
const GIT = "git version 2.47.1";

test("the environment of a result names what it depends on, and no value of a variable", () => {
  const one = describeEnvironment(tools, withSandbox({ env: ["TOKEN", "API"], mounts: ["~/b", "~/a"] }), GIT);
  expect(one).toMatchObject({
    git: GIT,
    node: process.version,
    path: "/usr/bin",
    sandbox: "process",
    env: ["API", "TOKEN"],
    mounts: ["~/a", "~/b"],
  });
  const sorted = withSandbox({ env: ["API", "TOKEN"], mounts: ["~/a", "~/b"] });
  expect(describeEnvironment(tools, sorted, GIT)).toEqual(one);
});

test.each([
  ["another git", config, "git version 2.48.0"],
  ["an open network", withSandbox({ network: "open" }), GIT],
  ["another variable", withSandbox({ env: ["TOKEN"] }), GIT],
  ["another folder", withSandbox({ mounts: ["~/a"] }), GIT],
  ["another set-up", { ...config, setup: "make deps" }, GIT],
  ["no set-up", { ...config, setup: false as const }, GIT],
])("%s is another environment", (_, changed, git) => {
  expect(describeEnvironment(tools, changed, git)).not.toEqual(describeEnvironment(tools, config, GIT));
});
