import type { SpecProblem } from "../core/model/spec.ts";

/** The parts of a problem that a reader must say; the rest is null. */
type ProblemParts = Pick<SpecProblem, "severity" | "code" | "message"> &
  Partial<Pick<SpecProblem, "found" | "expected" | "hint">>;

const SAME_CODE_MAX = 20;

/** Collects what is wrong in one document, at most 20 problems of one code and a count of the rest. */
export class ProblemList {
  readonly #path: string;
  readonly #problems: SpecProblem[] = [];
  readonly #counts = new Map<string, number>();

  constructor(path: string) {
    this.#path = path;
  }

  /** `line` counts from 1. */
  add(line: number, parts: ProblemParts): void {
    const count = (this.#counts.get(parts.code) ?? 0) + 1;
    this.#counts.set(parts.code, count);
    if (count <= SAME_CODE_MAX) this.#problems.push(toProblem(this.#path, line, parts));
  }

  toList(): readonly SpecProblem[] {
    const more: SpecProblem[] = [];
    for (const [code, count] of this.#counts) {
      const last = this.#problems.findLast((problem) => problem.code === code);
      if (count <= SAME_CODE_MAX || !last) continue;
      more.push({
        ...last,
        message: `${count - SAME_CODE_MAX} more problems of this kind follow`,
        found: null,
      });
    }
    return [...this.#problems, ...more];
  }
}

/** A problem at one line of one document. */
export function toProblem(path: string, line: number, parts: ProblemParts): SpecProblem {
  const { severity, code, message, found = null, expected = null, hint = null } = parts;
  return { severity, code, message, location: { path, line }, found, expected, hint };
}
