/** The gates of two configs in one: the operator's hold; a project can add to them, and tighten what osqr measures. */
import { isSameValue } from "../same-value.ts";
import { type GateChoice, SEVERITIES, type SecretsGate } from "./choices.ts";

type Gates = Readonly<Record<string, GateChoice>>;
type Refuse = (key: string, reason: string) => void;

export function mergeGates(operator: Gates, project: Gates, refuse: Refuse): Gates {
  const gates = new Map(Object.entries(operator));
  for (const [name, choice] of Object.entries(project)) {
    const held = gates.get(name);
    const merged =
      name === "secrets" ? mergeSecrets(held, choice, refuse) : merge(name, held, choice, refuse);
    if (merged !== undefined) gates.set(name, merged);
  }
  return Object.fromEntries(gates);
}

function merge(name: string, held: GateChoice | undefined, choice: GateChoice, refuse: Refuse): GateChoice {
  if (held === undefined || isSameValue(held, choice)) return choice;
  const tighter = tighten(held, choice);
  if (tighter !== null) return tighter;
  refuse(`gates.${name}`, "the operator's config has a gate of this name");
  return held;
}

const kindOf = (choice: GateChoice): string | null =>
  typeof choice === "object" && "measures" in choice ? choice.measures : null;

/** The operator's gate with a higher bar, where that is all that the project changes; null: it is not. */
function tighten(held: GateChoice, choice: GateChoice): GateChoice | null {
  if (typeof held !== "object" || typeof choice !== "object" || kindOf(held) !== kindOf(choice)) return null;
  if (!("measures" in held) || !("measures" in choice)) return null;
  if (held.measures === "coverage" && choice.measures === "coverage") {
    const target = Math.max(held.target, choice.target);
    return isSameValue({ ...held, target: 0 }, { ...choice, target: 0 }) ? { ...held, target } : null;
  }
  if (held.measures === "security" && choice.measures === "security") {
    const [level = held.level] = SEVERITIES.filter((each) => each === held.level || each === choice.level);
    return isSameValue({ ...held, level }, { ...choice, level }) ? { ...held, level } : null;
  }
  return null;
}

/** What the code may hold is not for the code to say: only the operator opens it, or switches it off. */
function mergeSecrets(
  held: GateChoice | undefined,
  choice: GateChoice,
  refuse: Refuse,
): GateChoice | undefined {
  const isOpen =
    choice === false || (isSecrets(choice) && (choice.allow.length > 0 || choice.comment !== null));
  if (!isOpen) return held;
  if (held === undefined || !isSameValue(held, choice))
    refuse("gates.secrets", "only the operator's config says what is let through");
  return held;
}

export const isSecrets = (choice: GateChoice | undefined): choice is SecretsGate =>
  typeof choice === "object" && "measures" in choice && choice.measures === "secrets";
