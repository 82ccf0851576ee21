import type { LineRange, SpecOutline } from "../reader.ts";
import { type ScannedText, scanLines } from "./lines.ts";
import { findListItems, type ListItem, readLabel } from "./list-items.ts";
import { isRule } from "./section-kinds.ts";
import { findSections, type Section, sectionOf } from "./sections.ts";

/** Where the parts of a document are that whoever does the task on a line has to know. */
export function outlineMarkdown(text: string, line: number | null): SpecOutline {
  const scanned = scanLines(text);
  const sections = findSections(scanned);
  const items = findListItems(scanned, sections);
  const around = line === null ? [] : listAround(sectionOf(sections, line));
  const boxes = items.filter(({ box, kind }) => box !== null && kind === null);
  return {
    item: line === null ? [] : findItem(items, around, line),
    sections: around.map((section) => ({
      title: section.title,
      own: { from: section.line, to: section.to },
      whole: { from: section.line, to: section.end },
    })),
    rules: [...findRuleSections(sections, around, boxes), ...findRuleLists(scanned, sections)].sort(
      (a, b) => a.from - b.from,
    ),
  };
}

/** The section and those around it, the innermost first; the title of the document is around everything. */
function listAround(section: Section | null): readonly Section[] {
  if (section === null || section.level < 2) return [];
  return [section, ...listAround(section.parent)];
}

/** A box with all under it, after what is said of the groups around it; or all of a heading that is the task. */
function findItem(
  items: readonly ListItem[],
  [section]: readonly Section[],
  line: number,
): readonly LineRange[] {
  const item = items.find((each) => each.line === line);
  if (item === undefined)
    return section?.line === line ? [{ from: section.line, to: section.end }] : [{ from: line, to: line }];
  const groups: LineRange[] = [];
  for (let group = item.parent; group !== null; group = group.parent)
    groups.unshift({ from: group.line, to: Math.max(group.line, (group.children[0]?.line ?? 0) - 1) });
  return [...groups, { from: item.line, to: item.last }];
}

/** Those about other tasks alone are left out: they stand with them in a part that this one is not in. */
function findRuleSections(
  sections: readonly Section[],
  around: readonly Section[],
  boxes: readonly ListItem[],
): readonly LineRange[] {
  const isForOthers = ({ parent }: Section): boolean =>
    listAround(parent).some(
      (part) => !around.includes(part) && boxes.some((box) => box.line > part.line && box.line <= part.end),
    );
  return sections
    .filter((section) => section.level > 1 && isRule(section.rawTitle) && !isForOthers(section))
    .map(({ line, end }) => ({ from: line, to: end }));
}

/** What stands behind a label: `**Constraints**: …`, and the list that follows it. */
function findRuleLists({ lines }: ScannedText, sections: readonly Section[]): readonly LineRange[] {
  return lines.flatMap((line, index) => {
    if (line.kind !== "text" || line.indent > 1) return [];
    const label = readLabel(line.text);
    if (label === null || !isRule(label.name)) return [];
    const last = sectionOf(sections, line.number).to;
    let to = index + 1;
    for (let next = to; next < last; next += 1) {
      const { kind = "blank", indent = 0, text = "" } = lines[next] ?? {};
      if (kind === "blank") continue;
      const goesOn = next === to || indent > 1 || /^\s*(?:[-*+]|\d{1,9}[.)])\s/.test(text);
      if (!goesOn || readLabel(text) !== null) break;
      to = next + 1;
    }
    return [{ from: line.number, to }];
  });
}
