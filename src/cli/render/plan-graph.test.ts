import { expect, test } from "vitest";
import { plan } from "../../../test/fixtures/views.ts";
import type { WorkstreamId } from "../../core/model/ids.ts";
import { toPlanView } from "../../server/schemas/plan.ts";
import { renderDot, toNamedPlan } from "./plan-graph.ts";

const withProject = (id: string) => `p-42ea8134/${id}` as WorkstreamId;

function planned() {
  const view = toPlanView(plan());
  const question = {
    contentKey: "q",
    type: "architectural" as const,
    priority: "critical" as const,
    subject: { kind: "question" as const, key: "MODEL" },
    question: 'Which "model"?',
    context: "",
    location: null,
    options: [],
    blocksProgress: true,
    deadline: null,
    defaultOption: null,
    autoResolveMinutes: null,
  };
  const { workstreams, edges, order, criticalPath } = view;
  return {
    ...view,
    workstreams: workstreams.map((each, index) => ({
      ...each,
      id: withProject(each.id),
      questions: index < 2 ? [question] : [],
    })),
    edges: edges.map((edge) => ({ ...edge, from: withProject(edge.from), to: withProject(edge.to) })),
    order: order.map(withProject),
    criticalPath: { ...criticalPath, workstreams: criticalPath.workstreams.map(withProject) },
  };
}

test("JSON has names, not ids of the home", () => {
  const named = toNamedPlan(planned());
  expect(named.workstreams.map(({ id }) => id)).toEqual(named.workstreams.map(({ name }) => name));
  const { workstreams: _, ...rest } = named;
  expect(JSON.stringify(rest)).not.toContain("p-42ea8134");
});

test("the graph shows what a person answers, once for all who ask it", () => {
  expect(`\n${renderDot(planned()).join("\n")}\n`).toMatchInlineSnapshot(`
    "
    digraph plan {
      rankdir=LR;
      node [shape=box];
      "token-format" [label="#1 token-format (~20 s)", penwidth=2];
      "embeddings" [label="#2 embeddings (4–12 min)"];
      "session-store" [label="#3 session-store (~30 s)", penwidth=2];
      "rate-limit" [label="#4 rate-limit (~30 s)", penwidth=2];
      "token-format" -> "session-store" [label="completion: token-format"];
      "session-store" -> "rate-limit" [label="overlap: src/session.ts", style=dashed, dir=none];
      "question 1" [shape=diamond, label="Which \\"model\\"?"];
      "token-format" -> "question 1";
      "embeddings" -> "question 1";
    }
    "
  `);
});
