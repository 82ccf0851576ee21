/** One policy of the operator's and the project's config: a project can only tighten it. */
import type { ActionName } from "./action-names.ts";
import { isStricter, stricterTier, toOutcome } from "./outcomes.ts";
import { BUILT_IN_RULES } from "./rules.ts";
import type { AutonomyPolicy, Level, Outcome, Rule, Rules, Tier } from "./types.ts";

/** What a config says about autonomy; null and undefined: nothing. */
export interface AutonomyLayer {
  readonly tier?: Tier | null | undefined;
  readonly rules?: Readonly<Partial<Record<ActionName, Rule | null | undefined>>> | null | undefined;
  readonly confidence?:
    | { readonly proceed?: number | null | undefined; readonly log?: number | null | undefined }
    | null
    | undefined;
}

/** What holds where no config says anything (AO-9, AO-10). */
export const DEFAULT_POLICY: AutonomyPolicy = {
  tier: "balanced",
  rules: {},
  projectRules: {},
  confidence: { proceed: 0.9, log: 0.7 },
};

/** @param refuse notes a wish of the project that was not granted */
export function mergePolicy(
  operator: AutonomyLayer,
  project: AutonomyLayer,
  refuse: (key: string, reason: string) => void,
): AutonomyPolicy {
  const rules = toRules(operator);
  const projectRules = toRules(project);
  for (const [name, rule] of Object.entries(projectRules))
    refuseLooser(name as ActionName, rule, rules, refuse);
  const tier = operator.tier ?? DEFAULT_POLICY.tier;
  const wanted = project.tier ?? tier;
  if (stricterTier(tier, wanted) !== wanted)
    refuse("autonomy.tier", `a project can only tighten it: ${tier} stays, the project asks for ${wanted}`);
  const proceed = raise("proceed", operator, project, refuse);
  const log = raise("log", operator, project, refuse);
  // Bands that cross leave none between them.
  return {
    tier: stricterTier(tier, wanted),
    rules,
    projectRules,
    confidence: { proceed: Math.max(proceed, log), log },
  };
}

const toRules = ({ rules }: AutonomyLayer): Rules =>
  Object.fromEntries(Object.entries(rules ?? {}).filter(([, rule]) => rule != null));

/** The strictest of both counts anyway: a rule that can do nothing is only said. */
function refuseLooser(
  name: ActionName,
  rule: Rule,
  rules: Rules,
  refuse: (key: string, reason: string) => void,
): void {
  const held = rules[name] ?? BUILT_IN_RULES[name];
  if (!isStricter(loosest(held), strictest(rule))) return;
  refuse(
    `autonomy.rules.${name}`,
    `a project can only tighten it: ${held.level} stays, the project asks for ${rule.level}`,
  );
}

const levelsOf = ({ level, when, otherwise = "ask" }: Rule): readonly Level[] =>
  when === undefined ? [level] : [level, otherwise];

const strictest = (rule: Rule): Outcome =>
  levelsOf(rule)
    .map(toOutcome)
    .reduce((a, b) => (isStricter(a, b) ? a : b));

const loosest = (rule: Rule): Outcome =>
  levelsOf(rule)
    .map(toOutcome)
    .reduce((a, b) => (isStricter(a, b) ? b : a));

function raise(
  band: "proceed" | "log",
  operator: AutonomyLayer,
  project: AutonomyLayer,
  refuse: (key: string, reason: string) => void,
): number {
  const held = operator.confidence?.[band] ?? DEFAULT_POLICY.confidence[band];
  const wanted = project.confidence?.[band] ?? held;
  if (wanted < held)
    refuse(
      `autonomy.confidence.${band}`,
      `a project can only raise it: ${held} stays, the project asks for ${wanted}`,
    );
  return Math.max(held, wanted);
}
