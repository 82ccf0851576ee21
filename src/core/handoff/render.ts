import type { Handoff } from "./shape.ts";

const toLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** A line per field that says something. */
function listFacts(handoff: Handoff): [name: string, value: string | null][] {
  const { workItem, workflow, step, task, attempt, actor, next, signOff, spec } = handoff;
  const as = (role: string | null): string => (role === null ? "" : ` (${role})`);
  const whose = next.owner ?? next.role;
  return [
    ["event", handoff.event],
    ["outcome", handoff.outcome],
    ["next", whose === null ? next.action : `${next.action} · ${whose}`],
    ["work item", `${workItem.name}: ${workItem.title}`],
    ["workflow", `${workflow.name} ${workflow.version}`],
    ["step", `${step.order} ${step.key}: ${step.title}`],
    ["task", task === null ? null : `${task.order} ${task.key}: ${task.title}`],
    ["phase", task?.phase ?? null],
    ["attempt", attempt],
    ["reuses", handoff.reuses],
    ["at", handoff.timestamp],
    ["actor", `${actor.name}${as(actor.role)}`],
    [
      "signed",
      signOff === null ? null : `${signOff.outcome} by ${signOff.by}${as(signOff.role)}: ${signOff.reason}`,
    ],
    ["baseline", handoff.baseline],
    ["commit", handoff.commit],
    ["spec", spec.path],
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.map((line) => `- ${toLine(line)}`).join("\n")];
}

/** A handoff as Markdown: for people, and for the briefing of whoever goes on. */
export function renderHandoff(handoff: Handoff): string {
  const facts = listFacts(handoff).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return `${[
    "# Handoff",
    facts.map((fact) => `- ${toLine(fact)}`).join("\n"),
    ...section(
      "Open criteria",
      handoff.openCriteria.map(({ task, key, text }) => `${task} ${key}: ${text}`),
    ),
    ...section(
      "Decisions",
      handoff.decisions.map(({ key, option, by }) => `${key}: ${option}${by === "" ? "" : ` (${by})`}`),
    ),
    ...section(
      "Prior handoffs",
      handoff.links.map(({ relation, task, path }) => `${relation} ${task}: ${path}`),
    ),
    ...section("Files", handoff.files),
  ].join("\n\n")}\n`;
}
