/** Refusals that the next prompt, or the next reply of a tool, tells of. */
const UNTOLD_MAX = 10;

interface Refusal {
  readonly what: string;
  readonly reason: string;
}

/**
 * What was refused and the agent does not know the reason of: the protocol has no place for it. Each is told once, by the first way
 * that there is: the reply of a tool of osqr's, a prompt of its own, or the next prompt.
 */
export class Refusals {
  #untold: Refusal[] = [];

  add(what: string, reason: string): void {
    this.#untold = [...this.#untold, { what, reason }].slice(-UNTOLD_MAX);
  }

  isEmpty(): boolean {
    return this.#untold.length === 0;
  }

  /** One line each, from now on told; without a reason only where that is wanted. */
  take(options: { readonly withoutReason: boolean }): readonly string[] {
    const all = this.#untold;
    this.#untold = [];
    return all.filter(({ reason }) => options.withoutReason || reason !== "").map(toLine);
  }
}

const toLine = ({ what, reason }: Refusal): string =>
  `Not allowed: ${what === "" ? "what you asked for" : what}.${reason === "" ? "" : ` Reason: ${reason}`}`;

/** For an agent that ended its turn on it. */
export const toEndedPrompt = (lines: readonly string[]): string =>
  `${lines.join("\n")}\nGo on with your task in another way. If it cannot be done so, say why and end your turn.`;

/** For an agent that went on, and is done. */
export const toLatePrompt = (lines: readonly string[]): string =>
  `Before your work is taken, why something was refused:\n${lines.join("\n")}\nIf what you did instead does not fit these reasons, change it now. Do not ask for the same again. Else end your turn without anything more.`;
