import { expect, test } from "vitest";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { viewReviewFields } from "./reviews.ts";
import { viewTask } from "./workstreams.ts";

const person = { kind: "review", executor: "person", script: null, returnsTo: ["build"] } as const;

test("a review shows what was made before it, and nothing of what has not begun", () => {
  const core = new CoreDriver();
  const tasks = ["build", { key: "check", order: 2, ...person }, { key: "ship", order: 3 }];
  core.begin([{ id: "a", tasks }]);
  core.finish(...core.schedule());
  core.schedule();
  const { made } = viewReviewFields(core.state, core.decision("D-1"));
  expect(made.map(({ task }) => task)).toEqual(["a#build"]);
  expect(viewTask(core.state, core.task("a#ship"))).toMatchObject({ attempts: 0, added: 0, files: [] });
});
