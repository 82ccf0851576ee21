import type { QuestionOption } from "../../core/model/spec.ts";
import { toSlug } from "../names.ts";
import { splitList } from "../values.ts";
import { stripEmphasis } from "./inline.ts";
import type { ListItem } from "./list-items.ts";

const RECOMMENDED =
  /\s*[*_]{0,2}[([][*_]{0,2}(?:osqr )?(?:recommended|recommend|preferred|empfohlen|recommandé|推荐|推奨)(?:,\s*default)?[*_]{0,2}[)\]][*_]{0,2}|\s*[—–-]\s*recommended\s*$/i;
const DEFAULT = /\s*[([](?:recommended,\s*)?default[)\]]/i;
const OPTION_ID =
  /^(?:option\s+)?[*_`(]{0,3}([A-Za-z0-9][A-Za-z0-9_-]{0,30})[*_`]{0,2}(?:\)|\s*[:：.])[*_`]{0,2}\s+(?=\S)/i;

/** An option and whether the author marked it as the default. */
export interface ReadOption {
  readonly option: QuestionOption;
  readonly isDefault: boolean;
}

/** Whether some items of a list are the options of a question rather than remarks on it. */
export function areOptions(items: readonly ListItem[], isAsked: boolean): boolean {
  if (items.some((item) => RECOMMENDED.test(item.text))) return true;
  const withIds = items.filter((item) => OPTION_ID.test(item.text) || /^id\s*:/i.test(item.text));
  return withIds.length >= 2 || (isAsked && items.length >= 2);
}

/** Reads `a: local model — private, slower (recommended)`; nested items are implications. Ids are made unique. */
export function readOptions(items: readonly ListItem[]): readonly ReadOption[] {
  const taken = new Set<string>();
  return items.map((item, index) => {
    const read = /^id\s*:/i.test(item.text) ? readMapped(item) : readPlain(item, index);
    let id = read.option.id;
    for (let copy = 2; taken.has(id); copy += 1) id = `${read.option.id}-${copy}`;
    taken.add(id);
    return { ...read, option: { ...read.option, id } };
  });
}

function readPlain(item: ListItem, index: number): ReadOption {
  const written = OPTION_ID.exec(item.text);
  const id = toOptionId(written?.[1] ?? "") || nameByPosition(index);
  const rest = written ? item.text.slice(written[0].length) : item.text;
  const recommended = RECOMMENDED.test(rest);
  const isDefault = DEFAULT.test(rest);
  const plain = stripEmphasis(rest.replace(RECOMMENDED, "").replace(DEFAULT, "")).replace(/`/g, "").trim();
  const [label = "", ...more] = plain.split(/\s+(?:—|–|--|-)\s+/);
  const description = [more.join(" — "), ...item.body.map((line) => line.text.trim())]
    .filter((part) => part !== "")
    .join(" ");
  const implications = item.children.map((child) => stripEmphasis(child.text)).filter((text) => text !== "");
  return { option: { id, label: label || id, description, implications, recommended }, isDefault };
}

/** The form of YAML: `- id: a`, then `label: …`, `description: …`, `recommended: true`, `implications: [..]`. */
function readMapped(item: ListItem): ReadOption {
  const values = new Map<string, string>();
  const nested: string[] = [];
  for (const text of [
    item.text,
    ...item.body.map((line) => line.text),
    ...item.children.map((child) => child.text),
  ]) {
    const [, name, value = ""] =
      /^\s*(id|label|title|description|recommended|default|implications?)\s*:\s*(.*)$/i.exec(text) ?? [];
    if (name) values.set(name.toLowerCase(), value.trim().replace(/^(["'])(.*)\1$/, "$2"));
    else nested.push(text.trim());
  }
  const id = toOptionId(values.get("id") ?? "") || "a";
  const listed = splitList(
    (values.get("implications") ?? values.get("implication") ?? "").replace(/^\[|\]$/g, ""),
  );
  const isYes = (name: string): boolean => /^(?:true|yes)$/i.test(values.get(name) ?? "");
  const option = {
    id,
    label: values.get("label") ?? values.get("title") ?? id,
    description: values.get("description") ?? "",
    implications: [...listed, ...nested],
    recommended: isYes("recommended"),
  };
  return { option, isDefault: isYes("default") };
}

/** Ids of options are `[a-z0-9-]`. Empty where nothing is left of a written one. */
export function toOptionId(text: string): string {
  return toSlug(text).replace(/[^a-z0-9-]/g, "");
}

/** `a` to `z`, then `o27`. */
function nameByPosition(index: number): string {
  return index < 26 ? String.fromCharCode(97 + index) : `o${index + 1}`;
}
