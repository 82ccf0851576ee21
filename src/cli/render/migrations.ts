import type { MigrationRow } from "../../core/migration/preview.ts";
import type { MigrationResult } from "../../engine/migration-service.ts";
import { plural } from "../text/duration.ts";
import { cleanLine } from "../text/plain.ts";
import { renderTable } from "../text/table.ts";
import { indentWrapped, tie } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { joinSections } from "./plan.ts";

const FATES: Readonly<Record<MigrationRow["fate"], string>> = {
  new: "new",
  kept: "stays",
  changed: "another definition",
  redone: "to do again",
  restored: "done as before",
  asked: "is asked anew",
  dropped: "dropped",
};

type MigrationPage = Page & {
  readonly dryRun: boolean;
  /** It takes another one back: that is not taken back itself. */
  readonly isRollback: boolean;
};

/** What became, or would become, of each workstream, task by task. */
export function renderMigrations(results: readonly MigrationResult[], page: MigrationPage): string[] {
  const { style, dryRun, width } = page;
  const refused = results.filter(({ refusal }) => refusal !== null).length;
  const done = results.length - refused;
  const verb = dryRun ? "would change over" : "changed over";
  const head = `${plural(done, "workstream")} ${verb}${refused === 0 ? "" : `, ${refused} cannot`}.`;
  return joinSections([
    [style.bold(head)],
    ...results.map((result) => renderOne(result, page)),
    dryRun && done > 0
      ? indentWrapped("Nothing has changed. To carry it out: the same without --dry-run.", 0, width)
      : [],
  ]);
}

function renderOne(result: MigrationResult, page: MigrationPage): string[] {
  const { style, width } = page;
  const { number, name, from, to, takesSpec, refusal, warnings, rows } = result;
  const way = from === to ? to : `${from} → ${to}`;
  const title = `#${number} ${style.bold(name)}  ${way}${takesSpec ? `, the ${page.isRollback ? "old" : "new"} text of its spec` : ""}`;
  const refusals =
    refusal === null
      ? []
      : [cleanLine(refusal.message), ...refusal.hints.map((hint) => `hint: ${cleanLine(hint)}`)];
  return [
    ...indentWrapped(title, 0, width),
    ...refusals.flatMap((line) => indentWrapped(line, 2, width)),
    // Of what is not in flight nothing would become anything.
    ...(refusal?.code === "not-in-flight" ? [] : renderRows(rows, page)),
    ...(refusal?.code === "not-in-flight" ? [] : warnings).flatMap((line) =>
      indentWrapped(cleanLine(line), 2, width),
    ),
    ...listEnd(result, page).flatMap((line) => indentWrapped(line, 2, width)),
  ];
}

function renderRows(rows: readonly MigrationRow[], { style, width }: Page): string[] {
  if (rows.length === 0) return [];
  return renderTable({
    columns: [
      { title: "task" },
      { title: "goes on as" },
      { title: "" },
      { title: "was" },
      { title: "title", canWrap: true },
    ],
    rows: rows.map(({ from, to, title, was, fate }) => [
      from ?? "–",
      to ?? "–",
      FATES[fate],
      was ?? "–",
      cleanLine(title),
    ]),
    indent: 2,
    width,
    header: style.dim,
  });
}

/** Where it stands, and the way back. */
function listEnd({ step, migration, refusal }: MigrationResult, { isRollback }: MigrationPage): string[] {
  if (refusal !== null) return [];
  const steps = `step: ${step.from ?? "done"}${step.from === step.to ? "" : ` → ${step.to ?? "done"}`}`;
  if (migration === null) return [steps];
  const back = isRollback
    ? ""
    : `; to take it back: ${tie(`osqr workflow rollback ${migration} --because <text>`)}`;
  return [steps, `carried out as ${migration}${back}`];
}
