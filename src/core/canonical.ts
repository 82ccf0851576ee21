import { OsqrError } from "./errors.ts";

/** Deepest nesting of an event or a hashed value; deeper ones are refused, so that no input can exhaust the stack. */
const DEPTH_MAX = 100;

/** Where the walk is: one link per open container. Null: the root. */
type Place = { readonly up: Place; readonly key: string | number } | null;

/** Text that JSON writes as it is, between quotes: most keys and ids. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;

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
  return writeValue(value, null, null, 0);
}

/** `up` and `key` say where the value is; the link for it is made only where it is a container. `key` null: the root. */
function writeValue(value: unknown, up: Place, key: string | number | null, depth: number): string {
  switch (typeof value) {
    case "string":
      if (PLAIN_TEXT.test(value)) return `"${value}"`;
      if (!value.isWellFormed()) throw refuse(up, key, "text with a lone surrogate (not valid Unicode)");
      return JSON.stringify(value);
    case "number":
      if (!Number.isFinite(value)) throw refuse(up, key, `the number ${value}`);
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        throw refuse(up, key, `the integer ${value}, which is beyond 2^53 and would be rounded`);
      }
      return String(value);
    case "boolean":
      return value ? "true" : "false";
    case "object": {
      if (value === null) return "null";
      if (depth >= DEPTH_MAX) throw refuse(up, key, `nesting deeper than ${DEPTH_MAX} (or a cycle)`);
      if (Array.isArray(value)) return writeArray(value, toPlace(up, key), depth);
      if (!isPlain(value)) throw refuse(up, key, `an instance of ${value.constructor?.name ?? "a class"}`);
      return writeObject(value as Readonly<Record<string, unknown>>, toPlace(up, key), depth);
    }
    default:
      throw refuse(up, key, value === undefined ? "undefined" : `a ${typeof value}`);
  }
}

function writeArray(items: readonly unknown[], place: Place, depth: number): string {
  let text = "[";
  for (let index = 0; index < items.length; index++) {
    if (index > 0) text += ",";
    text += writeValue(items[index], place, index, depth + 1);
  }
  return `${text}]`;
}

function writeObject(object: Readonly<Record<string, unknown>>, place: Place, depth: number): string {
  // The default order compares UTF-16 code units, which is the order of RFC 8785.
  const keys = Object.keys(object).sort();
  let text = "{";
  let comma = "";
  for (const key of keys) {
    text += `${comma}${writeValue(key, place, key, depth)}:${writeValue(object[key], place, key, depth + 1)}`;
    comma = ",";
  }
  return `${text}}`;
}

const toPlace = (up: Place, key: string | number | null): Place => (key === null ? null : { up, key });

/** Plain: made by a literal or by `JSON.parse`, in this realm or another one. */
function isPlain(object: object): boolean {
  const prototype = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refuse(up: Place, key: string | number | null, found: string): OsqrError {
  let path = "";
  for (let place = toPlace(up, key); place !== null; place = place.up) path = formatKey(place.key) + path;
  return new OsqrError("not-canonical", `$${path}: expected a JSON value, found ${found}`);
}

function formatKey(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
