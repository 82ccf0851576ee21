import { toSafeJson } from "../../safe-text.ts";
import { type ExportRows, renderCsv } from "./csv.ts";
import { renderMarkdown } from "./markdown.ts";
import type { FlowReport } from "./types.ts";

export type ExportFormat = "csv" | "json" | "md";
export const EXPORT_FORMATS = ["csv", "json", "md"] as const;

/** A report as a file (FR-026). `rows` is for CSV alone: the other formats hold everything. Ends with a line break. */
export function renderExport(report: FlowReport, format: ExportFormat, rows: ExportRows): string {
  switch (format) {
    case "csv":
      return renderCsv(report, rows);
    case "json":
      return `${toSafeJson(report, 1)}\n`;
    case "md":
      return renderMarkdown(report);
  }
}
