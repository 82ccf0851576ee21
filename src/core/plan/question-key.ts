import type { QuestionOption } from "../model/spec.ts";

/**
 * What makes two questions the same decision: key, text with white space folded, and the options' ids in their order
 * (EO-7; a re-run that asks again gets the recorded answer).
 */
export function questionKey(input: {
  readonly key: string;
  readonly question: string;
  readonly options: readonly Pick<QuestionOption, "id">[];
}): string {
  const text = input.question.trim().replace(/\s+/g, " ").toLowerCase();
  return `question:${input.key}|${text}|${input.options.map(({ id }) => id).join(",")}`;
}
