/** A daemon that is killed in the middle: opens the home of its environment, says go, and stays until it is. Its argument: the repository. */
import { openLocalService } from "../../src/engine/local/open.ts";

const [root] = process.argv.slice(2);
if (root === undefined) throw new Error("expected the path of a repository, found no argument");
const { service } = await openLocalService();
await service.go(root, {
  only: null,
  skip: [],
  approve: [],
  approveAll: true,
  maxParallel: null,
  by: "test",
});
// It would go by itself once nothing is open.
setInterval(() => undefined, 60_000);
