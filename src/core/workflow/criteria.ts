/** Criteria as they are written become criteria with a key, a text and one check. */
import { parseDurationMs } from "../duration.ts";
import type { Criterion, CriterionCheck } from "../model/workflow.ts";
import type { ContentPath, WorkflowProblem } from "./problems.ts";
import type { CriterionContent } from "./shape.ts";

const CHECKS = ["command", "artifact", "gate", "tick"] as const;
const KEY_CHARS_MAX = 40;
const TEXT_CHARS_MAX = 200;

/** One side of a step, with the gates that come as criteria of their own. */
export interface CriteriaContent {
  readonly criteria: readonly CriterionContent[];
  readonly gates: readonly string[];
  /** The place of `criteria`. */
  readonly path: ContentPath;
  /** Such as `exit of the step "build"`. */
  readonly name: string;
}

/** Criteria in the order in which they stand, gates last. What is unclear is added to `problems` and left out. */
export function toCriteria(side: CriteriaContent, problems: WorkflowProblem[]): readonly Criterion[] {
  const taken = new Set<string>();
  const read = side.criteria.map((content, index) =>
    toDraft(typeof content === "string" ? { tick: content } : content, { side, index, problems }),
  );
  for (const { key, path } of read.filter((each) => each !== null)) {
    if (key !== null && taken.has(key)) problems.push(sayDuplicate(key, [...path, "key"], side));
    if (key !== null) taken.add(key);
  }
  const gates = side.gates.map((gate): Draft => ({ key: null, path: [], ...toGate(gate, null) }));
  return [...read.flatMap((each) => each ?? []), ...gates].map(({ key, text, check }) => ({
    key: key ?? findFreeKey(toSlug(check.kind === "gate" ? `gate ${check.gate}` : text), taken),
    text,
    check,
  }));
}

interface Draft extends Omit<Criterion, "key"> {
  /** Null: to be made from the text. */
  readonly key: string | null;
  readonly path: ContentPath;
}

type Mapping = Exclude<CriterionContent, string>;

interface Place {
  readonly side: CriteriaContent;
  readonly index: number;
  readonly problems: WorkflowProblem[];
}

function toDraft(content: Mapping, { side, index, problems }: Place): Draft | null {
  const path = [...side.path, index];
  const stated = CHECKS.filter((name) => content[name] !== undefined);
  const isEmptyTick = content.tick === true && content.text === undefined;
  if (stated.length !== 1 || isEmptyTick) {
    problems.push(sayUnclear(isEmptyTick ? ["tick: true without a text"] : stated, path, side));
    return null;
  }
  if (content.timeout !== undefined && content.command === undefined)
    problems.push(sayNeedlessTimeout(path, side));
  return { key: content.key ?? null, path, ...toCheck(content) };
}

function toCheck({ text, command, artifact, gate, tick, timeout }: Mapping): Omit<Criterion, "key"> {
  if (command !== undefined) {
    const timeoutMs = timeout === undefined ? null : parseDurationMs(timeout);
    const check: CriterionCheck = { kind: "command", run: command, timeoutMs };
    return { text: text ?? shorten(command), check };
  }
  if (artifact !== undefined)
    return { text: text ?? `${shorten(artifact)} exists`, check: { kind: "artifact", path: artifact } };
  if (gate !== undefined) return toGate(gate, text ?? null);
  return { text: text ?? String(tick), check: { kind: "tick" } };
}

const toGate = (gate: string, text: string | null): Omit<Criterion, "key"> => ({
  text: text ?? `the gate ${gate} passes`,
  check: { kind: "gate", gate },
});

/** The first line of a command says enough of it. */
function shorten(text: string): string {
  const [line = ""] = text.trim().split("\n");
  return line.length <= TEXT_CHARS_MAX ? line : `${line.slice(0, TEXT_CHARS_MAX - 1)}…`;
}

function toSlug(text: string): string {
  const slug = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, KEY_CHARS_MAX)
    .replaceAll(/^-+|-+$/g, "");
  return slug === "" ? "criterion" : slug;
}

function findFreeKey(wanted: string, taken: Set<string>): string {
  let key = wanted;
  for (let copy = 2; taken.has(key); copy += 1) key = `${wanted}-${copy}`;
  taken.add(key);
  return key;
}

function sayUnclear(
  stated: readonly string[],
  path: ContentPath,
  { name }: CriteriaContent,
): WorkflowProblem {
  const found = stated.length === 0 ? "none of them" : stated.join(" and ");
  return {
    path,
    code: "unclear-criterion",
    message: `a criterion in ${name} needs exactly one of ${CHECKS.join(", ")}, found ${found}`,
    found,
    expected: `one of ${CHECKS.join(", ")}`,
    hint:
      stated.length > 1 ? "make two criteria of it" : "what only a person can say is written as a plain text",
  };
}

function sayNeedlessTimeout(path: ContentPath, { name }: CriteriaContent): WorkflowProblem {
  return {
    path: [...path, "timeout"],
    code: "unused-field",
    message: `a criterion in ${name} has a timeout and no command`,
    found: "timeout",
    expected: "a timeout beside a command",
    hint: "leave it out",
  };
}

function sayDuplicate(key: string, path: ContentPath, { name }: CriteriaContent): WorkflowProblem {
  return {
    path,
    code: "duplicate-criterion",
    message: `two criteria in ${name} have the key "${key}"`,
    found: key,
    expected: "keys that are unique on their side of the step",
    hint: "give one of the two another key",
  };
}
