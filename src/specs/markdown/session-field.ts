/** In which conversation a task is done: `session: reuse`, `session: reuse within 30m`, `session timeout: 30m`, `session: new`. */
import { parseDurationMs } from "../../core/duration.ts";
import type { SessionWish } from "../../core/model/session.ts";
import type { ProblemList } from "../problems.ts";

const WORDS = /^(reuse|new)(?:[\s,]+(?:within|for)\s+(.+))?$/i;

interface Written {
  readonly text: string;
  readonly line: number;
}

const clean = (text: string): string => text.replace(/[`*_"]/g, "").trim();

/** Null: it is something else. */
export function parseSession(text: string): SessionWish | null {
  const [, word, within] = WORDS.exec(clean(text)) ?? [];
  const timeoutMs = within === undefined ? null : parseDurationMs(within);
  if (word === undefined || (within !== undefined && timeoutMs === null)) return null;
  return { kind: word.toLowerCase() === "reuse" ? "reuse" : "new", timeoutMs };
}

export const parseSessionTimeout = (text: string): number | null => parseDurationMs(clean(text));

/** The fields of a whole spec. Null: it says nothing, or nothing that can be read, which is reported. */
export function readSession(
  { session, timeout }: { readonly session: Written | null; readonly timeout: Written | null },
  problems: ProblemList,
): SessionWish | null {
  const wish = session === null ? null : parseSession(session.text);
  const timeoutMs = timeout === null ? null : parseSessionTimeout(timeout.text);
  if (session !== null && wish === null)
    report(session, "session", "reuse, new, or reuse within 30m", problems);
  if (timeout !== null && timeoutMs === null)
    report(timeout, "session timeout", "a duration such as 30m or 2h", problems);
  if (wish === null && timeoutMs === null) return null;
  return { kind: wish?.kind ?? null, timeoutMs: timeoutMs ?? wish?.timeoutMs ?? null };
}

function report({ text, line }: Written, name: string, expected: string, problems: ProblemList): void {
  const found = text.slice(0, 100);
  problems.add(line, {
    severity: "warning",
    code: "bad-session",
    message: `the ${name} "${found}" cannot be read: it is ignored`,
    found,
    expected,
    hint: "write for example: session: reuse within 30m",
  });
}

/** What a task says comes before what its group says. */
export function joinWishes(own: SessionWish | null, above: SessionWish | null): SessionWish | null {
  if (own === null || above === null) return own ?? above;
  return { kind: own.kind ?? above.kind, timeoutMs: own.timeoutMs ?? above.timeoutMs };
}
