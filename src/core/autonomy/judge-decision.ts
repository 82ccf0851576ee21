/** What an agent says that it has decided by itself (AO-9). */
import type { AgentReport } from "../model/agent.ts";
import { judgeRecognised } from "./judge.ts";
import { quote } from "./quote.ts";
import type { AutonomyContext, Facet, Hazard, Recognised, Verdict } from "./types.ts";

export type DecisionReport = Extract<AgentReport, { readonly kind: "decision" }>;

/** Words of decisions about what is to be built. */
const SCOPE =
  /\b(?:(?:out of|in|beyond|spec|project|feature|task) scope|scope of (?:the |this )?(?:spec|feature|task|work|project)|acceptance criteri\w+|(?:change|edit|rewrite|relax|amend|reinterpret)\w* (?:of )?the spec\w*|(?:drop|skip|remove|relax|ignore|waive|chang)\w* (?:a |the |this |that )?(?:feature|requirement)s?|descop\w+|won'?t (?:build|implement))\b/i;
/** Words of decisions that much else is built on. */
const ARCHITECTURE =
  /\b(?:architectur\w*|framework|database|datastore|(?:data|db|database) schema|schema change|wire format|protocol|public api|breaking change|programming language|monorepo|microservices?)\b/i;
/** Words of decisions about what cannot be taken back. */
const IRREVERSIBLE =
  /\b(?:deploy\w*|publish\w*|releas(?:e|ing) to|to production|drop(?:ping)? (?:the )?(?:table|database|column)|delet\w+ (?:all|the (?:data|database|history))|force[- ]push\w*|rotat\w+ (?:keys?|secrets?)|licen[cs]e)\b/i;

/**
 * Judges a decision that was reported with a confidence. `ask`: it becomes a question for the operator; the confidence of the
 * context is not looked at, the report's is.
 */
export function judgeDecision(report: DecisionReport, context: AutonomyContext): Verdict {
  const subject = report.subject.slice(0, 1_000);
  const text = `${subject}\n${report.choice.slice(0, 4_000)}`.normalize("NFKC");
  const hazards: Hazard[] = [];
  if (SCOPE.test(text))
    hazards.push({ kind: "scope", text: `${quote(subject)} is about what is to be built` });
  if (IRREVERSIBLE.test(text))
    hazards.push({ kind: "irreversible", text: `${quote(subject)} is about what cannot be taken back` });
  const facet: Facet = {
    on: "subject",
    names: ARCHITECTURE.test(text) ? ["change_architecture", "decide"] : ["decide"],
    subject,
  };
  const found: Recognised = { facets: [facet], hazards, unknown: [], notes: [] };
  return judgeRecognised(found, { ...context, confidence: report.confidence }, null);
}
