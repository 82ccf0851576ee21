/** `docs/errors.md`, made from the guide, and the codes that the source can give. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ERROR_CLASSES, type ErrorEntry } from "./error-guide/classes.ts";
import { ERRORS_OF_SURROUNDINGS } from "./error-guide/of-surroundings.ts";
import { ERRORS_OF_WORK } from "./error-guide/of-work.ts";

/** What `docs/errors.md` says of each code. A test holds it against the source. */
export const ERROR_GUIDE: readonly ErrorEntry[] = [...ERRORS_OF_WORK, ...ERRORS_OF_SURROUNDINGS];

/** A refusal, an error, or a class with a code of its own. */
const RAISED = [
  /\brefuse\(\s*"([a-z][a-z0-9-]+)"/g,
  /\brefusal\(\s*"([a-z][a-z0-9-]+)"/g,
  /\bconst code = "([a-z][a-z0-9-]+)"/g,
  /\bnew (?:OsqrError|GitError)\(\s*"([a-z][a-z0-9-]+)"/g,
  /\bnew OsqrError\(\s*`([a-z-]+)\$\{/g,
  /\bsuper\("([a-z][a-z0-9-]+)"/g,
];
/** Its `refuse` is about settings that a project may not make, not about commands. */
const WITHOUT_CODES = "core/config.ts";

/** Codes that the source raises, with the first file that does; `before-` stands for several. */
export function collectCodes(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of listSources(folder)) {
    if (file.endsWith(WITHOUT_CODES)) continue;
    const text = readFileSync(file, "utf8");
    for (const pattern of RAISED) {
      for (const [, code = ""] of text.matchAll(pattern)) if (!found.has(code)) found.set(code, file);
    }
  }
  return found;
}

/** All sources without tests, in the order of their names. */
export function listSources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .sort()
    .map((file) => join(folder, file));
}

function renderTable(entries: readonly ErrorEntry[]): readonly string[] {
  const sorted = entries.toSorted((a, b) => (a.code < b.code ? -1 : 1));
  return [
    "| code | when | what to do |",
    "| --- | --- | --- |",
    ...sorted.map(({ code, when, recovery }) => `| \`${code}\` | ${when} | ${recovery} |`),
  ];
}

export function renderErrors(): string {
  const sections = ERROR_CLASSES.flatMap(({ key, title, about }) => [
    `## ${title}`,
    "",
    about,
    "",
    ...renderTable(ERROR_GUIDE.filter((entry) => entry.class === key)),
    "",
  ]);
  return `${[
    "# Errors",
    "",
    "Made from `scripts/error-guide/` by `node scripts/write-reference.ts`; do not edit.",
    "",
    "Every error says what was expected, what was found, where, and what to do next. Its code is stable: it stands in `--json` on stderr",
    "(`error.code`) and in the body of the API's answer. A command that is refused has changed nothing.",
    "",
    "Problems of specs and of workflow files are findings of the plan with file and line, and stop only what they touch: see",
    "[specs](specs.md) and [workflows](workflows.md).",
    "",
    ...sections,
  ]
    .join("\n")
    .trimEnd()}\n`;
}
