import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OsqrError } from "../../core/errors.ts";
import type { Service } from "../service.ts";
import { toAttempt } from "./names.ts";
import type { ServiceParts } from "./service.ts";

/** Bytes of a log handed out at once. */
const PAGE_BYTES = 256 * 1024;

/** Reads on in an attempt's output. Logs are kept after the attempt: see `keepLog`. */
export async function readAttemptLog(
  { engine, tools }: ServiceParts,
  text: string,
  offset: number,
): ReturnType<Service["attemptLog"]> {
  const id = toAttempt(text);
  const attempt = id === null ? undefined : engine.state.attempts.get(id);
  if (id === null || attempt === undefined) throw new OsqrError("unknown-attempt", `no attempt "${text}"`);
  const isOpen = engine.state.active.has(id) || engine.state.parked.has(id);
  for (const path of [join(tools.home.attempts, id, "output.log"), toKeptLog(tools.home.root, id)]) {
    const page = await readPage(path, offset);
    if (page !== null) return { ...page, done: !isOpen && page.text === "" };
  }
  return { text: "", next: offset, done: !isOpen };
}

/** Where the log of an ended attempt is kept. */
export function toKeptLog(home: string, attempt: string): string {
  return join(home, "logs", `${attempt}.log`);
}

/** Attempts whose log is kept; the oldest go first. */
const KEPT_MAX = 500;

/** Keeps the output of an attempt whose folder goes. */
export async function keepLog(home: string, attempt: string, from: string): Promise<void> {
  const target = toKeptLog(home, attempt);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  try {
    await rename(from, target);
  } catch {
    return; // It printed nothing, or the log was moved before a crash.
  }
  const number = Number(/^a-(\d+)$/.exec(attempt)?.[1] ?? 0);
  await rm(toKeptLog(home, `a-${number - KEPT_MAX}`), { force: true });
}

async function readPage(path: string, offset: number): Promise<{ text: string; next: number } | null> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, "r");
  } catch {
    return null; // Not there: it may be kept elsewhere, or nothing was printed.
  }
  try {
    const buffer = Buffer.alloc(PAGE_BYTES);
    const { bytesRead } = await file.read(buffer, 0, PAGE_BYTES, offset);
    // A character cut in two at the end of a page is left for the next one.
    let end = bytesRead;
    if (bytesRead === PAGE_BYTES) while (end > 0 && ((buffer[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    return { text: buffer.toString("utf8", 0, end), next: offset + end };
  } finally {
    await file.close();
  }
}
