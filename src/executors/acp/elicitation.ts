/** Forms that an agent asks to be filled in (`elicitation/create`), as questions of osqr. Pure but for the hash of their content. */
import { createHash } from "node:crypto";
import type { AskedQuestion } from "../types.ts";
import { type JsonObject, pick, toList, toObject, toText } from "./json.ts";

const QUESTIONS_MAX = 10;
const OPTIONS_MAX = 20;
const QUESTION_CHARS_MAX = 4_000;
const LABEL_CHARS_MAX = 500;

type FieldValue = string | boolean | readonly string[];

/** One field of a form, and what each option of its question fills in. */
export interface FormField {
  readonly name: string;
  readonly question: AskedQuestion;
  readonly values: ReadonlyMap<string, FieldValue>;
}

/**
 * Null where it cannot be answered by choosing: free text that must be given, a page to visit, no field at all.
 *
 * @param mask takes secrets out of the names of options
 */
export function readForm(
  params: unknown,
  mask: (text: string) => string = (text) => text,
): readonly FormField[] | null {
  const message = toText(pick(params, "message")) ?? "";
  const schema = toObject(pick(params, "requestedSchema"));
  if (pick(params, "mode") !== "form" || schema === null) return null;
  const properties = Object.entries(toObject(schema.properties) ?? {});
  const required = new Set(toList(schema.required));
  const fields: FormField[] = [];
  for (const [name, value] of properties) {
    const isOnly = properties.length === 1;
    const field = readField(name, toObject(value) ?? {}, { message, isOnly, mask });
    if (field !== null) fields.push(field);
    else if (required.has(name)) return null;
  }
  return fields.length === 0 || fields.length > QUESTIONS_MAX ? null : fields;
}

interface Choice {
  readonly value: FieldValue;
  readonly label: string;
  readonly description: string;
}

function readField(
  name: string,
  property: JsonObject,
  {
    message,
    isOnly,
    mask,
  }: { readonly message: string; readonly isOnly: boolean; readonly mask: (text: string) => string },
): FormField | null {
  const choices = readChoices(property);
  if (choices.length < 2 || choices.length > OPTIONS_MAX) return null;
  const own = toText(property.description) ?? toText(property.title) ?? name;
  const question = (isOnly ? message || own : [message, own].filter((text) => text !== "").join(": ")).slice(
    0,
    QUESTION_CHARS_MAX,
  );
  const ids = toOptionIds(choices.map((choice) => mask(choice.label)));
  const options = choices.map(({ label, description }, index) => ({
    id: ids[index] ?? "",
    label: label.slice(0, LABEL_CHARS_MAX),
    description: description.slice(0, LABEL_CHARS_MAX),
    implications: [],
    recommended: false,
  }));
  return {
    name,
    question: {
      key: toKey(question, options),
      question,
      options,
      defaultOption: null,
      autoResolveMinutes: null,
    },
    values: new Map(choices.map((choice, index) => [ids[index] ?? "", choice.value])),
  };
}

/** Of a field that takes several values, one can be chosen. */
function readChoices(property: JsonObject): Choice[] {
  if (property.type === "boolean") {
    return [
      { value: true, label: "Yes", description: "" },
      { value: false, label: "No", description: "" },
    ];
  }
  if (property.type === "array") {
    const several = toObject(property.items) ?? {};
    return readChoices({ ...several, type: "string" }).map((choice) => ({
      ...choice,
      value: [String(choice.value)],
    }));
  }
  if (property.type !== "string") return [];
  const titled = [...toList(property.oneOf), ...toList(property.anyOf)].flatMap((entry): Choice[] => {
    const value = toText(pick(entry, "const"));
    if (value === null) return [];
    const label = toText(pick(entry, "title")) ?? value;
    return [{ value, label, description: toText(pick(entry, "description")) ?? "" }];
  });
  if (titled.length > 0) return titled;
  return toList(property.enum).flatMap((value) =>
    typeof value === "string" && value !== "" ? [{ value, label: value, description: "" }] : [],
  );
}

/** Short names of options, 1 to 32 of a-z, 0-9 and `-`, each once. */
function toOptionIds(labels: readonly string[]): string[] {
  const ids: string[] = [];
  for (const [index, label] of labels.entries()) {
    const id = label
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+/, "")
      .slice(0, 32)
      .replace(/-+$/, "");
    let n = index + 1;
    while (ids.includes(`option-${n}`)) n += 1;
    ids.push(id === "" || ids.includes(id) ? `option-${n}` : id);
  }
  return ids;
}

/** The same question with the same options has the same key, whichever attempt asks it. */
function toKey(question: string, options: AskedQuestion["options"]): string {
  const content = JSON.stringify([question, options.map((option) => [option.id, option.label])]);
  return `ASK_${createHash("sha256").update(content).digest("hex").slice(0, 12).toUpperCase()}`;
}
