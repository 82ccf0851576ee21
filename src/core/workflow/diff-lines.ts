import type { DefinitionDiff, FieldChange, StepPlace } from "./diff.ts";

const VALUE_CHARS_MAX = 160;

/** A difference in lines: the workflow's own fields, then steps that went, that came, and that changed. */
export function formatDiff({ changes, added, removed, changed }: Omit<DefinitionDiff, "lines">): string[] {
  return [
    ...changes.map(formatChange),
    ...removed.map((place) => `- ${formatStep(place)}`),
    ...added.map((place) => `+ ${formatStep(place)}`),
    ...changed.flatMap((step) => [
      `~ step ${step.key}${step.moved === null ? "" : `: moved from ${step.moved.from} to ${step.moved.to}`}`,
      ...step.changes.map((change) => `    ${formatChange(change)}`),
    ]),
  ];
}

const formatStep = ({ step: { key, kind, title, role }, at }: StepPlace): string =>
  `step ${key} at ${at}: ${kind}, ${toLine(title)}${role === null ? "" : ` (${toLine(role)})`}`;

function formatChange({ field, from, to }: FieldChange): string {
  if (from === null) return `+ ${field}: ${toLine(to ?? "")}`;
  if (to === null) return `- ${field}: ${toLine(from)}`;
  const [short, other] = [toLine(from), toLine(to)];
  if (short === other) return `${field}: differs behind its first ${VALUE_CHARS_MAX} characters`;
  return `${field}: ${short} -> ${other}`;
}

/** One line, cut where it is long. */
function toLine(text: string): string {
  const line = text.trim().replaceAll(/\s*\n\s*/g, " / ");
  return line.length <= VALUE_CHARS_MAX ? line : `${line.slice(0, VALUE_CHARS_MAX - 1)}…`;
}
