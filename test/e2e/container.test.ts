import { execFileSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  containers,
  TEST_ENGINE,
  TEST_SETTING,
  whyNoContainers,
} from "../../src/sandbox/container/testing.ts";
import { toHomeId } from "../../src/sandbox/environment.ts";
import { findProcesses } from "../../src/sandbox/testing.ts";
import { edit, findAgents, makeAgentsRepo, openWithAgent, QUESTION } from "../support/agents-repo.ts";
import { openService, spec } from "../support/e2e-repo.ts";
import { makeRepo } from "../support/git-repo.ts";

const { features } = containers.probe;
const SANDBOX = ["level: container", `container: { engine: ${TEST_ENGINE}, image: "${TEST_SETTING.image}" }`];
/** The engine's own, as the tests' user has a home of its own. */
const variables: Record<string, string> = {
  XDG_DATA_HOME: join(homedir(), ".local/share"),
  ...Object.fromEntries(
    ["XDG_RUNTIME_DIR", "XDG_DATA_HOME", "CONTAINERS_CONF", "DOCKER_HOST"].flatMap((name) => {
      const value = containers.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  ),
};

describe.skipIf(features === null)(`with containers${whyNoContainers}`, () => {
  const listContainers = (home: string): string =>
    execFileSync(TEST_ENGINE, ["ps", "--all", "--quiet", "--filter", `label=osqr.home=${toHomeId(home)}`], {
      encoding: "utf8",
      env: features?.engine.env,
    });

  test("run blocks and gates run in the image, and plan and report say so", async () => {
    const inside = 'test "$OF_IMAGE" = yes && test ! -e /etc/apt && whoami && cat /proc/1/comm > where.txt';
    const repo = makeRepo({
      "README.md": "start\n",
      "docs/greet.md": spec({
        "T1 look around": inside,
        "T2 ask": 'test "$(osqr-ask MODEL Which? a=x b=y)" = a',
      }),
    });
    const config = [
      "sandbox:",
      ...SANDBOX.map((line) => `  ${line}`),
      "gates:",
      "  tests: test -f where.txt",
    ];
    const osqr = await openService(repo, { config: `${config.join("\n")}\n`, variables });
    const { plan } = await osqr.start();
    expect(plan.sandbox).toMatchObject({ level: "container", network: "off" });
    await osqr.until("decision_opened");
    const report = await osqr.decide("D-1", "a");
    expect(report.summary).toContain("Built 1 of 1");
    expect(report.notes).toContain(
      `sandbox: container (${TEST_ENGINE} ${features?.version}${features?.isRootless ? " without root" : ""}, image ${TEST_SETTING.image}), network off`,
    );
    expect(repo.git("show", "main:where.txt")).toBe("sh");
    expect(osqr.ofKind("attempt_started")[0]?.sandbox).toContain(`container (${TEST_ENGINE}`);
    await osqr.quiet();
    expect(listContainers(osqr.env.OSQR_HOME ?? "")).toBe("");
  });

  test("an agent works in the image: it edits, asks, is answered and is merged", async () => {
    const repo = makeAgentsRepo({ greet: ["T1"] });
    const osqr = await openWithAgent(
      repo,
      {
        "greet#T1": {
          turns: [
            [edit("greet.txt", "hello\n"), { do: "mcp", tool: "ask_operator", args: QUESTION }],
            [{ do: "shell", command: "echo $OF_IMAGE > image.txt" }],
          ],
        },
      },
      { sandbox: SANDBOX, variables, askWaitMs: 100 },
    );
    await osqr.start();
    await osqr.until("turn_ended");
    const report = await osqr.decide("D-1", "local");
    expect(report.summary).toContain("Built 1 of 1");
    expect(repo.git("show", "main:greet.txt")).toBe("hello");
    expect(repo.git("show", "main:image.txt")).toBe("yes");
    await osqr.quiet();
    expect(findAgents(repo)).toEqual([]);
    expect(listContainers(osqr.env.OSQR_HOME ?? "")).toBe("");
  });

  test("a pause ends an agent that does not listen, with all that it has started", async () => {
    const nap = `sleep 1000.${process.pid}${Math.floor(performance.now() * 1000)}`;
    const repo = makeAgentsRepo({ greet: ["T1"] });
    const osqr = await openWithAgent(
      repo,
      {
        "greet#T1": {
          turns: [
            [
              edit("greet.txt", "hello\n"),
              { do: "shell", command: `(setsid ${nap} > /dev/null 2>&1 &)` },
              { do: "mcp", tool: "report_progress", args: { text: "busy" } },
              { do: "stall" },
            ],
          ],
        },
      },
      { sandbox: SANDBOX, variables },
    );
    await osqr.start();
    await osqr.until("attempt_progressed");
    expect(findProcesses(nap, { isExact: true })).toHaveLength(1);
    const before = performance.now();
    await osqr.service.steer(repo.root, "pause", ["greet"], "enough");
    await osqr.quiet();
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(findProcesses(nap)).toEqual([]);
    expect(listContainers(osqr.env.OSQR_HOME ?? "")).toBe("");
  });
});

test("nothing starts where the config asks for a container that cannot be", async () => {
  const repo = makeRepo({ "docs/a.md": spec({ "T1 write": "true" }) });
  const config = "sandbox:\n  level: container\n  container: { engine: docker, image: nobody/nothing }\n";
  const osqr = await openService(repo, { config, variables: { DOCKER_HOST: `unix://${repo.folder}/none` } });
  await expect(osqr.start()).rejects.toMatchObject({
    code: "sandbox-level",
    message: expect.stringContaining("the config asks for sandbox level container, found process: "),
  });
});
