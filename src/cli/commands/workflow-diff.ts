import { EXIT, type Handler } from "../context.ts";
import { renderWorkflowDiff } from "../render/workflows.ts";
import { UsageError } from "../usage-error.ts";

/** Prints what differs between two versions of a workflow. */
export const run: Handler<"workflow diff"> = async ({ ui, connect }, { name, from, to, json }) => {
  const versions = { from: toVersion(from), to: toVersion(to) };
  const diff = await (await connect()).diffWorkflow(name, versions);
  if (json) ui.json(diff);
  else ui.print(renderWorkflowDiff(diff, ui.page));
  return EXIT.done;
};

function toVersion(text: string | null): number | null {
  if (text === null) return null;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`expected a version such as 2, found "${text}"`, ["osqr workflow diff feature 1 2"]);
}
