import type { TaskType } from "../../core/model/route.ts";
import type { SessionWish } from "../../core/model/session.ts";
import { toTaskType } from "../../core/routing/task-type.ts";
import type { ProblemList } from "../problems.ts";
import type { FieldValue } from "../values.ts";
import type { FieldStyle } from "./fields.ts";
import { readTimeout } from "./run-blocks.ts";
import { joinWishes, parseSession, parseSessionTimeout } from "./session-field.ts";

/** What an author says of one task besides its title. */
export interface Annotations {
  readonly dependsOn: { readonly value: FieldValue; readonly style: FieldStyle }[];
  readonly uses: FieldValue[];
  executor: string | null;
  model: string | null;
  type: TaskType | null;
  session: SessionWish | null;
  timeoutMs: number | null;
  /** False for `(optional)` and `critical: false`. */
  critical: boolean;
}

interface PlacedText {
  readonly text: string;
  readonly line: number;
}

const NAMES: Readonly<Record<string, string>> = {
  depends: "depends",
  "depends on": "depends",
  depends_on: "depends",
  dependson: "depends",
  "blocked by": "depends",
  dependency: "prose",
  dependencies: "prose",
  uses: "uses",
  use: "uses",
  resources: "uses",
  executor: "executor",
  agent: "executor",
  model: "model",
  type: "type",
  session: "session",
  "session timeout": "session timeout",
  session_timeout: "session timeout",
  timeout: "timeout",
  optional: "optional",
  critical: "critical",
};

const LINE =
  /^\s*(?:[-*+]\s+)?[_*`]{0,3}(depends(?:[ _]?on)?|blocked by|dependency|dependencies|uses|resources|executor|agent|model|type|session(?:[ _]timeout)?|timeout|optional|critical)[_*`]{0,3}\s*[:：]\s*(.+)$/i;

export function noAnnotations(): Annotations {
  return {
    dependsOn: [],
    uses: [],
    executor: null,
    model: null,
    type: null,
    session: null,
    timeoutMs: null,
    critical: true,
  };
}

/** Takes a line under a task that only says something of it. False: an ordinary line. */
export function readAnnotationLine(line: PlacedText, into: Annotations, problems: ProblemList): boolean {
  const match = LINE.exec(line.text);
  if (!match) return false;
  const [, name = "", rest = ""] = match;
  const value = rest.replace(/^[\s*_]+(?=\S)/, "").replace(/(?<=\S)\s*[_*]{1,2}\s*$/, "");
  if (!isAnnotationValue(name.toLowerCase(), value)) return false;
  return take({ name, value, line: line.line, asLine: true }, into, problems);
}

/** "Uses: the cache of the last run" is a sentence, not a resource. */
function isAnnotationValue(name: string, value: string): boolean {
  if (/^(?:uses|resources)$/.test(name))
    return /^`?[\w.-]+`?(?:\s*[*×]\s*\d+)?(?:\s*,\s*`?[\w.-]+`?(?:\s*[*×]\s*\d+)?)*$/.test(value);
  if (/^(?:executor|agent)$/.test(name)) return /^`?[\w.-]+(?::[^\s`]+)?`?$/.test(value);
  if (name === "model") return readModel(value) !== null;
  if (name === "type") return readType(value) !== null;
  if (name === "session") return parseSession(value) !== null;
  if (/^session[ _]timeout$/.test(name)) return parseSessionTimeout(value) !== null;
  if (name === "timeout") return /^`?\d/.test(value);
  return /^(?:optional|critical)$/.test(name) ? /^(?:true|false|yes|no)$/i.test(value) : true;
}

