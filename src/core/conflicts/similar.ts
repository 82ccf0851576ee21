/**
 * How alike texts are: cosine of their word weights (TF-IDF), so that rare words count more than common ones. Pure, and the order
 * in which the texts are given does not matter.
 */
import { countWords } from "./words.ts";

/** A text to compare. */
export interface ComparedText {
  /** Unique; ties are broken by it. */
  readonly key: string;
  /** Counts three times. */
  readonly title: string;
  /** Summary, task titles, criteria: everything that says what it is about. */
  readonly text: string;
}

export interface SimilarText {
  readonly key: string;
  /** 0 to 1 in steps of a thousandth; 1: the same words equally often. */
  readonly similarity: number;
  /** Words that both have, those that weigh most first, at most 8, as the subject writes them. */
  readonly shared: readonly string[];
}

export interface SimilarityOptions {
  /** The least similarity, 0 to 1. */
  readonly threshold: number;
  /** At most so many. @default 3 */
  readonly max?: number;
}

/** Where a word stands: texts and its weights in them, side by side. */
interface Postings {
  readonly texts: number[];
  readonly weights: number[];
}

const NOWHERE: Postings = { texts: [], weights: [] };
const TITLE_TIMES = 3;
const SHARED_MAX = 8;

/** The words of many texts, by word: looking for what one of them resembles reads only texts with a word in common. */
export class TextIndex {
  readonly #texts: readonly ComparedText[];
  readonly #positions: ReadonlyMap<string, number>;
  /** Stems in code unit order, with where they stand. Sums are made in this order: they come out the same each time. */
  readonly #postings: ReadonlyMap<string, Postings>;
  readonly #stems: readonly (readonly (readonly [stem: string, weight: number])[])[];

  constructor(texts: readonly ComparedText[]) {
    this.#texts = texts.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.#positions = new Map(this.#texts.map(({ key }, position) => [key, position]));
    this.#stems = weigh(this.#texts);
    const postings = new Map<string, Postings>();
    for (const [text, stems] of this.#stems.entries()) {
      for (const [stem, weight] of stems) {
        const known = postings.get(stem) ?? { texts: [], weights: [] };
        if (known.texts.push(text) === 1) postings.set(stem, known);
        known.weights.push(weight);
      }
    }
    this.#postings = postings;
  }

  /** Texts that resemble one of the index, the most similar first; ties by key. Empty for a key that it does not have. */
  findLike(key: string, { threshold, max = 3 }: SimilarityOptions): readonly SimilarText[] {
    const position = this.#positions.get(key);
    if (position === undefined) return [];
    const sums = new Float64Array(this.#texts.length);
    for (const [stem, weight] of this.#stems[position] ?? []) {
      const { texts, weights } = this.#postings.get(stem) ?? NOWHERE;
      for (let at = 0; at < texts.length; at += 1) {
        const text = texts[at] as number;
        sums[text] = (sums[text] as number) + weight * (weights[at] as number);
      }
    }
    const found: { text: number; similarity: number }[] = [];
    for (const [text, sum] of sums.entries()) {
      const similarity = Math.min(1, Math.round(sum * 1000) / 1000);
      if (text !== position && similarity > 0 && similarity >= threshold) found.push({ text, similarity });
    }
    return found
      .sort((a, b) => b.similarity - a.similarity || a.text - b.text)
      .slice(0, max)
      .map(({ text, similarity }) => ({
        key: this.#texts[text]?.key ?? "",
        similarity,
        shared: this.#listShared(position, text),
      }));
  }

  #listShared(subject: number, other: number): readonly string[] {
    const weights = new Map(this.#stems[other]);
    const { title = "", text = "" } = this.#texts[subject] ?? {};
    const words = countWords(`${title}\n${text}`);
    return (this.#stems[subject] ?? [])
      .flatMap(([stem, weight]) => {
        const theirs = weights.get(stem);
        return theirs === undefined ? [] : [{ stem, product: weight * theirs }];
      })
      .sort((a, b) => b.product - a.product || (a.stem < b.stem ? -1 : 1))
      .slice(0, SHARED_MAX)
      .map(({ stem }) => words.get(stem)?.word ?? stem);
  }
}

/** Weights of the stems of each text, stems in order, squares summing to 1. */
function weigh(texts: readonly ComparedText[]): (readonly (readonly [string, number])[])[] {
  const known = new Map<string, string>();
  const counted = texts.map(({ title, text }) =>
    countWords(`${`${title}\n`.repeat(TITLE_TIMES)}${text}`, known),
  );
  const having = new Map<string, number>();
  for (const words of counted) for (const stem of words.keys()) having.set(stem, (having.get(stem) ?? 0) + 1);
  return counted.map((words) => {
    const weights = [...words]
      .map(([stem, { count }]): [string, number] => [
        stem,
        (1 + Math.log(count)) * Math.log(1 + texts.length / (having.get(stem) ?? 1)),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const length = Math.sqrt(weights.reduce((sum, [, weight]) => sum + weight * weight, 0));
    return weights.map(([stem, weight]) => [stem, weight / length] as const);
  });
}

/** The texts that one resembles. For many subjects among the same texts make a `TextIndex` once. */
export function findDuplicates(
  subject: ComparedText,
  others: readonly ComparedText[],
  options: SimilarityOptions,
): readonly SimilarText[] {
  const rest = others.filter(({ key }) => key !== subject.key);
  return new TextIndex([subject, ...rest]).findLike(subject.key, options);
}
