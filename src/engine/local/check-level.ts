import { OsqrError } from "../../core/errors.ts";
import type { ProbedSandbox } from "../../sandbox/probe.ts";
import type { SandboxLevel } from "../../sandbox/types.ts";

/**
 * @param level what the config insists on; null: nothing
 * @param own what the operator's own config says now; `found` was looked for when osqr was started
 * @throws `sandbox-level` where that is not what was found
 */
export function checkLevel(
  level: SandboxLevel | null,
  {
    found,
    own,
  }: { readonly found: Pick<ProbedSandbox, "level" | "reason" | "hints">; readonly own: SandboxLevel | null },
): void {
  if (level === null || level === "process" || level === found.level) return;
  const what = found.reason === null ? found.level : `${found.level}: ${found.reason}`;
  throw new OsqrError("sandbox-level", `the config asks for sandbox level ${level}, found ${what}`, {
    hints: listWaysOut(level, found, own),
  });
}

function listWaysOut(
  level: SandboxLevel,
  { reason, hints }: Pick<ProbedSandbox, "reason" | "hints">,
  own: SandboxLevel | null,
): readonly string[] {
  const change = "or change sandbox.level in the config, then: osqr stop";
  if (reason !== null) return [...hints, change];
  return own === level
    ? [
        "your config has changed since osqr was started, which is when it looks for its level: osqr stop",
        change,
      ]
    : [`your own config has to ask for ${level} too`, change];
}