const strip = (value: string): string => value.replace(/[`*"]/g, "").trim();

/** "Model: User" speaks of data, "model: opus" of who does the work: names of models are written small. Null: it is none. */
export function readModel(value: string): string | null {
  const text = strip(value);
  return /^[a-z0-9][a-z0-9._:/@+-]{0,199}$/.test(text) ? text : null;
}

/** The kind of work that a word names. Null: it says something else. */
export const readType = (value: string): TaskType | null => toTaskType(strip(value));

/** Takes the remarks in a title, such as `(depends: T1; timeout: 10m)`; gives back the title without them. */
export function readAnnotationsInTitle(title: PlacedText, into: Annotations, problems: ProblemList): string {
  const { line } = title;
  const withoutRemarks = title.text.replace(
    /\s*[([]([^()[\]]{1,300})[)\]](?!\()/g,
    (whole, inside: string) => (takeRemark(inside, { line, into, problems }) ? "" : whole),
  );
  const withoutDepends = withoutRemarks.replace(
    /\s*(?:[-–—|·,;]\s*)?[_*]{0,2}depends(?: on)?[_*]{0,2}\s*:\s*([^:]{1,300}?)[_*]{0,2}\s*$/i,
    (_whole, value: string) => {
      take({ name: "depends", value, line, asLine: false }, into, problems);
      return "";
    },
  );
  return withoutDepends.replace(/(?<=\S)\s+!critical\b/i, "").trim();
}

interface Remark {
  readonly line: number;
  readonly into: Annotations;
  readonly problems: ProblemList;
}

/** True where every part of a remark is an annotation, so that the remark is no part of the title. */
function takeRemark(inside: string, { line, into, problems }: Remark): boolean {
  const parts = inside.split(
    /;|,\s*(?=(?:depends|uses|executor|agent|model|type|timeout|optional|critical)\b|session(?:[ _]timeout)?\s*:)/i,
  );
  const read = parts.map((part) => readRemark(part.trim()));
  if (read.some((one) => one === null)) return false;
  return read.every((one) => one !== null && take({ ...one, line, asLine: false }, into, problems));
}

function readRemark(text: string): { readonly name: string; readonly value: string } | null {
  if (/^(?:optional|critical)$/i.test(text)) return { name: text, value: "true" };
  const [, name = "", value = ""] = /^([A-Za-z_ ]{3,15}?)\s*:\s*(.+)$/s.exec(text) ?? [];
  if (name !== "") return Object.hasOwn(NAMES, name.toLowerCase()) ? { name, value } : null;
  const [, verb = "", names = ""] = /^(depends on|depends|blocked by)\s+(\S.*)$/i.exec(text) ?? [];
  const areIds = names
    .split(/\s*(?:,|&|\band\b)\s*/)
    .every((one) => /^#?(?:[A-Z]{1,8}-?)?\d[\d.A-Z–-]*$|#|\.md$/.test(one));
  return verb !== "" && areIds ? { name: verb, value: names } : null;
}

interface Taken {
  readonly name: string;
  readonly value: string;
  readonly line: number;
  /** Prose is looked for only in lines of their own. */
  readonly asLine: boolean;
}

function take({ name, value, line, asLine }: Taken, into: Annotations, problems: ProblemList): boolean {
  const text: FieldValue = { kind: "text", text: value, line };
  const no = /^(?:false|no|0)\b/i.test(value.trim());
  switch (NAMES[name.toLowerCase().replace(/\s+/g, " ")]) {
    case "depends":
      into.dependsOn.push({ value: text, style: asLine ? "words" : "ids" });
      return true;
    case "prose":
      into.dependsOn.push({ value: text, style: asLine ? "prose" : "ids" });
      return true;
    case "uses":
      into.uses.push(text);
      return true;
    case "executor":
      into.executor =
        value
          .replace(/[`*_"]/g, "")
          .trim()
          .split(/\s+/)[0] || null;
      return true;
    case "model":
      into.model = readModel(value) ?? into.model;
      return readModel(value) !== null;
    case "type":
      into.type = readType(value) ?? into.type;
      return readType(value) !== null;
    case "session": {
      const wish = parseSession(value);
      into.session = joinWishes(wish, into.session);
      return wish !== null;
    }
    case "session timeout": {
      const timeoutMs = parseSessionTimeout(value);
      if (timeoutMs !== null) into.session = joinWishes({ kind: null, timeoutMs }, into.session);
      return timeoutMs !== null;
    }
    case "timeout":
      into.timeoutMs = readTimeout(value.replace(/[`*_"]/g, "").trim(), line, problems) ?? into.timeoutMs;
      return true;
    case "optional":
      into.critical = no;
      return true;
    case "critical":
      into.critical = !no;
      return true;
    default:
      return false;
  }
}
