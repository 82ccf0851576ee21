/** A plan for other programs: with names where the plan has ids of its own, as JSON and for Graphviz. */
import type { PlannedWorkstream } from "../../core/plan/types.ts";
import type { PlanView } from "../../server/schemas/plan.ts";
import { formatEstimate } from "../text/duration.ts";
import { cleanLine } from "../text/plain.ts";

/** The plan with names in place of ids: `token-format`, `token-format#T1`. */
export function toNamedPlan(plan: PlanView) {
  const names = new Map<string, string>(plan.workstreams.map(({ id, name }) => [id, name]));
  // One that is known and not in this plan: its id without the project.
  const nameOf = (id: string) => names.get(id) ?? id.replace(/^p-[0-9a-f]{8}\//, "");
  const { criticalPath } = plan;
  return {
    ...plan,
    workstreams: plan.workstreams.map((workstream) => ({
      ...workstream,
      id: workstream.name,
      tasks: workstream.tasks.map((task) => ({ ...task, id: `${workstream.name}#${task.key}` })),
    })),
    edges: plan.edges.map(({ from, to, ...rest }) => ({ from: nameOf(from), to: nameOf(to), ...rest })),
    order: plan.order.map(nameOf),
    criticalPath: { ...criticalPath, workstreams: criticalPath.workstreams.map(nameOf) },
  };
}

function quoteDot(text: string): string {
  return `"${cleanLine(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** Of what is no plain wait. */
const STYLES: Readonly<Record<string, string>> = {
  overlap: ", style=dashed, dir=none",
  news: ", style=dashed, constraint=false",
};

type Question = PlannedWorkstream["questions"][number];

/** The graph in the language of Graphviz: what is built as boxes, what a person answers as diamonds. */
export function renderDot(plan: PlanView): string[] {
  const { workstreams, edges, criticalPath } = toNamedPlan(plan);
  const critical = new Set(criticalPath.workstreams);
  const boxes = workstreams.map(({ number, name, estimate }) => {
    const label = `#${number} ${name} (${formatEstimate(estimate)})`;
    return `  ${quoteDot(name)} [label=${quoteDot(label)}${critical.has(name) ? ", penwidth=2" : ""}];`;
  });
  const arrows = edges.map(({ from, to, type, detail }) => {
    const style = STYLES[type] ?? "";
    const label = detail === "" ? type : `${type}: ${detail}`;
    return `  ${quoteDot(from)} -> ${quoteDot(to)} [label=${quoteDot(label)}${style}];`;
  });
  const asked = new Map<string, { readonly question: Question; readonly by: string[] }>();
  for (const { name, questions } of workstreams) {
    for (const question of questions) {
      const known = asked.get(question.contentKey) ?? { question, by: [] };
      asked.set(question.contentKey, { ...known, by: [...known.by, name] });
    }
  }
  const diamonds = [...asked.values()].flatMap(({ question, by }, index) => {
    const id = `question ${index + 1}`;
    const style = question.blocksProgress ? "" : " [style=dotted]";
    return [
      `  ${quoteDot(id)} [shape=diamond, label=${quoteDot(question.question)}];`,
      ...by.map((name) => `  ${quoteDot(name)} -> ${quoteDot(id)}${style};`),
    ];
  });
  return ["digraph plan {", "  rankdir=LR;", "  node [shape=box];", ...boxes, ...arrows, ...diamonds, "}"];
}
