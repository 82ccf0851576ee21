/** Steps and criteria as `--json` and the API show them. Fields may be added, never taken away or changed. */
import type { CriterionCheck, StepKind } from "../model/workflow.ts";

export interface CriterionView {
  readonly key: string;
  readonly text: string;
  /** `tick`: only a person can say so. */
  readonly kind: CriterionCheck["kind"];
  readonly met: boolean;
  /** What the last look said; null: nobody has looked since it was opened. */
  readonly detail: string | null;
  /** Set where it holds only because there was nothing to verify it with. */
  readonly unverified?: true | undefined;
}

export interface StepView {
  readonly key: string;
  readonly title: string;
  readonly order: number;
  readonly kind: StepKind;
  readonly role: string | null;
  readonly definitionOfDone: string | null;
  /** Its tasks, and how many are done. */
  readonly total: number;
  readonly completed: number;
  readonly status: "pending" | "active" | "completed";
}

export interface RemainingCriterion extends CriterionView {
  /** Key of the task. */
  readonly task: string;
}

/** What a workstream's view says of its workflow. */
export interface WorkstreamSteps {
  readonly steps: readonly StepView[];
  /** Key of the step that it is in, the first of several; null: it has ended. */
  readonly currentStep: string | null;
  readonly nextStep: string | null;
  /** Exit criteria of the current steps that do not hold yet. */
  readonly remainingExit: readonly RemainingCriterion[];
}
