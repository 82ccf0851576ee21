/**
 * May an agent do this without asking? In order: what is never allowed without a person, what the workstream blocks or approves,
 * the tier, the rule of the action, confidence, trust. All that is found wrong counts: a later rule never frees what an earlier one holds.
 */
import type { AgentAction } from "../model/agent.ts";
import { type ActionRule, mayMean, parseActionRule, surelyMeans } from "./action-rule.ts";
import { judgeConfidence } from "./confidence.ts";
import { nameKind } from "./learning.ts";
import { isStricter, looser, stricter } from "./outcomes.ts";
import { quote } from "./quote.ts";
import { isOwnTool, recognise } from "./recognise.ts";
import { applyRules, type Facts, isPassive } from "./rules.ts";
import { tierOf } from "./tiers.ts";
import { findTrust, type Trust } from "./trust.ts";
import type { AutonomyContext, AutonomyPolicy, Facet, Outcome, Recognised, Tier, Verdict } from "./types.ts";

const REASONS_MAX = 40;

/** Judges one request for permission. Pure. */
export function judge(action: AgentAction, context: AutonomyContext): Verdict {
  if (isOwnTool(action)) return toVerdict("proceed", ["osqr's own tools only ask, report and read"]);
  return judgeRecognised(recognise(action, context.places), context, action.content?.length ?? null);
}

/** @param chars how much it writes; null: not told */
export function judgeRecognised(found: Recognised, context: AutonomyContext, chars: number | null): Verdict {
  const hazards = [...new Set(found.hazards.map(({ kind }) => kind))];
  const inviolable = found.hazards.map(({ text }) => `always asks: ${text}`);
  const { policy, own } = tighten(context);
  const list = readLists(context);
  const blocked = findBlocked(found, list);
  if (blocked !== null) return toVerdict("refuse", [...inviolable, blocked], null, hazards);
  if (hazards.length > 0) return toVerdict("ask", [...inviolable, ...found.unknown], null, hazards);
  const unread = found.unknown.length > 0 ? judgeUnknown(found, list, policy.tier) : null;
  if (unread?.outcome === "ask") return toVerdict("ask", unread.reasons);
  if (list.unreadable.length > 0 && !found.facets.every(isPassive)) return toVerdict("ask", list.unreadable);
  const approved = unread === null ? findApproved(found.facets, list.approved, policy.tier) : null;
  if (approved !== null) return toVerdict(approved.outcome, [...approved.reasons, ...found.notes]);
  const parts = judgeParts(found.facets, { ...context, policy }, { chars, own });
  return combine(parts, [...(unread?.reasons ?? []), ...found.notes], unread?.outcome ?? "proceed");
}

/** The policy with the workstream's own tier; `own`: that is what holds. */
function tighten({ policy, workstream }: AutonomyContext): { policy: AutonomyPolicy; own: boolean } {
  const tier = tierOf(policy.tier, workstream);
  return { policy: { ...policy, tier }, own: tier !== policy.tier };
}

function toVerdict(
  outcome: Outcome,
  reasons: readonly string[],
  kind: string | null = null,
  hazards: Verdict["hazards"] = [],
): Verdict {
  const more = reasons.length - REASONS_MAX;
  const shown = more > 0 ? [...reasons.slice(0, REASONS_MAX - 1), `and ${more + 1} more`] : reasons;
  return { outcome, reasons: shown, kind, hazards };
}

interface Lists {
  readonly blocked: readonly ActionRule[];
  readonly approved: readonly ActionRule[];
  /** Blocked ones that mean nothing: nobody knows what they were to keep out. */
  readonly unreadable: readonly string[];
}

function readLists({ workstream }: AutonomyContext): Lists {
  const read = (texts: readonly string[]) => texts.map((text) => ({ text, rule: parseActionRule(text) }));
  const blocked = read(workstream.blockedActions);
  const toRules = (all: typeof blocked) => all.flatMap(({ rule }) => ("problem" in rule ? [] : [rule]));
  return {
    blocked: toRules(blocked),
    approved: toRules(read(workstream.approvedActions)),
    unreadable: blocked
      .filter(({ rule }) => "problem" in rule)
      .map(({ text }) => `the blocked action ${quote(text)} means nothing, so it may be this`),
  };
}

function findBlocked({ facets }: Recognised, { blocked }: Lists): string | null {
  for (const facet of facets) {
    const rule = blocked.find((each) => mayMean(each, facet));
    if (rule !== undefined) return `blocked for this workstream: ${rule.text} (${sayFacet(facet)})`;
  }
  return null;
}

/** What cannot be told asks; with `full_auto` it goes on, unless something is blocked that it might be. */
function judgeUnknown(
  { unknown }: Recognised,
  { blocked }: Lists,
  tier: Tier,
): { outcome: Outcome; reasons: readonly string[] } {
  const reasons = unknown.map((why) => `not understood: ${why}`);
  if (tier !== "full_auto") return { outcome: "ask", reasons };
  const [first] = blocked;
  if (first === undefined)
    return { outcome: "log", reasons: [...reasons, "tier full_auto: it goes on and is logged"] };
  return { outcome: "ask", reasons: [...reasons, `it may be the blocked ${first.text}`] };
}

