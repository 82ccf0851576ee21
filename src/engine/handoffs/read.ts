import { type ParsedHandoff, parseHandoff } from "../../core/handoff/shape.ts";
import type { Oid } from "../../core/model/ids.ts";
import type { GitPort } from "../../git/types.ts";
import { toReason } from "../effects/context.ts";
import { HANDOFFS_REF } from "../effects/refs.ts";
import { toJsonPath } from "./place.ts";

/** A disk or git that stumbles once is no reason to hold up the work. */
const READ_TRIES = 3;
/** Bytes of a handoff at the most: what is larger is none. */
const BYTES_MAX = 4 * 1024 ** 2;
/** Files asked for in one call of git. */
const AT_ONCE_MAX = 200;
/** Files read beside each other. */
const BESIDE_MAX = 8;

const fail = (fault: string): ParsedHandoff => ({ ok: false, fault });

/** The newest commit of handoffs, null where there is none or none can be read. */
export async function readTip(git: GitPort): Promise<Oid | null> {
  try {
    return await git.readRef(HANDOFFS_REF);
  } catch {
    return null; // Whoever reads from it says what is missing.
  }
}

/** Reads one handoff as it stands in the ref now. Never rejects: what is wrong is the fault. */
export async function readHandoff(git: GitPort, tip: Oid | null, path: string): Promise<ParsedHandoff> {
  if (tip === null) return fail(`${HANDOFFS_REF} is gone`);
  const file = toJsonPath(path);
  let failure = "";
  for (let tries = 0; tries < READ_TRIES; tries += 1) {
    try {
      const text = await git.readFile(tip, file);
      return text === null ? fail(`${HANDOFFS_REF} has no ${file}`) : judge(file, text);
    } catch (error) {
      failure = toReason(error);
    }
  }
  return fail(`${file}: ${failure}`);
}

function judge(file: string, text: string): ParsedHandoff {
  const parsed = parseHandoff(text);
  return parsed.ok ? parsed : fail(`${file}: ${parsed.fault}`);
}

/** As `readHandoff` for many, with few calls of git where nothing is damaged. */
export async function readHandoffs(
  git: GitPort,
  tip: Oid | null,
  paths: readonly string[],
): Promise<ReadonlyMap<string, ParsedHandoff>> {
  const found = new Map<string, ParsedHandoff>();
  for (let at = 0; at < paths.length; at += AT_ONCE_MAX) {
    const some = paths.slice(at, at + AT_ONCE_MAX);
    const texts = tip === null ? new Map<string, string>() : await readTexts(git, tip, some);
    for (const path of some) {
      const text = texts.get(toJsonPath(path));
      if (text !== undefined) found.set(path, judge(toJsonPath(path), text));
    }
  }
  const left = paths.filter((path) => !found.has(path));
  for (let at = 0; at < left.length; at += BESIDE_MAX) {
    const some = left.slice(at, at + BESIDE_MAX);
    const read = await Promise.all(some.map((path) => readHandoff(git, tip, path)));
    some.forEach((path, index) => {
      found.set(path, read[index] ?? fail("not read"));
    });
  }
  return found;
}

/** Empty where anything is damaged: then each file is looked at by itself. */
async function readTexts(git: GitPort, tip: Oid, paths: readonly string[]): Promise<Map<string, string>> {
  try {
    const files = await git.listFiles(tip, paths.map(toJsonPath));
    const blobs = await git.readBlobs(
      files.map(({ oid }) => oid),
      BYTES_MAX,
    );
    return new Map(files.flatMap(({ path }, at) => (blobs[at] ? [[path, blobs[at].toString("utf8")]] : [])));
  } catch {
    return new Map();
  }
}
