/** Looks through what a commit adds for secrets. */
import type { Oid } from "../../core/model/ids.ts";
import {
  isSecretFreePath,
  type SecretFinding,
  type SecretPolicy,
  type SecretScan,
  scanPieces,
  uniqueByLine,
} from "../../core/secrets/scan.ts";
import type { GitPort } from "../../git/types.ts";

/** A larger file is not looked through. */
const FILE_BYTES_MAX = 16 * 1024 ** 2;
/** What is read at a time, bytes and files. */
const BATCH_BYTES_MAX = 64 * 1024 ** 2;
const BATCH_FILES_MAX = 500;
const FINDINGS_MAX = 200;

type Entry = Awaited<ReturnType<GitPort["listFiles"]>>[number];

interface Pair {
  readonly path: string;
  readonly after: Entry;
  readonly before: Entry | null;
}

export interface ScanOptions {
  readonly from: Oid;
  readonly to: Oid;
  readonly policy: SecretPolicy;
  /** Lets others have their turn. */
  pause(): Promise<void>;
}

/** What the files of `to` hold that those of `from` do not. */
export async function scanCommit(
  git: GitPort,
  { from, to, policy, pause }: ScanOptions,
): Promise<SecretScan> {
  const changed = (await git.changes(from, to)).filter(
    ({ path, kind }) => kind !== "deleted" && !isSecretFreePath(path, policy),
  );
  const findings: SecretFinding[] = [];
  const skipped: string[] = [];
  for (let at = 0; at < changed.length; at += BATCH_FILES_MAX) {
    const paths = changed.slice(at, at + BATCH_FILES_MAX).map(({ path }) => path);
    const pairs = await listPairs(git, { from, to, paths });
    skipped.push(...pairs.filter(isLarge).map(({ path }) => path));
    for (const batch of toBatches(pairs.filter((pair) => !isLarge(pair))))
      findings.push(...(await scanBatch(git, batch, { policy, pause })));
  }
  return { findings: findings.slice(0, FINDINGS_MAX), skipped };
}

async function listPairs(
  git: GitPort,
  { from, to, paths }: { readonly from: Oid; readonly to: Oid; readonly paths: readonly string[] },
): Promise<readonly Pair[]> {
  const [old, now] = await Promise.all([git.listFiles(from, paths), git.listFiles(to, paths)]);
  const before = new Map(old.map((each) => [each.path, each]));
  const wanted = new Set(paths);
  return now.flatMap((after) =>
    wanted.has(after.path) ? [{ path: after.path, after, before: before.get(after.path) ?? null }] : [],
  );
}

const isLarge = ({ after }: Pair): boolean => after.size > FILE_BYTES_MAX;

function toBatches(pairs: readonly Pair[]): readonly (readonly Pair[])[] {
  const batches: Pair[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const pair of pairs) {
    const more = pair.after.size + Math.min(pair.before?.size ?? 0, FILE_BYTES_MAX);
    if (bytes + more > BATCH_BYTES_MAX) {
      batches.push([]);
      bytes = 0;
    }
    bytes += more;
    batches.at(-1)?.push(pair);
  }
  return batches;
}

async function scanBatch(
  git: GitPort,
  pairs: readonly Pair[],
  { policy, pause }: Pick<ScanOptions, "policy" | "pause">,
): Promise<SecretFinding[]> {
  const oids = pairs.flatMap(({ after, before }) =>
    before === null ? [after.oid] : [after.oid, before.oid],
  );
  const blobs = await git.readBlobs(oids, FILE_BYTES_MAX);
  const texts = new Map(oids.map((oid, at) => [oid, blobs[at]?.toString("latin1") ?? null]));
  const findings: SecretFinding[] = [];
  for (const { path, after, before } of pairs) {
    const text = texts.get(after.oid) ?? null;
    if (text === null) continue;
    // What it held before and is too large to be compared counts as new.
    const old = before === null ? null : (texts.get(before.oid) ?? null);
    const own: SecretFinding[] = [];
    for (const found of scanPieces({ path, before: old, after: text }, policy)) {
      own.push(...found);
      await pause();
    }
    findings.push(...uniqueByLine(own));
  }
  return findings;
}
