/** Rules of actions: those built in (EO-9), those of the config, and what holds where. */
import { type ActionName, PASSIVE } from "./action-names.ts";
import { parseActionRule, surelyMeans } from "./action-rule.ts";
import { isCovered } from "./classify-path.ts";
import { stricter, toOutcome } from "./outcomes.ts";
import { quote } from "./quote.ts";
import type { AutonomyContext, Conditions, Facet, Level, Outcome, Rule } from "./types.ts";

const SCOPED: Rule = { level: "full", when: { inScope: true }, otherwise: "supervised" };

/** What holds where no config says anything. */
export const BUILT_IN_RULES: Readonly<Record<ActionName, Rule>> = {
  read: { level: "full" },
  inspect: { level: "full" },
  run_tests: { level: "full" },
  create: SCOPED,
  edit: SCOPED,
  commit_code: { level: "full", when: { tests: "passing" }, otherwise: "supervised" },
  move: { level: "supervised" },
  // Never the narrowest name of anything: it is for configs, and for what a workstream blocks or approves.
  write: { level: "supervised" },
  execute: { level: "supervised" },
  fetch: { level: "supervised" },
  update_tests: { level: "supervised" },
  add_dependency: { level: "supervised" },
  refactor_code: { level: "supervised", when: { tests: "present" }, otherwise: "ask" },
  delete: { level: "ask" },
  tool: { level: "ask" },
  modify_spec: { level: "ask" },
  change_architecture: { level: "ask" },
  decide: { level: "full" },
};

/** What a rule's conditions are held against. */
export interface Facts extends Pick<AutonomyContext, "policy" | "tests"> {
  readonly touches: readonly string[];
  /** All parts of the action. */
  readonly facets: readonly Facet[];
  /** Characters of its new text; null: not told. */
  readonly chars: number | null;
}

/** What the rules say of one part of an action. */
export interface RuleWord {
  readonly outcome: Outcome;
  /** A config says so: neither tier nor trust nor learning makes it looser. */
  readonly isConfigured: boolean;
  readonly reasons: readonly string[];
}

/** The strictest of all that speak of a part: the config's rules of any of its names, and of its narrowest name the built-in one. */
export function applyRules(facet: Facet, facts: Facts): RuleWord {
  const { rules, projectRules } = facts.policy;
  const [narrowest] = facet.names;
  const words: RuleWord[] = [];
  if (!Object.hasOwn(rules, narrowest))
    words.push(applyRule(narrowest, BUILT_IN_RULES[narrowest], null, facts));
  for (const name of facet.names) {
    const own = Object.hasOwn(rules, name) ? rules[name] : undefined;
    const ofProject = Object.hasOwn(projectRules, name) ? projectRules[name] : undefined;
    if (own !== undefined) words.push(applyRule(name, own, "the operator's config", facts));
    if (ofProject !== undefined) words.push(applyRule(name, ofProject, "the project's config", facts));
  }
  const outcome = words.reduce<Outcome>((all, word) => stricter(all, word.outcome), "proceed");
  const deciding = words.filter((word) => word.outcome === outcome);
  return {
    outcome,
    isConfigured: deciding.some(({ isConfigured }) => isConfigured),
    reasons: deciding.flatMap(({ reasons }) => reasons),
  };
}

function applyRule(name: ActionName, rule: Rule, from: string | null, facts: Facts): RuleWord {
  const unmet = rule.when === undefined ? [] : listUnmet(rule.when, facts);
  const level: Level = unmet.length === 0 ? rule.level : (rule.otherwise ?? "ask");
  const why = unmet.length === 0 ? "" : `, because ${unmet.join(" and ")}`;
  const source = from === null ? "" : ` by ${from}`;
  return {
    outcome: toOutcome(level),
    isConfigured: from !== null,
    reasons: [`rule of ${name}${source}: ${level}${why}`],
  };
}

/** Conditions that do not hold, in words. */
function listUnmet(when: Conditions, facts: Facts): readonly string[] {
  const { facets, touches, tests, chars } = facts;
  const paths = facets.flatMap((facet) => (facet.on === "path" ? [facet.path] : []));
  const unmet: string[] = [];
  if (when.inScope === true && touches.length > 0) {
    const beyond = paths.find((path) => !isCovered(path, touches));
    if (beyond !== undefined) unmet.push(`${quote(beyond)} is not in what the workstream declares to touch`);
  }
  if (when.paths !== undefined) {
    const beyond = findBeyond("path", when.paths, facets);
    if (beyond !== null) unmet.push(`${beyond} is not in ${when.paths.join(", ")}`);
  }
  if (when.commands !== undefined) {
    const beyond = findBeyond("command", when.commands, facets);
    if (beyond !== null) unmet.push(`${beyond} does not begin with ${when.commands.join(" or ")}`);
  }
  if (when.maxFiles !== undefined && paths.length > when.maxFiles)
    unmet.push(`it is about ${paths.length} files, more than ${when.maxFiles}`);
  if (when.maxChars !== undefined && (chars === null || chars > when.maxChars))
    unmet.push(
      chars === null ? "how much it writes is not told" : `it writes more than ${when.maxChars} characters`,
    );
  if (when.tests !== undefined && !(tests === "passing" || tests === when.tests))
    unmet.push(when.tests === "present" ? "no tests are known" : "the tests are not known to pass");
  return unmet;
}

/** The first part of the kind that none of the patterns means, in words; parts without any of the kind are fine. */
function findBeyond(
  on: "path" | "command",
  patterns: readonly string[],
  facets: readonly Facet[],
): string | null {
  const rules = patterns.flatMap((pattern) => {
    const rule = parseActionRule(`${on === "path" ? "edit" : "execute"}:${pattern}`);
    return "problem" in rule ? [] : [rule];
  });
  for (const facet of facets) {
    if (facet.on !== on) continue;
    const plain: Facet = { ...facet, names: on === "path" ? ["edit"] : ["execute"] };
    if (!rules.some((rule) => surelyMeans(rule, plain)))
      return quote(facet.on === "path" ? facet.path : facet.on === "command" ? facet.words.join(" ") : "");
  }
  return null;
}

/** True where a part leaves everything as it is. */
export const isPassive = (facet: Facet): boolean => PASSIVE.has(facet.names[0]);
