/** Who answers for what: signatures and reasons. */
import type { Command } from "../model/command.ts";
import type { Decision } from "../model/decision.ts";
import type { Project } from "../model/project.ts";
import { refuse, type Step } from "./step.ts";

/** An answer to a decision. */
export type Answer = Omit<Extract<Command, { kind: "resolve" }>, "kind" | "decision">;

/** Records an answer that somebody has to stand for with their name. */
export function resolveBy(step: Step, decision: Decision, answer: Answer, signer: string): void {
  const { option, by, reasoning } = answer;
  step.emit({ kind: "decision_resolved", decision: decision.id, option, by, signer, reasoning });
}

/**
 * Who may sign (FR-006): a role that the config gives to nobody may be taken by anybody.
 *
 * Refuses with `signer-missing` where no name is given, `not-allowed` where the name does not hold the role.
 */
export function checkSigner(
  { roles }: Pick<Project, "roles">,
  role: string | null,
  { signer, what }: { readonly signer: string | undefined; readonly what: string },
): string {
  const name = signer?.trim() ?? "";
  if (name === "") {
    refuse("signer-missing", `${what}: a signature needs a name`, ["say who signs: --as <name>"]);
  }
  const holders = role === null ? undefined : roles[role];
  if (role === null || holders === undefined || holders.includes(name)) return name;
  const who = holders.length === 0 ? "nobody has it" : `it is held by ${holders.join(", ")}`;
  refuse("not-allowed", `${what}: ${name} does not have the role ${role}; ${who}`, [
    holders.length === 0
      ? `give it to somebody: roles.${role} in the config`
      : `ask ${sayOneOf(holders)} to sign it`,
  ]);
}

const sayOneOf = (names: readonly string[]): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;

/** Refuses with `owner-missing` where nobody is named. */
export function checkName(name: string, question: string, hint: string): string {
  const text = name.trim();
  if (text === "") refuse("owner-missing", `${question} expected a name, found none`, [hint]);
  return text;
}

/** Refuses with `reason-missing` where a decision that others have to live with gives no reason. */
export function checkReason(reason: string, what: string): string {
  const text = reason.trim();
  if (text === "") refuse("reason-missing", `${what}: expected a reason, found none`, ["--because <text>"]);
  return text;
}
