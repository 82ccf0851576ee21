import type { DecisionView, WorkstreamView } from "../../core/report/types.ts";
import { indentWrapped } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { describeOutcome } from "./decisions.ts";
import { shortTask } from "./marks.ts";

/** The answer to a word of a workflow: what was signed, by whom in which role, and what follows. */
export function renderSigned(
  decision: DecisionView,
  workstream: WorkstreamView | null,
  { width }: Page,
): string[] {
  const { id, step, workstream: name } = decision;
  const said = `${id}  "${step}" of ${name} ${describeOutcome(decision)}`;
  const next = workstream === null ? null : describeNext(decision, workstream);
  return indentWrapped(next === null ? said : `${said}; ${next}`, 0, width);
}

function describeNext(
  { id, blocks, workstream: name }: DecisionView,
  workstream: WorkstreamView,
): string | null {
  const { signOffs, closed, reverting, steps, items } = workstream;
  const signed = signOffs.find(({ decision }) => decision === id);
  if (closed !== null) return "nothing more comes: it is closed";
  if (signed?.returnedTo != null) {
    const to = steps.find(({ key }) => key === signed.returnedTo)?.title ?? signed.returnedTo;
    return reverting === null
      ? `it goes back to "${to}"`
      : `the merge is taken back, then it goes back to "${to}"`;
  }
  // Its own step may not be counted as done yet.
  const asked = new Set(blocks.map((task) => shortTask(task, name)));
  const mine = items.filter(({ key }) => asked.has(key));
  const more = mine.flatMap(({ waitsFor }) => waitsFor).find((each) => /^D-\d+$/.test(each) && each !== id);
  if (more !== undefined) return `what comes next: an answer to ${more} (osqr show ${more})`;
  const isOver = ({ exit }: WorkstreamView["items"][number]): boolean =>
    signed !== undefined || (exit.length > 0 && exit.every(({ met }) => met));
  const own = new Set(mine.filter(isOver).map(({ step }) => step));
  const open = steps.filter(({ key, status }) => status !== "completed" && !own.has(key));
  const active = open.filter(({ status }) => status === "active");
  const next = active.length > 0 ? active : open.slice(0, 1);
  if (next.length === 0) return "nothing more comes: all steps are done";
  return `what comes next: ${next.map(({ title }) => `"${title}"`).join(", ")}`;
}
