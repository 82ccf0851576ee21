import { expect, test } from "vitest";
import { buildPlan } from "./build-plan.ts";
import { spec, toInput } from "./fixture.ts";
import { toDot } from "./to-dot.ts";

test("the graph is text for Graphviz; arrows go from what comes first, names are escaped", () => {
  const specs = [
    spec("a", "T1", [], { title: 'Say "hi"\\\nthen go', touches: ["x"] }),
    spec("b", "T1, T2 <a#T1", ["know:a"]),
    spec("c", "T1", [], { touches: ["x"] }),
  ];
  expect(toDot(buildPlan(toInput(specs)))).toMatchInlineSnapshot(`
    "digraph plan {
      rankdir=LR;
      node [shape=box, fontname=sans-serif];
      "a" [label="#1 a\\nSay \\"hi\\"\\\\\\nthen go\\ncommand", penwidth=2];
      "b" [label="#2 b\\nThe b\\ncommand", penwidth=2];
      "c" [label="#3 c\\nThe c\\ncommand"];
      "a" -> "b" [label="knowledge", style=dashed];
      "a" -> "b" [label="completion: T2: T1", style=solid];
      "a" -> "c" [label="overlap: x", style=dotted, dir=none];
    }
    "
  `);
});
