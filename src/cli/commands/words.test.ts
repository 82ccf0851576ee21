/** Words that only the daemon's names make sense of. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestDaemon, type TestDaemon } from "../../../test/fixtures/cli-daemon.ts";
import { decisionView, statusReport } from "../../../test/fixtures/views.ts";
import { OsqrError } from "../../core/errors.ts";

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await openTestDaemon();
});
afterEach(() => daemon.close());

test("names are taken out of what is said, unless other words are left", async () => {
  await daemon.run("pause the embeddings thing");
  expect(daemon.service.calls.at(-1)).toEqual(["steer", "pause", ["embeddings"], ""]);
  const { code, err } = await daemon.run("cancel everything but embeddings");
  expect([code, err.includes("no workstream")]).toEqual([1, true]);
  expect(daemon.service.calls).toHaveLength(1);
});

test("retry answers the one decision that it can answer", async () => {
  const failure = { id: "retry", label: "retry", description: "", implications: [], recommended: false };
  daemon.service.decisions.set("D-2", decisionView({ id: "D-2", type: "error", options: [failure] }));
  expect((await daemon.run("retry embeddings")).out).toBe("D-2  retry by user\n");
  const { code, err } = await daemon.run("retry embeddings");
  expect([code, err]).toEqual([
    1,
    '(osqr decide embeddings retry)\nerror: embeddings asks nothing that "retry" answers\n' +
      "  hint: what it asks: osqr show embeddings\n",
  ]);
});

test("what is added says whether it starts by itself", async () => {
  daemon.service.currentStatus = statusReport({ run: { id: "r-3", status: "active" } });
  expect((await daemon.run("add docs/search.md")).err).toBe("It starts now: run r-3 is under way.\n");
  daemon.service.currentStatus = statusReport({ run: null });
  expect((await daemon.run("add docs/search.md")).err).toBe("Build it: osqr go\n");
});

test("a text without a command is told how to give one", async () => {
  daemon.service.add = async () => {
    throw new OsqrError("nothing-to-run", "no executor can do this", { hints: [] });
  };
  expect((await daemon.run("add a readme")).err).toContain('say what does it: osqr add "a readme" --run "…"');
});
