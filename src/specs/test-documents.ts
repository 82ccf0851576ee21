/** Short ways to read and show documents in the tests of this folder. */

import type { Dependency, Discovery, OpenQuestion, Spec, SpecProblem, SpecTask } from "../core/model/spec.ts";
import { discoverSpecs } from "./discover.ts";

/** Discovers the given texts (or bytes) by their paths. */
export function discoverTexts(texts: Readonly<Record<string, string | Uint8Array>>): Discovery {
  const documents = Object.entries(texts).map(([path, text]) => {
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    return { path, bytes, size: bytes.length };
  });
  return discoverSpecs({ commit: "c0ffee", documents });
}

/** The one spec that a text is. */
export function readSpec(text: string, path = "docs/plan.md"): Spec {
  const [spec] = discoverTexts({ [path]: text }).specs;
  if (!spec) throw new Error(`${path} is no spec`);
  return spec;
}

/** The text with a status before it, so that it is a spec. */
export function readReady(body: string): Spec {
  return readSpec(`---\nstatus: ready\n---\n${body}`);
}

/** One line for a task: key, ticks and marks, phase, parent, title, boxes, run block. */
export function showTask(task: SpecTask): string {
  const marks = [task.checked && "x", task.parallel && "P", !task.critical && "optional"]
    .filter(Boolean)
    .join(" ");
  const place = [task.phase, task.parent && `in ${task.parent}`].filter(Boolean).join(" ");
  const run = task.run ? ` run ${JSON.stringify(task.run.script)}` : "";
  const parts = [
    task.key,
    marks && `[${marks}]`,
    place && `(${place})`,
    task.title,
    `@${task.boxLines.join(",")}`,
  ];
  return parts.filter(Boolean).join(" ") + run;
}

export function showTasks(spec: Spec): string[] {
  return spec.tasks.map(showTask);
}

export function showDependency(dependency: Dependency): string {
  const sure = dependency.provenance === "explicit" ? "" : ` (${dependency.provenance})`;
  if (dependency.type === "approval") return `approval ${dependency.subject}: ${dependency.question}`;
  if (dependency.type === "resource") return `resource ${dependency.resource}*${dependency.amount}`;
  const { target } = dependency;
  const part =
    target.kind === "phase" ? `#phase:${target.phase}` : target.kind === "task" ? `#${target.task}` : "";
  const artifact = dependency.type === "output" ? ` -> ${dependency.artifact}` : "";
  const type = dependency.type === "knowledge" && dependency.news === true ? "news" : dependency.type;
  return `${type} ${target.spec}${part}${artifact}${sure}`;
}

export function showProblem(problem: SpecProblem): string {
  return `${problem.location.path}:${problem.location.line} ${problem.severity} ${problem.code}: ${problem.message}`;
}

export function showQuestion(question: OpenQuestion): string {
  const options = question.options.map(
    (option) =>
      `${option.id}${option.recommended ? "*" : ""}=${option.label}${option.description && ` (${option.description})`}`,
  );
  const blocks = question.blocks === null ? "everything" : question.blocks.join(",") || "nothing";
  const more = [
    question.defaultOption && `default ${question.defaultOption}`,
    question.autoResolveMinutes !== null && `after ${question.autoResolveMinutes} min`,
    question.deadline && `by ${question.deadline}`,
  ].filter(Boolean);
  return [
    `${question.key}: ${question.question}`,
    options.join(" | "),
    `${question.priority}, blocks ${blocks}`,
    ...more,
  ].join("; ");
}
