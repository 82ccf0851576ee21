/** Roles and gates that workflows name and the project does not have, and roles of the config that none names. */
import type { SourceLocation, SpecProblem } from "../model/spec.ts";
import { ALL_GATES, type WorkflowDefinition, type WorkflowStep } from "../model/workflow.ts";
import { findNearestName } from "../nearest-name.ts";

/** What a project has of what a workflow can name. */
export interface ProjectNames {
  /** Who holds each role; empty: nobody has said. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly gates: readonly string[];
  /** Where the roles are written. */
  readonly config: SourceLocation;
}

/** @param severity of a gate that is not there: the step that names it will not pass */
export function checkNames(
  definitions: readonly WorkflowDefinition[],
  names: ProjectNames,
  severity: "error" | "warning",
): readonly SpecProblem[] {
  return definitions.flatMap((definition) => [
    ...findUnheld(definition, names),
    ...findUnknownGates(definition, names, severity),
  ]);
}

/** Roles of the config that no workflow has, where they are nearly one that a workflow has. */
export function checkRoles(
  definitions: readonly WorkflowDefinition[],
  { roles, config }: ProjectNames,
): readonly SpecProblem[] {
  const used = new Set(definitions.flatMap(({ steps }) => steps.flatMap(({ role }) => role ?? [])));
  return Object.keys(roles).flatMap((role) => {
    const nearest = used.has(role) ? null : findNearestName(role, used);
    if (nearest === null) return [];
    const message = `roles.${role}: no workflow has a role ${role}; did you mean ${nearest}?`;
    return [warn("unused-role", message, config)];
  });
}

const warn = (code: string, message: string, location: SourceLocation): SpecProblem => ({
  severity: "warning",
  code,
  message,
  location,
  found: null,
  expected: null,
  hint: null,
});

const placeOf = ({ source }: WorkflowDefinition, { line }: WorkflowStep): SourceLocation => ({
  path: source,
  line: Math.max(1, line),
});

/**
 * Roles that nobody holds. Without a list anybody may sign; with an empty one nobody can, and the work stops there. Where nobody
 * has roles at all, everybody may sign everything: nothing is to be said.
 */
function findUnheld(definition: WorkflowDefinition, { roles, config }: ProjectNames): SpecProblem[] {
  const held = Object.keys(roles);
  if (held.length === 0) return [];
  const seen = new Set<string>();
  return definition.steps.flatMap((step) => {
    const { role, key, line } = step;
    if (role === null || seen.has(role)) return [];
    const holders = Object.hasOwn(roles, role) ? roles[role] : undefined;
    if (!(holders === undefined ? isReview(step) : holders.length === 0 && isWord(step))) return [];
    seen.add(role);
    const where = `${definition.name}, step "${key}"`;
    const place = line === 0 ? config : placeOf(definition, step);
    return [holders === undefined ? sayUnheld(role, { where, held, place }) : sayEmpty(role, where, place)];
  });
}

const isReview = ({ kind }: WorkflowStep): boolean => kind === "review" || kind === "intake";

/** Somebody with its role has to say something before it goes on. */
const isWord = (step: WorkflowStep): boolean =>
  isReview(step) || [...step.entry, ...step.exit].some(({ check }) => check.kind === "tick");

function sayUnheld(
  role: string,
  { where, held, place }: { where: string; held: readonly string[]; place: SourceLocation },
): SpecProblem {
  const nearest = findNearestName(role, held);
  const hint = nearest === null ? "" : `; did you mean ${nearest}?`;
  return warn("unheld-role", `role ${role} (${where}) is held by nobody: anybody may sign${hint}`, place);
}

function sayEmpty(role: string, where: string, place: SourceLocation): SpecProblem {
  const message = `nobody can sign ${where}, and the work stops there: roles.${role} has no name in it`;
  return {
    ...warn("empty-role", message, place),
    found: "an empty list, or lists of the operator and the project with no name in both",
    expected: `somebody: roles: { ${role}: [<name>] }; without a list anybody may sign`,
  };
}

function findUnknownGates(
  definition: WorkflowDefinition,
  { gates }: ProjectNames,
  severity: "error" | "warning",
): SpecProblem[] {
  return definition.steps.flatMap((step) => {
    const named = [...step.entry, ...step.exit].flatMap(({ check }) =>
      check.kind === "gate" && check.gate !== ALL_GATES ? [check.gate] : [],
    );
    return [...new Set(named)]
      .filter((gate) => !gates.includes(gate))
      .map((gate): SpecProblem => {
        const nearest = findNearestName(gate, gates);
        return {
          severity,
          code: "unknown-gate",
          message: `the step "${step.key}" names the gate "${gate}", which the project does not have`,
          location: placeOf(definition, step),
          found: gate,
          expected: gates.length === 0 ? "none: the project has no gates" : [...gates, ALL_GATES].join(", "),
          hint: nearest === null ? null : `did you mean ${nearest}?`,
        };
      });
  });
}
