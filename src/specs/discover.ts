import { createHash } from "node:crypto";
import type { Discovery, Spec, SpecProblem } from "../core/model/spec.ts";
import { decodeDocument } from "./decode.ts";
import { toLongKeyOfPath } from "./names.ts";
import { toProblem } from "./problems.ts";
import type { ReadResult, SpecReader } from "./reader.ts";
import { findReader, READERS } from "./readers.ts";
import { resolveNames } from "./resolve-names.ts";

/** A file of the commit that `isCandidate` accepted. */
interface CandidateDocument {
  /** From the repository's root, with `/`. */
  readonly path: string;
  /** Null where it is over `DOCUMENT_BYTES_MAX` and was not read. */
  readonly bytes: Uint8Array | null;
  /** In bytes. */
  readonly size: number;
}

export interface DiscoveryInput {
  readonly commit: string;
  readonly documents: readonly CandidateDocument[];
  /** @default every format */
  readonly readers?: readonly SpecReader[];
}

type Found = Extract<ReadResult, { kind: "spec" }>;

/** Reads all documents of a commit. Pure over the bytes; the specs come in the order of their paths. */
export function discoverSpecs({ commit, documents, readers = READERS }: DiscoveryInput): Discovery {
  const problems: SpecProblem[] = [];
  const found: Found[] = [];
  let otherDocuments = 0;
  for (const document of documents.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))) {
    const read = readDocument(document, readers);
    if (read.kind === "spec") found.push(read);
    else if (read.kind === "problem") problems.push(read.problem);
    else otherDocuments += 1;
  }
  return { commit, specs: resolveNames(makeUnique(found)), otherDocuments, problems };
}

function readDocument(
  { path, bytes, size }: CandidateDocument,
  readers: readonly SpecReader[],
): ReadResult | { readonly kind: "problem"; readonly problem: SpecProblem } {
  const decoded = decodeDocument(path, bytes, size);
  if (decoded.kind === "unreadable") return { kind: "problem", problem: decoded.problem };
  const text = decoded.kind === "text" ? decoded.text : decoded.rough;
  const hash = bytes === null ? "" : createHash("sha256").update(bytes).digest("hex");
  const read: ReadResult = findReader(path, text, readers)?.read({ path, text, hash }) ?? { kind: "other" };
  // An ordinary document in another encoding is nobody's problem; a spec in one is.
  return decoded.kind === "not-utf8" && read.kind === "spec"
    ? { kind: "problem", problem: decoded.problem }
    : read;
}

/**
 * Two specs with the same written id are a mistake and both say so; two files of the same name are told apart by their
 * folders. In both cases the first by path keeps the key, and a written id goes before a file name.
 */
function makeUnique(found: readonly Found[]): readonly Spec[] {
  const owners = new Map<string, Found>();
  for (const one of found)
    if (one.keyIsWritten && !owners.has(fold(one.spec.key))) owners.set(fold(one.spec.key), one);
  for (const one of found) if (!owners.has(fold(one.spec.key))) owners.set(fold(one.spec.key), one);
  const taken = new Set(owners.keys());
  const clashes = new Map<Found, SpecProblem[]>();
  const named = found.map((one) => {
    const owner = owners.get(fold(one.spec.key));
    if (owner === one || !owner) return one;
    const wanted = one.keyIsWritten ? one.spec.key : toLongKeyOfPath(one.spec.path);
    const key = findFree(wanted, taken);
    taken.add(fold(key));
    if (one.keyIsWritten) reportClash(owner, { ...one, spec: { ...one.spec, key } }, { clashes, of: one });
    return { ...one, spec: { ...one.spec, key } };
  });
  return named.map(({ spec }, index) => {
    const more = clashes.get(found[index] as Found) ?? [];
    return more.length === 0 ? spec : { ...spec, problems: [...spec.problems, ...more] };
  });
}

/** Keys name refs and files, and some file systems do not tell `Auth` from `auth`. */
function fold(key: string): string {
  return key.toLowerCase();
}

function findFree(wanted: string, taken: ReadonlySet<string>): string {
  let key = wanted;
  for (let copy = 2; taken.has(fold(key)); copy += 1) key = `${wanted}-${copy}`;
  return key;
}

interface Clashes {
  readonly clashes: Map<Found, SpecProblem[]>;
  readonly of: Found;
}

function reportClash(owner: Found, second: Found, { clashes, of }: Clashes): void {
  const describe = (at: Found, other: Found, message: string): SpecProblem =>
    toProblem(at.spec.path, at.keyLine, {
      severity: "error",
      code: "duplicate-id",
      message,
      found: `${owner.spec.key} (${other.spec.path}:${other.keyLine})`,
      expected: "ids that are unique among the specs",
      hint: "give one of the two another id",
    });
  const { key } = owner.spec;
  const add = (to: Found, problem: SpecProblem): void => {
    clashes.set(to, [...(clashes.get(to) ?? []), problem]);
  };
  add(
    owner,
    describe(
      owner,
      second,
      `the id "${key}" is also that of ${second.spec.path}, which is called ${second.spec.key} here`,
    ),
  );
  add(
    of,
    describe(
      second,
      owner,
      `the id "${key}" is taken by ${owner.spec.path}: this spec is called ${second.spec.key} here`,
    ),
  );
}
