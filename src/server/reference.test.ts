import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import { ATTEMPT, FakeService } from "../../test/fixtures/fake-service.ts";
import { flowReport } from "../../test/fixtures/flow-report.ts";
import { plan, ROOT, runReport, statusReport } from "../../test/fixtures/views.ts";
import type { FlowReport } from "../core/report/flow/types.ts";
import type { DecisionView, RunReport, StatusReport, WorkstreamView } from "../core/report/types.ts";
import type {
  AttemptView,
  BriefingView,
  Explanation,
  Shown,
  Trace,
  VerifyReport,
} from "../engine/service.ts";
import { renderApiReference } from "./reference.ts";
import type { DeepReadonly } from "./schemas/common.ts";
import { flowReportSchema } from "./schemas/metrics.ts";
import { planSchema, toPlanView } from "./schemas/plan.ts";
import {
  attemptSchema,
  briefingSchema,
  type explanationSchema,
  shownSchema,
  traceSchema,
  type verifySchema,
} from "./schemas/service.ts";
import { type decisionSchema, reportSchema, statusSchema, type workstreamSchema } from "./schemas/views.ts";

test("docs/openapi.json is what the code says; else run: node scripts/write-reference.ts", () => {
  const file = join(import.meta.dirname, "..", "..", "docs", "openapi.json");
  expect(renderApiReference() === readFileSync(file, "utf8")).toBe(true);
});

type Described<Schema extends z.ZodType> = DeepReadonly<z.infer<Schema>>;

describe("the description is the contract", () => {
  test("types are equal both ways", () => {
    expectTypeOf<Described<typeof workstreamSchema>>().toEqualTypeOf<WorkstreamView>();
    expectTypeOf<Described<typeof decisionSchema>>().toEqualTypeOf<DecisionView>();
    expectTypeOf<Described<typeof reportSchema>>().toEqualTypeOf<RunReport>();
    expectTypeOf<Described<typeof statusSchema>>().toEqualTypeOf<StatusReport>();
    expectTypeOf<Described<typeof shownSchema>>().toEqualTypeOf<Shown>();
    expectTypeOf<Described<typeof attemptSchema>>().toEqualTypeOf<AttemptView>();
    expectTypeOf<Described<typeof briefingSchema>>().toEqualTypeOf<BriefingView>();
    expectTypeOf<Described<typeof traceSchema>>().toEqualTypeOf<Trace>();
    expectTypeOf<Described<typeof explanationSchema>>().toEqualTypeOf<Explanation>();
    expectTypeOf<Described<typeof verifySchema>>().toEqualTypeOf<VerifyReport>();
    expectTypeOf<Described<typeof flowReportSchema>>().toEqualTypeOf<FlowReport>();
  });

  test("no field of an answer is left out of it", async () => {
    const view = toPlanView(plan());
    expect(planSchema.parse(view)).toEqual(view);
    expect(Object.keys(view)).not.toContain("registrations");
    expect(reportSchema.parse(runReport())).toEqual(runReport());
    expect(statusSchema.parse(statusReport())).toEqual(statusReport());
    expect(attemptSchema.parse(ATTEMPT)).toEqual(ATTEMPT);
    const flow = flowReport({ detail: true });
    expect(flowReportSchema.parse(flow)).toEqual(flow);
    const service = new FakeService();
    for (const what of ["a-31", "D-1", "embeddings"]) {
      const shown = await service.show(ROOT, what);
      expect(shownSchema.parse(shown)).toEqual(shown);
    }
    const briefing = await service.briefing(ROOT, "embeddings#T3");
    expect(briefingSchema.parse(briefing)).toEqual(briefing);
    const trace = await service.trace(ROOT, "token-format");
    expect(traceSchema.parse(trace)).toEqual(trace);
  });
});
