/** Documents of the simulation: a line for each task, with its box. */
import { createHash } from "node:crypto";
import type { Spec, SpecTask } from "../../src/core/model/spec.ts";
import type { TaskInput } from "../support/core-builders.ts";
import type { Random } from "./random.ts";

export const pathOf = (id: string): string => `docs/${id}.md`;

export const hashText = (text: string): string => createHash("sha256").update(text).digest("hex");

const titleOf = ({ key, title }: TaskInput): string => title ?? `do ${key}`;

export function writeSpec(id: string, tasks: readonly TaskInput[]): string {
  const lines = tasks.map((task) => `- [${task.already === true ? "x" : " "}] ${task.key}: ${titleOf(task)}`);
  return `# ${id}\n${lines.map((line) => `${line}\n`).join("")}`;
}

/** The spec that these tasks make: what a text does not say is as they say. */
export function toSpec(id: string, tasks: readonly TaskInput[]): Spec {
  return {
    key: id,
    path: pathOf(id),
    format: "markdown",
    title: `Build ${id}`,
    summary: "",
    hash: hashText(writeSpec(id, tasks)),
    readiness: "ready",
    status: null,
    future: false,
    priority: "medium",
    dependsOn: [],
    blocks: [],
    touches: [],
    executor: null,
    autonomy: null,
    due: null,
    gates: null,
    tags: [],
    phases: [],
    tasks: tasks.map(toTask),
    criteria: [],
    questions: [],
    problems: [],
  };
}

function toTask(input: TaskInput, index: number): SpecTask {
  const { key, order, phase, parallel, critical, already, script } = input;
  return {
    key,
    order: order ?? index + 1,
    title: titleOf(input),
    phase: phase ?? null,
    parent: null,
    boxLines: [index + 2],
    line: index + 2,
    checked: already === true,
    parallel: parallel ?? false,
    critical: critical ?? true,
    run: script === null ? null : { script: script ?? "true", line: index + 2, timeoutMs: 20_000 },
    executor: null,
    details: "",
    dependsOn: [],
  };
}

const LINE = /^- \[([ x])\] (\S+): (.*)$/;

/** Null where it is no spec (any more). */
export function readSpec(path: string, text: string): Spec | null {
  const id = /^# (\S+)$/m.exec(text)?.[1];
  if (id === undefined || path !== pathOf(id)) return null;
  const tasks = text.split("\n").flatMap((line): TaskInput[] => {
    const [, box, key, title] = LINE.exec(line) ?? [];
    return key === undefined || title === undefined ? [] : [{ key, title, already: box === "x" }];
  });
  return toSpec(
    id,
    tasks.map((task, index) => ({ ...task, order: index + 1 })),
  );
}

export function tickSpec(text: string, keys: readonly string[]): string {
  const done = new Set(keys);
  return text
    .split("\n")
    .map((line) => {
      const [, , key] = LINE.exec(line) ?? [];
      return key !== undefined && done.has(key) ? line.replace("- [ ]", "- [x]") : line;
    })
    .join("\n");
}

/** Somebody has another idea: a task is added, reworded, or gone. */
export function editSpec(random: Random, text: string, mark: string): string {
  const lines = text.split("\n");
  const places = lines.flatMap((line, index) => (LINE.test(line) ? [index] : []));
  const act = random.pick(["add", "reword", "reword", "remove"] as const);
  const isThere = lines.some((line) => line.includes(`N${mark}:`));
  if (places.length < 2 && isThere) return text;
  if ((act === "add" || places.length < 2) && !isThere) return `${text}- [ ] N${mark}: new ${mark}\n`;
  const at = random.pick(places);
  if (act === "reword") lines[at] = `${lines[at]} (${mark})`;
  else lines.splice(at, 1);
  return lines.join("\n");
}
