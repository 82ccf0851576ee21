import { expect, test } from "vitest";
import { OsqrError } from "../../../core/errors.ts";
import { toProjectId } from "../../../core/model/ids.ts";
import { NO_FILTER } from "../../../core/report/flow/build-flow.ts";
import { at, DAY, flowState, landedItem } from "../../../core/report/flow/fixture.ts";
import { sayAnswer } from "../../../core/report/flow/say.ts";
import type { FlowQuery } from "../../flow-service.ts";
import { exportMetrics, readMetrics } from "./metrics.ts";

const times = { registered: 0, claimed: 10, done: 50, landed: 60 };
const state = flowState(
  landedItem("rate-limit", times),
  landedItem("search", times),
  landedItem("pages", times, { project: toProjectId("p-2") }),
);
const SHOP = { id: toProjectId("p-1"), root: "/home/me/shop" };
const now = at(DAY);

const read = (place: typeof SHOP | null, query: Partial<FlowQuery>) =>
  readMetrics(state, place, { query: { ...NO_FILTER, names: [], detail: false, ...query }, now });
const namesOf = (...args: Parameters<typeof read>) => read(...args).items.map(({ name }) => name);

test("of a project, of one of the home, of all", () => {
  expect(namesOf(SHOP, {})).toEqual(["rate-limit", "search"]);
  expect(namesOf(null, { project: "site" })).toEqual(["pages"]);
  expect(namesOf(null, {})).toEqual(["rate-limit", "search", "pages"]);
  expect(read(SHOP, {}).filter.project).toBe("/home/me/shop");
  expect(() => read(null, { project: "shpo" })).toThrow(
    'no project "shpo"; there are: /home/me/shop, /home/me/site',
  );
});

test("names choose workstreams: in a project in any form, over all by name", () => {
  expect(namesOf(SHOP, { names: ["#2"] })).toEqual(["search"]);
  expect(namesOf(SHOP, { names: ["docs/rate-limit.md"] })).toEqual(["rate-limit"]);
  expect(namesOf(null, { names: ["pages", "search"] })).toEqual(["search", "pages"]);
  expect(() => read(SHOP, { names: ["pages"] })).toThrow('no workstream "pages"');
  expect(() => read(null, { names: ["serch"] })).toThrow('no workstream "serch"');
});

test("a project that nothing was built in yet has no figures", () => {
  const { items, total } = read({ id: toProjectId("p-9"), root: "/new" }, {});
  expect([items, total.completed]).toEqual([[], 0]);
});

test("an export holds the details", () => {
  const query = { ...NO_FILTER, names: ["search"], format: "json", rows: "workstreams" } as const;
  const report = JSON.parse(exportMetrics(state, SHOP, { query, now }));
  expect(report.items).toHaveLength(1);
  expect(report.items[0].detail.tasks[0].attempts[0].id).toBe("a-2");
});

test("a workflow or an owner that nobody knows is a mistake; a known one without work is none", () => {
  const refused = (query: Partial<FlowQuery>): unknown => {
    try {
      return namesOf(SHOP, query);
    } catch (error) {
      return error instanceof OsqrError ? [error.code, error.hints[0]] : error;
    }
  };
  expect(refused({ workflow: "taks" })).toEqual(["unknown-workflow", "did you mean tasks?"]);
  expect(refused({ workflow: "tasks@7" })).toMatchObject(["unknown-workflow", expect.any(String)]);
  expect(refused({ owner: "zed" })).toEqual(["unknown-owner", "there is none yet"]);
  expect(refused({ workflow: "tasks" })).toEqual(["rate-limit", "search"]);
  expect(refused({ workflow: "systematic" })).toEqual([]);
  const owned = flowState(landedItem("rate-limit", times, { owner: "kim" }));
  const query = { ...NO_FILTER, names: [], detail: false };
  const early = { ...query, owner: "kim", until: "2026-01-04", since: "2026-01-03" };
  expect(sayAnswer(readMetrics(owned, SHOP, { query: early, now }))).toBe(
    "No workstream of kim was open in that time.",
  );
  const other = { query: { ...query, workflow: "hotfix" }, now, workflows: ["hotfix@1"] };
  expect(readMetrics(owned, SHOP, other).items).toEqual([]);
});
