import { OsqrError } from "./errors.ts";

/** Deepest nesting of an event or a hashed value; deeper ones are refused, so that no input can exhaust the stack. */
const DEPTH_MAX = 100;

/** Where the walk is: one link per open container. */
interface Place {
  readonly up: Place | null;
  readonly key: string | number;
}

/**
 * Canonical JSON (RFC 8785): the same value always gives the same bytes. Stricter than the RFC, because a history must give
 * back what was put in: what JSON drops or bends (`undefined`, functions, dates and other class instances, NaN, integers
 * beyond 2^53, lone surrogates, holes in arrays, cycles) is refused with its path. `-0` becomes `0`, as in the RFC.
 *
 * Validates and writes in one walk. Its output is compared with the `canonicalize` package in the tests.
 *
 * @throws `not-canonical` with the path of the value, e.g. `$.tasks[3].title`
 */
export function toCanonicalJson(value: unknown): string {
  return writeValue(value, null, 0);
}

function writeValue(value: unknown, place: Place | null, depth: number): string {
  switch (typeof value) {
    case "string":
      return writeString(value, place);
    case "number":
      return writeNumber(value, place);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (depth >= DEPTH_MAX) throw refuse(place, `nesting deeper than ${DEPTH_MAX} (or a cycle)`);
      return Array.isArray(value) ? writeArray(value, place, depth) : writeObject(value, place, depth);
    default:
      throw refuse(place, value === undefined ? "undefined" : `a ${typeof value}`);
  }
}

function writeString(text: string, place: Place | null): string {
  if (!text.isWellFormed()) throw refuse(place, "text with a lone surrogate (not valid Unicode)");
  return JSON.stringify(text);
}

function writeNumber(value: number, place: Place | null): string {
  if (!Number.isFinite(value)) throw refuse(place, `the number ${value}`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw refuse(place, `the integer ${value}, which is beyond 2^53 and would be rounded`);
  }
  return JSON.stringify(value);
}

function writeArray(items: readonly unknown[], place: Place | null, depth: number): string {
  let text = "[";
  for (let index = 0; index < items.length; index++) {
    if (index > 0) text += ",";
    text += writeValue(items[index], { up: place, key: index }, depth + 1);
  }
  return `${text}]`;
}

function writeObject(object: object, place: Place | null, depth: number): string {
  if (!isPlain(object)) throw refuse(place, `an instance of ${object.constructor?.name ?? "a class"}`);
  const entries = object as Readonly<Record<string, unknown>>;
  // The default order compares UTF-16 code units, which is the order of RFC 8785.
  const keys = Object.keys(object).sort();
  let text = "{";
  for (const key of keys) {
    const inner = { up: place, key };
    if (text.length > 1) text += ",";
    text += `${writeString(key, inner)}:${writeValue(entries[key], inner, depth + 1)}`;
  }
  return `${text}}`;
}

/** Plain: made by a literal or by `JSON.parse`, in this realm or another one. */
function isPlain(object: object): boolean {
  const prototype = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refuse(place: Place | null, found: string): OsqrError {
  let path = "";
  for (let link = place; link !== null; link = link.up) path = formatKey(link.key) + path;
  return new OsqrError("not-canonical", `$${path}: expected a JSON value, found ${found}`);
}

function formatKey(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
