import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPlace, findProcesses, TEST_LIMITS, type TestPlace } from "../sandbox/testing.ts";
import { createTestLevel, testLevels } from "../sandbox/testing-levels.ts";
import type { SandboxLevel } from "../sandbox/types.ts";
import { toAnswerName } from "./attempt-process.ts";
import { createCommandExecutor } from "./command.ts";
import { createOrder, run } from "./testing.ts";
import type { Executor } from "./types.ts";

it("refuses a task without a run block", () => {
  const place = createPlace();
  const executor = createExecutor("process", place);
  expect(executor.refuse({ script: null, title: "write it" })).toBe("no run block; an agent is needed");
  expect(executor.refuse({ script: "", title: "nothing" })).toBeNull();
  place.remove();
});

it("names the variable of an answer after its key", () => {
  expect([toAnswerName("MODEL"), toAnswerName("db-url")]).toEqual([
    "OSQR_ANSWER_MODEL",
    "OSQR_ANSWER_DB_URL",
  ]);
});

for (const { level, isHere, title } of testLevels) {
  describe.skipIf(!isHere)(`a run block at level ${title}`, () => {
    let place: TestPlace;
    let executor: Executor;
    beforeEach(() => {
      place = createPlace();
      executor = createExecutor(level, place);
    });
    afterEach(() => place.remove());

    it("works in its tree and knows what it is for", async () => {
      const script = [
        "pwd > where.txt",
        'echo "$OSQR_WORKSTREAM / $OSQR_TASK / $OSQR_ATTEMPT"',
        'echo "model: $OSQR_ANSWER_MODEL, region: $REGION, CI: $CI"',
        'cat "$OSQR_BRIEFING"',
        'touch ~/x "$TMPDIR/y"; [ "$HOME" != "$PWD" ]',
        '[ -n "$OSQR_PORT_1" ] && [ "$OSQR_PORT_1" != "$OSQR_PORT_3" ] && echo has ports',
      ].join("\n");
      const order = createOrder(place, {
        script,
        briefing: "# What to do\n$(touch pwned)",
        answers: { MODEL: "local" },
        env: { REGION: "eu; rm -rf", HOME: "/evil", OSQR_TASK: "evil" },
      });
      const { events, lines } = await run(executor, order);
      expect(events.at(0)).toMatchObject({ kind: "started", logPath: join(order.folder, "output.log") });
      expect(events.at(-1)).toMatchObject({ kind: "ended", result: { exitCode: 0 } });
      expect(lines).toEqual([
        "token / token#T1 / a-1",
        "model: local, region: eu; rm -rf, CI: true",
        "# What to do",
        "$(touch pwned)",
        "has ports",
      ]);
      expect(readFileSync(join(place.tree, "where.txt"), "utf8")).toBe(`${place.tree}\n`);
      expect(existsSync(join(place.tree, "pwned"))).toBe(false);
    });

    it("stops at the first failing command, in a pipe and for unset variables too", async () => {
      for (const script of ["false\necho on", "false | cat\necho on", 'echo "$NOT_SET"\necho on']) {
        const { events, lines } = await run(executor, createOrder(place, { script }));
        expect(events.at(-1)).toMatchObject({ kind: "ended", result: { exitCode: 1 } });
        expect(lines).not.toContain("on");
      }
    });

    it("asks, gets the answers, and goes on: two questions at once", async () => {
      const script = [
        'osqr-ask MODEL "Which model?" local="on this machine" hosted="elsewhere" --recommend local > model &',
        'osqr-ask STORE "Which store?" sql="a database" files="plain files" > store &',
        "wait",
        "osqr-progress half way",
        'echo "$(cat model) and $(cat store)"',
      ].join("\n");
      const { events, lines } = await run(
        executor,
        createOrder(place, { script }),
        async (session, event) => {
          if (event.kind !== "asked") return;
          await session.answer(event.ask, event.question.key === "MODEL" ? "hosted" : "sql");
        },
      );
      const asked = events.flatMap((event) => (event.kind === "asked" ? [event.question.key] : []));
      expect(asked.sort()).toEqual(["MODEL", "STORE"]);
      expect(events).toContainEqual({ kind: "progress", text: "half way" });
      expect(lines).toEqual(["hosted and sql"]);
    });

    it("is parked while it waits for an answer: nothing is left running", async () => {
      const nap = `sleep 1000.${process.pid}${Math.floor(performance.now() * 1000)}`;
      const script = `${nap} & osqr-ask MODEL "Which model?" a=x b=y || echo "exit $?"`;
      const order = createOrder(place, { script });
      const { events } = await run(executor, order, async (session, event) => {
        if (event.kind === "asked") await session.cancel("pause");
      });
      expect(events.at(-1)).toMatchObject({ kind: "ended", result: { isCanceled: true } });
      expect(findProcesses(nap)).toEqual([]);
      expect(existsSync(join(order.folder, "door"))).toBe(false);
    });

    it("is ended after its time", async () => {
      const { events } = await run(executor, createOrder(place, { script: "sleep 1000", timeoutMs: 3_000 }));
      expect(events.at(-1)).toMatchObject({ kind: "ended", result: { timedOut: true } });
    });

    it("is ended when its session is closed", async () => {
      const { events } = await run(
        executor,
        createOrder(place, { script: "sleep 1000" }),
        async (session, event) => {
          if (event.kind === "started") await session.close();
        },
      );
      expect(events.map((event) => event.kind)).toEqual(["started", "output", "ended"]);
    });

    it("cannot reach osqr's git directory when it replaces .git", async () => {
      const script = [
        "git log --format=%s && git status --short",
        "rm -rf .git",
        "touch z && git init -q . && git add . && git -c user.name=x -c user.email=x@example.com commit -qm own",
        "git log --format=%s",
      ].join("\n");
      const order = createOrder(place, { script });
      const before = readTree(order.workspace.gitDir);
      const { lines } = await run(executor, order);
      expect(lines).toEqual(["first", "own"]);
      expect(readTree(order.workspace.gitDir)).toEqual(before);
    });

    const can = level === "process" ? "can" : "cannot";
    it(`${can} write outside of its tree, and its output is kept`, async () => {
      const outside = join(place.osqrHome, "outside.txt");
      const order = createOrder(place, { script: `( echo lost > "${outside}" ) || true\necho kept` });
      await run(executor, order);
      expect(existsSync(outside)).toBe(level === "process");
      expect(readFileSync(join(order.folder, "output.log"), "utf8")).toContain("kept\n");
    });
  });
}

function createExecutor(level: SandboxLevel, place: TestPlace): Executor {
  const { timeoutMs: _, ...limits } = TEST_LIMITS;
  return createCommandExecutor({
    sandbox: createTestLevel(level, place),
    toolchains: { mounts: [], path: "/usr/local/bin:/usr/bin:/bin", env: {} },
    node: process.execPath,
    limits,
  });
}

function readTree(folder: string): string {
  return execFileSync("find", [folder, "-type", "f", "-printf", "%P %s %T@\n"], { encoding: "utf8" });
}
