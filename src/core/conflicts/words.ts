/** Words of a text as they are compared: lower case, without endings, without those that every text has. */

/** Words that say nothing about what a text is about: of English, and of specs. */
const EMPTY_WORDS = new Set(
  (
    "a about above after again all also an and any are as at be because been before being below between both but by can could did " +
    "do does doing down during each few for from further get had has have having he her here his how i if in into is it its just " +
    "like made make makes may me more most must my new no nor not now of off on once one only or other our out over own same shall " +
    "she should so some such than that the their them then there these they this those through to too under until up use used uses " +
    "using very was we were what when where which while who why will with would you your " +
    "add adds added build builds built implement implements task tasks spec specs given when then step steps"
  ).split(" "),
);

const ENDINGS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/(?:ization|isation)s?$/, "iz"],
  [/(?:izing|ising|izes|ises|ized|ised|ize|ise)$/, "iz"],
  [/ies$/, "y"],
  [/(ss|sh|ch|x|z)es$/, "$1"],
  [/(?:ations?|ating|ated|ates|ate)$/, "at"],
  [/([^aeiou\W]|ee)(?:ing|ings|ed)$/, "$1"],
  [/(?:ers?|ors?)$/, ""],
  [/(?:ments?|ness|ly)$/, ""],
  [/([^su])s$/, "$1"],
  [/e$/, ""],
];
/** What is left of a word has at least so many letters. */
const STEM_MIN = 3;

/** A word without its ending, roughly: `limits`, `limited` and `limiting` are one. */
export function stemWord(word: string): string {
  for (const [pattern, replacement] of ENDINGS) {
    const stem = word.replace(pattern, replacement);
    if (stem !== word && stem.length >= STEM_MIN) return undouble(stem);
  }
  return undouble(word);
}

/** `plann` of `planning` is `plan`. */
const undouble = (stem: string): string =>
  stem.length > STEM_MIN && /([^aeiouls])\1$/.test(stem) ? stem.slice(0, -1) : stem;

/**
 * Each stem of a text with the word that it was first, and how often it stands there. `camelCase` is two words. `stems` holds stems
 * that are known already; texts of one project use the same words.
 */
export function countWords(
  text: string,
  stems: Map<string, string> = new Map(),
): ReadonlyMap<string, { readonly word: string; readonly count: number }> {
  const found = new Map<string, { word: string; count: number }>();
  const spaced = text.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2").toLowerCase();
  for (const [word] of spaced.matchAll(/\p{L}[\p{L}\p{N}]+|\p{N}{2,}/gu)) {
    if (EMPTY_WORDS.has(word)) continue;
    const stem = stems.get(word) ?? stemWord(word);
    stems.set(word, stem);
    const known = found.get(stem);
    if (known === undefined) found.set(stem, { word, count: 1 });
    else known.count += 1;
  }
  return found;
}