/** Null: not every part of it is approved. */
function findApproved(
  facets: readonly Facet[],
  approved: readonly ActionRule[],
  tier: Tier,
): { outcome: Outcome; reasons: readonly string[] } | null {
  if (facets.length === 0 || approved.length === 0) return null;
  const used = new Set<string>();
  for (const facet of facets) {
    const rule = approved.find((each) => surelyMeans(each, facet));
    if (rule === undefined && facet.names[0] !== "inspect" && facet.names[0] !== "read") return null;
    if (rule !== undefined) used.add(rule.text);
  }
  if (used.size === 0) return null;
  return {
    outcome: tier === "supervised" ? "log" : "proceed",
    reasons: [`approved for this workstream: ${[...used].join(", ")}`],
  };
}

interface Part {
  readonly outcome: Outcome;
  readonly reasons: readonly string[];
  readonly kind: string;
}

function judgeParts(
  facets: readonly Facet[],
  context: AutonomyContext,
  { chars, own }: { readonly chars: number | null; readonly own: boolean },
): readonly Part[] {
  const trust = findTrust(context.trust, context.now);
  const { policy, tests, workstream } = context;
  const facts: Facts = { policy, tests, touches: workstream.touches, facets, chars };
  const tier = own ? `${policy.tier} (of this workstream)` : policy.tier;
  return facets.map((facet) => judgeFacet(facet, context, { facts, trust, said: tier }));
}

/** Tier, rule, confidence and trust for one part of an action. */
function judgeFacet(
  facet: Facet,
  context: AutonomyContext,
  { facts, trust, said }: { readonly facts: Facts; readonly trust: Trust; readonly said: string },
): Part {
  const { policy, counts } = context;
  const { tier } = policy;
  const kind = nameKind(facet);
  const word = applyRules(facet, facts);
  if (tier === "supervised" && !isPassive(facet))
    return {
      outcome: "ask",
      reasons: [`tier ${said}: it asks before anything that changes something (${sayFacet(facet)})`],
      kind,
    };
  const reasons = [`tier ${said}`, ...word.reasons];
  const isFree = !word.isConfigured;
  let outcome = word.outcome;
  if (outcome === "ask" && isFree && tier === "full_auto") {
    outcome = "log";
    reasons.push("tier full_auto: it goes on and is logged");
  }
  const confidence = judgeConfidence(context.confidence, kind, counts, policy.confidence);
  if (outcome === "ask" && isFree && confidence.isProven) {
    outcome = "log";
    reasons.push("answers so far make it safe to go on");
  }
  const unlocked = facet.names.find((name) => trust.unlocks.includes(name));
  if (unlocked !== undefined && isFree && outcome !== "proceed") {
    outcome = outcome === "ask" ? "log" : "proceed";
    reasons.push(`trust ${trust.level} (${trust.reason}): ${unlocked} is a step freer`);
  }
  const doubt = facet.names[0] === "read" ? "proceed" : limitDoubt(confidence.outcome, tier);
  if (confidence.reason !== null)
    reasons.push(`${confidence.reason}: ${doubt === "proceed" ? "it may go on" : doubt}`);
  return { outcome: stricter(outcome, doubt), reasons, kind };
}

/** Doubt is asked about in the tiers up to `balanced`; beyond it is logged (AO-10). */
const limitDoubt = (outcome: Outcome, tier: Tier): Outcome =>
  tier === "supervised" || tier === "balanced" ? outcome : looser(outcome, "log");

/** The strictest part decides; its kind is what an answer teaches about. */
function combine(parts: readonly Part[], notes: readonly string[], least: Outcome): Verdict {
  const [first] = parts;
  const floor = notes.length > 0 ? stricter(least, "log") : least;
  if (first === undefined) {
    const outcome = stricter(floor, "log");
    return toVerdict(outcome, notes.length > 0 ? notes : ["nothing in it is known to matter"]);
  }
  const strictest = parts.reduce((all, part) => (isStricter(part.outcome, all.outcome) ? part : all), first);
  const reasons = [...new Set([...strictest.reasons, ...parts.flatMap((part) => part.reasons), ...notes])];
  return toVerdict(stricter(strictest.outcome, floor), reasons, strictest.kind);
}

function sayFacet(facet: Facet): string {
  const [name] = facet.names;
  switch (facet.on) {
    case "path":
      return `${name} ${quote(facet.path)}`;
    case "command":
      return `${name} ${quote(facet.words.join(" "))}`;
    case "host":
      return `${name} ${quote(facet.host)}`;
    case "tool":
      return `${name} ${quote(facet.tool)}`;
    case "subject":
      return `${name} ${quote(facet.subject)}`;
  }
}
