import { expect, test } from "vitest";
import { taskView, workstreamView } from "../../../test/fixtures/views.ts";
import { PLAIN_STYLE } from "../text/style.ts";
import { renderShown } from "./details.ts";

const page = { style: PLAIN_STYLE, width: 100 };
const criterion = { key: "tests", text: "the tests pass", how: "command", met: false, detail: null };

test("a skipped task says who left it out, why, and what does not hold", () => {
  const skip = { by: "dana", reason: "no time" };
  const exit = [criterion as never];
  const task = taskView({ status: "skipped", files: [], workMs: 0, skip, exit });
  const options = { now: 0 } as never;
  const workstream = workstreamView({ name: "token-format", items: [task] });
  const lines = renderShown({ kind: "workstream", workstream, decisions: [] }, options, page);
  expect(lines.join(" ").replace(/\s+/g, " ")).toContain("skipped by dana: no time; not met: the tests pass");
  const one = { kind: "task", task, workstream: "token-format", attempts: [], handoff: null } as const;
  expect(renderShown(one, options, page).join("\n")).toContain(
    "skipped by dana: no time; not met: the tests pass",
  );
  const old = taskView({ status: "skipped", files: [], workMs: 0, skip: null });
  expect(renderShown({ ...one, task: old }, options, page)[1]?.trim()).toMatch(/skipped$/);
});
