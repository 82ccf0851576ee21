import { expect, test } from "vitest";
import { toProjectId } from "../../../core/model/ids.ts";
import { NO_FILTER } from "../../../core/report/flow/build-flow.ts";
import { at, DAY, flowState, landedItem } from "../../../core/report/flow/fixture.ts";
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
