/** The words of autonomy: what may an agent do without asking (design §8, EO-9, EO-14, AO-9 to AO-11). */
import type { EpochMs } from "../model/ids.ts";
import type { Workstream } from "../model/work.ts";
import type { ActionName } from "./action-names.ts";
import type { AutonomyCounts } from "./learning.ts";
import type { TrustRecord } from "./trust.ts";

/** From loose to strict. `refuse`: the operator has said no already; the agent is told why and nobody is asked. */
export type Outcome = "proceed" | "log" | "ask" | "refuse";

/** From strict to loose (AO-10). */
export type Tier = "supervised" | "balanced" | "autonomous" | "full_auto";

/** How far an action may go by its rule (EO-9): `full` goes on, `supervised` goes on and is logged, `ask` needs approval. */
export type Level = "full" | "supervised" | "ask";

/** What is known of a project's tests: `present` there is a gate for them, `passing` its last result where the work starts from. */
export type KnownTests = "none" | "present" | "passing";

/** What must hold for a rule's level to count. All of those that are given. */
export interface Conditions {
  /** All paths of the action are in one of these globs. */
  readonly paths?: readonly string[];
  /** All commands begin with one of these, word by word. */
  readonly commands?: readonly string[];
  /** At most so many paths. */
  readonly maxFiles?: number;
  /** The new text, where the agent tells it, has at most so many characters; where it does not, this does not hold. */
  readonly maxChars?: number;
  /** The project has tests, or they pass where the work starts from. */
  readonly tests?: "present" | "passing";
  /** All paths are in what the workstream declares to touch; where it declares nothing, everything is. */
  readonly inScope?: boolean;
}

/** The rule of one action. */
export interface Rule {
  readonly level: Level;
  readonly when?: Conditions;
  /** The level where `when` does not hold. @default ask */
  readonly otherwise?: Level;
}

export type Rules = Readonly<Partial<Record<ActionName, Rule>>>;

/** The part of the config that is about autonomy. */
export interface AutonomyPolicy {
  readonly tier: Tier;
  /** Of the operator, in place of those built in. */
  readonly rules: Rules;
  /** Of the project, beside the others: the strictest counts, so they can only tighten. */
  readonly projectRules: Rules;
  /** Above `proceed` it goes on; from `log` it goes on and is logged; below it asks (AO-9). 0 to 1. */
  readonly confidence: { readonly proceed: number; readonly log: number };
}

/** What makes an action dangerous beyond what a rule, trust or learning could allow. */
export type HazardKind =
  /** Files that change how machines behave. */
  | "hooks"
  | "ci"
  | "editor"
  | "agent"
  | "environment"
  | "osqr"
  | "install"
  | "registry"
  /** Dependencies come from a new place. */
  | "host"
  /** Writes outside of the work tree. */
  | "outside"
  | "mass_delete"
  /** Acts on something that no git can bring back. */
  | "irreversible"
  | "privilege"
  /** Runs what comes from the network. */
  | "remote_code"
  /** Changes what is to be built (EO-14). */
  | "scope"
  /** Its name is not what it looks like. */
  | "disguise";

export interface Hazard {
  readonly kind: HazardKind;
  /** What it is and where, in words for people. */
  readonly text: string;
}

/** One part of an action that a rule can speak of. */
export type Facet = {
  /** The narrowest first; the last are the plain ones (`edit`, `write`; `execute`). */
  readonly names: readonly [ActionName, ...ActionName[]];
} & (
  | { readonly on: "path"; readonly path: string }
  | { readonly on: "command"; readonly words: readonly string[] }
  | { readonly on: "host"; readonly host: string }
  | { readonly on: "tool"; readonly tool: string }
  | { readonly on: "subject"; readonly subject: string }
);

/** What an action is, as far as its request tells. */
export interface Recognised {
  readonly facets: readonly Facet[];
  readonly hazards: readonly Hazard[];
  /** What could not be told, in words; empty: all of it was understood. */
  readonly unknown: readonly string[];
  /** Worth a line in the log although it is allowed, in words. */
  readonly notes: readonly string[];
}

/** What the paths and texts of an action are read against. */
export interface Places {
  /** Absolute paths of the work tree, as the agent and as osqr see it. */
  readonly roots: readonly string[];
  /** Folders outside of it that belong to the attempt: its home, its temporary folder. */
  readonly scratch: readonly string[];
  /** Files and folders that hold specs, relative to the tree: changing one changes the scope. */
  readonly specs: readonly string[];
  /**
   * Present text of manifests and lockfiles that the action names, by path relative to the tree. One that is missing here is
   * new or not known: its new text is then judged by itself.
   */
  readonly texts: ReadonlyMap<string, string>;
}

/** All that a verdict depends on beside the action. */
export interface AutonomyContext {
  readonly policy: AutonomyPolicy;
  readonly workstream: Pick<Workstream, "approvedActions" | "blockedActions" | "touches" | "autonomy">;
  readonly places: Places;
  /** What is known of the project's tests at the commit that the work starts from. */
  readonly tests: KnownTests;
  /** As the agent states it for this action, 0 to 1; null: it says nothing. */
  readonly confidence: number | null;
  readonly counts: AutonomyCounts;
  readonly trust: TrustRecord;
  readonly now: EpochMs;
}

export interface Verdict {
  readonly outcome: Outcome;
  /** Every rule that spoke, in order, in words for people; at least one, at most 40. Parts that come from agents are quoted. */
  readonly reasons: readonly string[];
  /** What the answer to it teaches something about; null: nothing is ever learned from it. */
  readonly kind: string | null;
  /** Kinds of hazards found; empty: none. */
  readonly hazards: readonly HazardKind[];
}
