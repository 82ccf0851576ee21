/** What a decision says beside its question, where it is a person's word in a workflow. */

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
  readonly commit: string | null;
  /** At most 20. */
  readonly files: readonly string[];
  readonly filesTotal: number;
  readonly added: number;
  readonly deleted: number;
  /** Criteria of the task that hold, with what was said of them. */
  readonly checked: readonly string[];
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
}
