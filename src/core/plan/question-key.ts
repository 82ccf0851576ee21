import type { QuestionOption } from "../model/spec.ts";

/** White space is no difference between two texts. */
export const foldSpace = (text: string): string => text.trim().replace(/\s+/g, " ");

/**
 * Content key of a question (design §1): the same key, question and options, asked by two tasks or asked again, is one
 * decision. The order of the options does not count.
 */
export function questionKey(asked: {
  readonly key: string;
  readonly question: string;
  readonly options: readonly Pick<QuestionOption, "id">[];
}): string {
  const options = asked.options.map(({ id }) => id).sort();
  return `ask:${asked.key}:${foldSpace(asked.question)}:${options.join(",")}`;
}
