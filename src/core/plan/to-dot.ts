import type { WorkstreamId } from "../model/ids.ts";
import type { Plan, PlannedEdge } from "./types.ts";

const STYLES: Readonly<Record<PlannedEdge["type"], string>> = {
  completion: "style=solid",
  output: "style=solid, arrowhead=vee",
  knowledge: "style=dashed",
  news: "style=dashed, arrowhead=open, constraint=false",
  overlap: "style=dotted, dir=none",
};

/** The graph of a plan in the language of Graphviz. An arrow goes from what comes first to what waits for it. */
export function toDot(plan: Pick<Plan, "workstreams" | "edges" | "criticalPath">): string {
  const names = new Map(plan.workstreams.map(({ id, name }) => [id, name]));
  const nodeOf = (id: WorkstreamId): string => quote(names.get(id) ?? id);
  const onPath = new Set<WorkstreamId>(plan.criticalPath.workstreams);
  const lines = ["digraph plan {", "  rankdir=LR;", "  node [shape=box, fontname=sans-serif];"];
  for (const { id, number, name, title, executor } of plan.workstreams) {
    const label = `#${number} ${name}\n${title}\n${executor}`;
    const bold = onPath.has(id) ? ", penwidth=2" : "";
    lines.push(`  ${nodeOf(id)} [label=${quote(label)}${bold}];`);
  }
  for (const { from, to, type, detail } of plan.edges) {
    const label = detail === "" ? type : `${type}: ${detail}`;
    lines.push(`  ${nodeOf(to)} -> ${nodeOf(from)} [label=${quote(label)}, ${STYLES[type]}];`);
  }
  return `${[...lines, "}"].join("\n")}\n`;
}

/** A quoted string of the DOT language: only `"` and `\` need escaping, and a line break is written `\n`. */
function quote(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `"${escaped.replace(/\r?\n|\r/g, "\\n").replace(/\p{Cc}/gu, " ")}"`;
}
