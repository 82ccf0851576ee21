/** Two workstreams that declare the same paths: the operator may say that they run at once, or that one goes (EO-11). */
import type { QuestionDraft } from "../model/command.ts";
import type { Decision } from "../model/decision.ts";
import type { WorkstreamId } from "../model/ids.ts";
import { toOption } from "./questions.ts";
import type { Step } from "./step.ts";

/** One of the two, as the question names it. */
export interface Named {
  readonly id: WorkstreamId;
  readonly number: number;
  readonly name: string;
}

const PATHS_SHOWN = 3;

/** Asked in the background: without an answer they run one after the other. `later` is the one that is new. */
export function overlapQuestion(earlier: Named, later: Named, paths: readonly string[]): QuestionDraft {
  const shown = paths.slice(0, PATHS_SHOWN).join(", ");
  const more = paths.length > PATHS_SHOWN ? ` and ${paths.length - PATHS_SHOWN} more` : "";
  const toCancel = ({ number, name }: Named) =>
    toOption(`cancel-${number}`, `cancel #${number} ${name}`, "its work is kept in refs/osqr/salvage");
  return {
    contentKey: `overlap:${earlier.id}:${later.id}`,
    type: "conflict",
    priority: "low",
    subject: { kind: "overlap", with: earlier.id },
    question: `${later.name} and ${earlier.name} both write ${shown}${more}: one after the other?`,
    context: paths.join("\n"),
    location: null,
    options: [
      toOption(
        "queue",
        "one after the other",
        "whoever starts first lands first; the other starts from its result",
        true,
      ),
      toOption(
        "branch",
        "both at once",
        "each in a workspace of its own; where both change the same lines, the one that lands later asks",
      ),
      toCancel(earlier),
      toCancel(later),
    ],
    blocksProgress: false,
    deadline: null,
    defaultOption: "queue",
    autoResolveMinutes: null,
  };
}

/** @returns the one of the two that is to be cancelled; null: none */
export function settleOverlap(
  step: Step,
  { workstream, subject }: Decision,
  option: string,
): WorkstreamId | null {
  if (subject.kind !== "overlap") return null;
  const both = [workstream, subject.with].flatMap((id) => step.state.workstreams.get(id) ?? []);
  if (option === "branch") {
    const [project] = both.map((each) => each.project);
    const overlaps = both.map(({ id, overlaps: all }) => ({
      workstream: id,
      with: all.filter((each) => each.workstream !== workstream && each.workstream !== subject.with),
    }));
    if (project !== undefined) step.emit({ kind: "graph_ranked", project, tasks: [], overlaps, stacks: [] });
  }
  return both.find(({ number }) => option === `cancel-${number}`)?.id ?? null;
}
