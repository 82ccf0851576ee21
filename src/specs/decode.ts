import type { SpecProblem } from "../core/model/spec.ts";
import { toProblem } from "./problems.ts";

/** A document's text, or why it has none. */
export type Decoded =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "unreadable"; readonly problem: SpecProblem }
  /** Not UTF-8; `rough` reads it as Latin-1, to see whether anybody would miss it. */
  | { readonly kind: "not-utf8"; readonly rough: string; readonly problem: SpecProblem };

/**
 * Decodes a document as UTF-8 and keeps its byte order mark and line ends.
 *
 * @param bytes Null where the document is over the size limit.
 */
export function decodeDocument(path: string, bytes: Uint8Array | null, size: number): Decoded {
  if (bytes === null) return { kind: "unreadable", problem: describeTooLarge(path, size) };
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16 || bytes.includes(0)) return { kind: "unreadable", problem: describeBinary(path, isUtf16) };
  try {
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    // The decoder throws on the first byte that is not UTF-8; the problem says where that is.
    const rough = new TextDecoder("latin1").decode(bytes);
    return { kind: "not-utf8", rough, problem: describeNotUtf8(path, bytes) };
  }
}

function describeTooLarge(path: string, size: number): SpecProblem {
  return toProblem(path, 1, {
    severity: "error",
    code: "too-large",
    message: "the document is too large to be read as a spec",
    found: formatSize(size),
    expected: "at most 2 MiB",
    hint: "split it, or move it out of the spec folders",
  });
}

function describeBinary(path: string, isUtf16: boolean): SpecProblem {
  return toProblem(path, 1, {
    severity: "error",
    code: "binary",
    message: isUtf16 ? "the document is UTF-16, not UTF-8" : "the document is binary, not text",
    found: isUtf16 ? "a UTF-16 byte order mark" : "a NUL byte",
    expected: "UTF-8 text",
    hint: isUtf16 ? "save it as UTF-8" : "move it out of the spec folders, or rename it",
  });
}

function describeNotUtf8(path: string, bytes: Uint8Array): SpecProblem {
  const at = findFirstBad(bytes);
  const line = bytes.subarray(0, at).reduce((count, byte) => (byte === 0x0a ? count + 1 : count), 1);
  return toProblem(path, line, {
    severity: "error",
    code: "not-utf8",
    message: "the document is not UTF-8",
    found: `byte 0x${(bytes[at] ?? 0).toString(16).padStart(2, "0")}`,
    expected: "UTF-8 text",
    hint: "save it as UTF-8",
  });
}

/** Offset of the first byte that does not decode, by halving. */
function findFirstBad(bytes: Uint8Array): number {
  const decodes = (end: number): boolean => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
      return true;
    } catch {
      // A throw is the answer here: these bytes do not decode.
      return false;
    }
  };
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(middle)) good = middle;
    else bad = middle;
  }
  // The decoder fails at the byte after a broken sequence; the sequence begins at its first byte.
  while (good > 0 && (bytes[good] ?? 0) < 0xc0 && (bytes[good - 1] ?? 0) >= 0x80) good -= 1;
  return good;
}

function formatSize(bytes: number): string {
  return bytes >= 1_048_576 ? `${(bytes / 1_048_576).toFixed(1)} MiB` : `${Math.ceil(bytes / 1_024)} KiB`;
}
