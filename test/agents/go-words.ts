/** What the scenarios of a whole `osqr go` say and look at alike. */
import assert from "node:assert/strict";
import type { TestService } from "../support/e2e-repo.ts";

export const write = (path: string, content: string) => ({
  calls: [{ role: "write", path, content } as const],
});
export const shell = (command: string) => ({ calls: [{ role: "shell", command, outside: true } as const] });
export const tool = (name: string, args: Readonly<Record<string, unknown>>) => ({
  calls: [{ role: "mcp", tool: name, args: { ...args } } as const],
});

export const tellSeconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** From the start of an attempt until its agent waits for a prompt, for each attempt. */
export function tellStart(osqr: TestService): string {
  const opened = osqr.ofKind("session_opened");
  const tookMs = osqr.ofKind("attempt_started").map(({ attempt, at }) => {
    const ready = opened.find((event) => event.attempt === attempt);
    return ready === undefined ? "never" : tellSeconds(ready.at - at);
  });
  return `ready after ${tookMs.join(", ")}`;
}

/** How the last conversation was opened: the same one goes on. */
export function assertGoesOn(osqr: TestService): string {
  const opened = osqr.ofKind("session_opened").map(({ how }) => how);
  const how = opened.at(-1) ?? "";
  assert.ok(how === "resumed" || how === "loaded", `it goes on, found: ${opened.join(", ")}`);
  return how;
}

/** What the ledger holds. */
export function tellLedger(osqr: TestService): string {
  const usages = osqr.ofKind("usage_recorded").map(({ usage }) => usage);
  assert.ok(usages.length > 0, "what was used is in the ledger");
  const sum = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  const input = sum(usages.map(({ inputTokens }) => inputTokens)) ?? "unknown";
  const output = sum(usages.map(({ outputTokens }) => outputTokens)) ?? "unknown";
  const cost = sum(usages.map(({ microUsd }) => microUsd));
  return `${input} in, ${output} out, ${cost === null ? "no cost" : `${cost} µ$`}`;
}
