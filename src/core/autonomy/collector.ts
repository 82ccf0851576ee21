import type { Facet, Hazard, HazardKind, Recognised } from "./types.ts";

const EACH_MAX = 60;

/** Gathers what is found about an action; the same thing twice is one. */
export class Collector {
  readonly #facets = new Map<string, Facet>();
  readonly #hazards = new Map<string, Hazard>();
  readonly #unknown = new Set<string>();
  readonly #notes = new Set<string>();

  addFacet(facet: Facet): void {
    this.#facets.set(JSON.stringify(facet), facet);
  }

  addHazard(kind: HazardKind, text: string): void {
    this.#hazards.set(`${kind} ${text}`, { kind, text });
  }

  addHazards(hazards: readonly Hazard[]): void {
    for (const { kind, text } of hazards) this.addHazard(kind, text);
  }

  addUnknown(text: string): void {
    this.#unknown.add(text);
  }

  addNote(text: string): void {
    this.#notes.add(text);
  }

  /** All hazards and facets: how much is shown of them is for whoever shows them. */
  finish(): Recognised {
    return {
      facets: [...this.#facets.values()],
      hazards: [...this.#hazards.values()],
      unknown: [...this.#unknown].slice(0, EACH_MAX),
      notes: [...this.#notes].slice(0, EACH_MAX),
    };
  }
}
