/** One character of a pattern between two slashes: itself, any one, or any number of any. */
export type Token = string | typeof ANY_ONE | typeof ANY_MANY;

export const ANY_ONE: unique symbol = Symbol("?");
export const ANY_MANY: unique symbol = Symbol("*");

/** A segment without wildcards is a plain string: most are, and they compare fast. */
export type Segment = string | readonly Token[];

/**
 * Reads one segment of a glob. What is not understood (classes, extended groups) is read as wider than it is, so that an
 * overlap is never missed: a class stands for any character, a group for any text.
 */
export function parseSegment(text: string): Segment {
  const tokens: Token[] = [];
  let isPlain = true;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] as string;
    if (char === "\\" && index + 1 < text.length) {
      index += 1;
      tokens.push(text[index] as string);
      continue;
    }
    const wild = readWildcard(text, index);
    if (wild === null) {
      tokens.push(char);
      continue;
    }
    isPlain = false;
    if (wild.token !== ANY_MANY || tokens.at(-1) !== ANY_MANY) tokens.push(wild.token);
    index = wild.end;
  }
  return isPlain ? tokens.join("") : tokens;
}

function readWildcard(text: string, index: number): { token: Token; end: number } | null {
  const char = text[index];
  const next = text[index + 1];
  if (next === "(" && char !== undefined && "@+*?!".includes(char)) {
    const close = text.indexOf(")", index);
    return { token: ANY_MANY, end: close === -1 ? text.length : close };
  }
  if (char === "*") return { token: ANY_MANY, end: index };
  if (char === "?") return { token: ANY_ONE, end: index };
  if (char === "[") {
    const close = text.indexOf("]", index + 2);
    return close === -1 ? null : { token: ANY_ONE, end: close };
  }
  return null;
}

/** True where some name fits both. Time and space: the product of the lengths at most. */
export function segmentsMeet(a: Segment, b: Segment): boolean {
  if (typeof a === "string" && typeof b === "string") return a === b;
  return tokensMeet([...a], [...b]);
}

/** `reach[j]`: the tokens of `a` read so far and the first `j` of `b` can stand for the same text. */
function tokensMeet(a: readonly Token[], b: readonly Token[]): boolean {
  let reach = new Array<boolean>(b.length + 1).fill(false);
  reach[0] = true;
  closeOver(reach, b);
  for (const token of a) {
    const next = new Array<boolean>(b.length + 1).fill(false);
    for (let j = 0; j <= b.length; j += 1) {
      const other = b[j];
      if (token === ANY_MANY) {
        next[j] = reach[j] === true || (j > 0 && next[j - 1] === true);
      } else if (reach[j] === true && other !== undefined) {
        if (other === ANY_MANY) next[j] = true;
        else if (token === ANY_ONE || other === ANY_ONE || token === other) next[j + 1] = true;
      }
    }
    closeOver(next, b);
    reach = next;
  }
  return reach[b.length] === true;
}

/** A `*` of `b` may stand for nothing. */
function closeOver(reach: boolean[], b: readonly Token[]): void {
  for (let j = 0; j < b.length; j += 1) if (reach[j] === true && b[j] === ANY_MANY) reach[j + 1] = true;
}
