/** The stated confidence held against what earlier answers taught (AO-9). */

import type { AutonomyCounts } from "./learning.ts";
import { calibrate } from "./learning.ts";
import type { AutonomyPolicy, Outcome } from "./types.ts";

export interface ConfidenceWord {
  readonly outcome: Outcome;
  /** What was learned is enough to go on where a built-in rule asks. */
  readonly isProven: boolean;
  /** Null: nothing was stated and nothing is known. */
  readonly reason: string | null;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/**
 * What is stated counts as far as the answers allow it: it is not believed beyond what they leave possible, and does not fall
 * below what they prove. Without answers it counts as stated; where nothing is stated the answers alone can take away.
 *
 * @param stated 0 to 1; anything else is taken as 0; null: not stated
 */
export function judgeConfidence(
  stated: number | null,
  kind: string,
  counts: AutonomyCounts,
  bands: AutonomyPolicy["confidence"],
): ConfidenceWord {
  const known = calibrate(counts, kind);
  const isProven = known !== null && known.least > bands.proceed;
  const said = stated === null ? null : stated >= 0 && stated <= 1 ? stated : 0;
  if (known === null) {
    if (said === null) return { outcome: "proceed", isProven, reason: null };
    const word = said === stated ? percent(said) : "no number from 0 to 1, taken as 0 %";
    return {
      outcome: toBand(said, bands),
      isProven,
      reason: `stated confidence ${word}, no answers about ${kind} yet`,
    };
  }
  const { least, most, answers } = known;
  const believed = said === null ? most : Math.min(most, Math.max(least, said));
  const statement = said === null ? "no stated confidence" : `stated confidence ${percent(said)}`;
  const learned = `${answers} ${answers === 1 ? "answer" : "answers"} about ${kind} put it at ${percent(least)} to ${percent(most)}`;
  return { outcome: toBand(believed, bands), isProven, reason: `${statement}; ${learned}` };
}

function toBand(confidence: number, { proceed, log }: AutonomyPolicy["confidence"]): Outcome {
  if (confidence > proceed) return "proceed";
  return confidence >= log ? "log" : "ask";
}
