import type { SpecPhase } from "../../core/model/spec.ts";
import { toSlug } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import type { Section } from "./sections.ts";
import { readPhaseHeading, toTitle } from "./titles.ts";

/** The phases of a document and which sections belong to which. */
export interface Phases {
  readonly list: readonly SpecPhase[];
  /** Key of the phase that a section is in; null: in none. */
  of(section: Section): string | null;
}

const GENERIC =
  /^(?:implementation )?(?:tasks?|task list|to-?dos?|checklist|plan|steps?|work|implementation(?: (?:plan|tasks|steps))?)$/i;

/**
 * Phases are headings such as `### Phase 2: Build`, and numbered groups (`## 2. Build`) that hold tasks. A phase that is
 * named twice, once in an overview, is one.
 *
 * @param taskSections The sections that hold tasks.
 */
export function findPhases(
  sections: readonly Section[],
  taskSections: ReadonlySet<Section>,
  problems: ProblemList,
): Phases {
  const holders = new Set<Section>();
  for (const start of taskSections) {
    for (let section: Section | null = start; section && !holders.has(section); section = section.parent)
      holders.add(section);
  }
  const heads = new Map<Section, Named>();
  for (const [index, section] of sections.entries()) {
    const named =
      section.kind === null && (index > 1 || section.level > 1) ? readPhase(section, holders, heads) : null;
    if (named) heads.set(section, named);
  }
  const keys = mergePhases(heads, holders, problems);
  return { list: keys.list, of: (section) => findKey(section, keys.bySection) };
}

interface Named {
  readonly key: string;
  readonly title: string;
}

function readPhase(
  section: Section,
  holders: ReadonlySet<Section>,
  heads: ReadonlyMap<Section, Named>,
): Named | null {
  const named = readPhaseHeading(section.title);
  if (named) return named;
  const match = /^(\d{1,3})[.)]?\s+(\S.*)$/.exec(section.title);
  if (!match || !holders.has(section) || section.level < 2 || GENERIC.test(match[2] ?? "")) return null;
  for (let around = section.parent; around; around = around.parent) if (heads.has(around)) return null;
  return { key: `phase-${match[1]}`, title: toTitle(match[2] ?? "") };
}

function mergePhases(
  heads: ReadonlyMap<Section, Named>,
  holders: ReadonlySet<Section>,
  problems: ProblemList,
): { readonly list: readonly SpecPhase[]; readonly bySection: ReadonlyMap<Section, string> } {
  const list: SpecPhase[] = [];
  const bySection = new Map<Section, string>();
  const byName = Map.groupBy([...heads], ([, named]) => named.key);
  for (const [key, all] of byName) {
    const holding = all.filter(([section]) => holders.has(section));
    let copies = 0;
    const titles = new Map<string, string>();
    for (const [section, named] of holding.length > 0 ? holding : all.slice(0, 1)) {
      const slug = toSlug(named.title);
      const known = titles.get(slug);
      if (known === undefined) {
        copies += 1;
        const unique = copies === 1 ? key : `${key}~${copies}`;
        if (copies > 1) reportDuplicate(section, key, unique, problems);
        titles.set(slug, unique);
        list.push({ key: unique, title: named.title, order: 0, line: section.line });
      }
      bySection.set(section, titles.get(slug) ?? key);
    }
  }
  list.sort((a, b) => a.line - b.line);
  return { list: list.map((phase, index) => ({ ...phase, order: index + 1 })), bySection };
}

function reportDuplicate(section: Section, key: string, unique: string, problems: ProblemList): void {
  problems.add(section.line, {
    severity: "warning",
    code: "duplicate-id",
    message: `${key} is the name of two phases: this one is ${unique}`,
    found: section.title,
    expected: "one heading for each phase",
    hint: "number the phases anew",
  });
}

function findKey(start: Section, bySection: ReadonlyMap<Section, string>): string | null {
  for (let section: Section | null = start; section; section = section.parent) {
    const key = bySection.get(section);
    if (key !== undefined) return key;
  }
  return null;
}
