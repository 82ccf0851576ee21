import { expect, it } from "vitest";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { toTaskId } from "../model/ids.ts";
import { dumpState, loadState } from "../snapshot.ts";
import { listAllowedPaths } from "./allowed-paths.ts";
import { PLACES, POLICY, write } from "./fixture.ts";

const T = toTaskId("a", "T");

it("is what a person has allowed the task, also after a restart, and nothing that was refused or is still asked", () => {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: [{ key: "T", script: null, executor: "claude" }, "U"] }]);
  core.schedule();
  core.start("a#T");
  const paths = [".husky/one", ".husky/two", ".husky/three"];
  for (const path of paths)
    core.send({
      kind: "permission_requested",
      ...core.claim("a#T"),
      request: path,
      action: write(path),
      policy: POLICY,
      places: PLACES,
      tests: "none",
    });
  const [one = "", two = ""] = core.open();
  expect(listAllowedPaths(core.state, T)).toEqual(new Set());
  core.resolve(one, "allow");
  core.resolve(two, "refuse");
  expect(listAllowedPaths(core.state, T)).toEqual(new Set([".husky/one"]));
  expect(listAllowedPaths(loadState(dumpState(core.state)), T)).toEqual(new Set([".husky/one"]));
  expect(listAllowedPaths(core.state, toTaskId("a", "U"))).toEqual(new Set());
});
