/** What a decision says beside its question, where it is a person's word in a workflow. */
import type { RevertedView, SignOffView } from "./types.ts";

/** A workstream that an intake resembles. */
export interface CandidateView {
  readonly workstream: string;
  readonly number: number | null;
  readonly title: string;
  /** 0 to 1. */
  readonly similarity: number;
  /** Words that both have and few others. */
  readonly shared: readonly string[];
}

/** Work that a review is about. */
export interface MadeView {
  readonly task: string;
  readonly title: string;
  /** Counted as done without its work; what an earlier attempt brought in is shown all the same. */
  readonly skipped: boolean;
  readonly commit: string | null;
  /** At most 20. */
  readonly files: readonly string[];
  readonly filesTotal: number;
  readonly added: number;
  readonly deleted: number;
  /** Criteria of the task that hold, with what was said of them. */
  readonly checked: readonly string[];
  /** Criteria that do not hold, or that nobody has looked at. */
  readonly unmet: readonly string[];
}

/** What is signed, and where to see all of it. */
export interface ReviewedView {
  /** Path of the spec; null: the work was added as a text. */
  readonly spec: string | null;
  /** Null where nothing is known of it: no spec, or registered by an older osqr. */
  readonly summary: string | null;
  /** How many acceptance criteria the spec has; null as above. */
  readonly criteria: number | null;
  /** `name@version`. */
  readonly workflow: string;
  /** Branch that the work goes to. */
  readonly base: string;
  /** Something was made that the base does not hold: it is on the workstream's own ref. */
  readonly hasWork: boolean;
  /** The commit that brought it into the base; null: it is not there. */
  readonly merged: string | null;
}

/** Fields that a decision has beside those of every other one, where it is a word of a workflow. */
export interface ReviewFields {
  /** Title of the step; null: no word of a workflow. */
  readonly step: string | null;
  readonly role: string | null;
  /** Who may sign; null: anybody. */
  readonly holders: readonly string[] | null;
  readonly definitionOfDone: string | null;
  readonly candidates: readonly CandidateView[];
  readonly made: readonly MadeView[];
  /** Null: no word of a workflow. */
  readonly reviewed: ReviewedView | null;
  /** Where the same is asked again: earlier signatures of the step, and what sent the work back since. */
  readonly earlier: readonly SignOffView[];
  /** What else has happened to work that was signed here or before: sent back by hand, migrated. Sentences, the oldest first. */
  readonly since: readonly string[];
  /** Set where it is asked again because the work was taken out of the base. */
  readonly reverted: RevertedView | null;
}
