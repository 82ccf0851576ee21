/**
 * What `JSON.parse` lets pass and two programs would read differently, or cannot bear: a key twice in an object, a number
 * that a double rounds, half of a surrogate pair, nesting without end.
 */
import { OsqrError } from "../../core/errors.ts";

const DEPTH_MAX = 32;

interface Level {
  /** Keys seen so far; null in an array. */
  readonly keys: Set<string> | null;
  expectsKey: boolean;
}

function fail(message: string): never {
  throw new OsqrError("bad-json", `the body is not usable JSON: ${message}`);
}

/**
 * The value of a JSON text.
 *
 * @throws `bad-json` with what is wrong and where
 */
export function parseStrictJson(text: string): unknown {
  checkDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
  if (!text.isWellFormed()) fail("it has half of a surrogate pair");
  checkTokens(text);
  return value;
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[{}[\],]/gs;

/** Before parsing, by hand: brackets outside strings, one pass over any text. */
function checkDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (inString) {
      if (char === "\\") index += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{" || char === "[") depth += 1;
    else if (char === "}" || char === "]") depth -= 1;
    if (depth > DEPTH_MAX) fail(`it is nested more than ${DEPTH_MAX} deep`);
  }
}

/** After parsing: the text is JSON. */
function checkTokens(text: string): void {
  const levels: Level[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    if (token === "{") levels.push({ keys: new Set(), expectsKey: true });
    else if (token === "[") levels.push({ keys: null, expectsKey: false });
    else if (token === "}" || token === "]") levels.pop();
    else if (token === ",") {
      if (level !== undefined) level.expectsKey = level.keys !== null;
    } else if (token.startsWith('"')) checkString(token, level);
    else checkNumber(token);
  }
}

function checkString(token: string, level: Level | undefined): void {
  const value = JSON.parse(token) as string;
  if (!value.isWellFormed()) fail("it has half of a surrogate pair");
  if (level?.keys == null || !level.expectsKey) return;
  if (level.keys.has(value)) fail(`the key ${JSON.stringify(value.slice(0, 100))} occurs twice`);
  level.keys.add(value);
  level.expectsKey = false;
}

function checkNumber(token: string): void {
  const value = Number(token);
  const isInteger = /^-?\d+$/.test(token);
  if (!Number.isFinite(value) || (isInteger && !Number.isSafeInteger(value))) {
    fail(`the number ${token.slice(0, 40)} cannot be kept exactly`);
  }
}
