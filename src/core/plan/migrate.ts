/** Plans how workstreams in flight change over to another workflow, or to a newer text of their spec (FR-016). */
import { OsqrError } from "../errors.ts";
import { type MigrationDraft, type MigrationPreview, previewMigration } from "../migration/preview.ts";
import type { Refusal } from "../model/command.ts";
import type { GraphRanks } from "../model/event.ts";
import type { TaskMapping } from "../model/flow.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { Spec, SpecTask } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import type { Workstream } from "../model/work.ts";
import type { WorkflowDefinition } from "../model/workflow.ts";
import { settlePlan, toRanks } from "./build-plan.ts";
import type { BuiltWorkstream } from "./build-tasks.ts";
import type { PlanInput } from "./input.ts";
import { type MapPair, mapTasks } from "./mapping.ts";
import { isOpen } from "./registry.ts";
import { findObstacle, openScope, type Scope } from "./scope.ts";
import type { PlannedCommand } from "./types.ts";
import { listRecorded, listWorkflows, pickWorkflow } from "./workflows.ts";

/** What becomes of one workstream. */
export interface MigrationRequest {
  readonly workstream: Workstream;
  /** The text that it goes on with: the one that it was registered with, or a newer one. In the discovery it stands under its path. */
  readonly spec: Spec;
  /** The text that it follows now; null where it cannot be read any more. */
  readonly old: Spec | null;
  /** `name` or `name@version`; null: its workflow stays. */
  readonly to: string | null;
  readonly pairs: readonly MapPair[];
}

export interface PlannedMigration {
  readonly preview: MigrationPreview;
  /** Null where the preview says why not. */
  readonly draft: MigrationDraft | null;
  readonly commands: readonly PlannedCommand[];
  /** Versions that the history has not seen yet. */
  readonly workflows: readonly WorkflowDefinition[];
  /** Pairs that named something of this workstream. */
  readonly used: ReadonlySet<MapPair>;
}

/**
 * The workflow that the operator names.
 *
 * @throws OsqrError `unknown-workflow`
 */
export function needWorkflow(input: PlanInput, name: string): WorkflowDefinition {
  const found = pickWorkflow(listWorkflows(input), { name, location: { path: "--to", line: 1 } }, input.now);
  if ("steps" in found) return found;
  throw new OsqrError(found.code, found.message, { hints: found.hint === null ? [] : [found.hint] });
}

/** The new tasks come from the planner as those of a new workstream do; the drafts stand for the one that is there. */
export function planMigration(input: PlanInput, request: MigrationRequest): PlannedMigration {
  const { workstream, pairs } = request;
  const scope = openForOne(input, request);
  const settled = settlePlan(scope, { displaced: null, addedBy: workstream.addedBy });
  const built = settled.built.find(({ registration }) => registration.workstream.id === workstream.id);
  const { commands } = settled;
  const workflows = scope.workflows.fresh;
  if (built === undefined) {
    const preview = previewNothing(scope, request);
    return { preview, draft: null, commands: [], workflows: [], used: new Set(pairs) };
  }
  const old = workstream.tasks.flatMap((id) => input.state.tasks.get(id) ?? []);
  const next = built.registration.tasks.map(({ key, title, step = "tasks" }) => ({ key, title, step }));
  const { mapping, used } = mapTasks(old, next, pairs);
  const { ranks, clashes } = keepApart(input.state, workstream, toRanks(settled));
  const draft = toDraft(request, built, {
    mapping: markRedone(input, request, { mapping, built }),
    ranks,
  });
  const preview = previewMigration(input.state, draft);
  const unapproved = commands.filter(({ approved }) => !approved).length;
  const warnings = [
    ...preview.warnings,
    ...(unapproved === 0 ? [] : [`commands to approve: ${unapproved}`]),
    ...clashes,
  ];
  const refusal = preview.refusal ?? refuseNothing(workstream, draft, used);
  return { preview: { ...preview, warnings, refusal }, draft, commands, workflows, used };
}

/** It follows that blueprint already, and nobody has said a word about its tasks. */
function refuseNothing(
  { name, workflow, spec }: Workstream,
  draft: MigrationDraft,
  used: ReadonlySet<MapPair>,
): Refusal | null {
  const isFollowed = workflow.name === draft.workflow.name && workflow.version === draft.workflow.version;
  if (!isFollowed || spec.hash !== draft.spec.hash || used.size > 0) return null;
  return {
    code: "nothing-to-migrate",
    message: `${name} follows ${workflow.name}@${workflow.version} and that text of its spec already`,
    hints: ["osqr workflow list"],
  };
}

/** Everything that is registered and open stays known, so that what it depends on is there also where it is paused. */
function openForOne(input: PlanInput, { workstream, spec, to }: MigrationRequest): Scope {
  const name = to ?? `${workstream.workflow.name}@${workstream.workflow.version}`;
  const wanted: Spec = { ...spec, workflow: { name, line: spec.workflow?.line ?? 1 } };
  const others = input.discovery.specs.filter(({ path }) => path !== spec.path);
  const scope = openScope(
    {
      ...input,
      discovery: { ...input.discovery, specs: [...others, wanted] },
      selection: { only: [spec.key], skip: [] },
    },
    { wanted: new Set([spec.key]) },
  );
  for (const each of scope.registry.workstreams) if (isOpen(each)) scope.known.set(each.id, each);
  scope.known.delete(workstream.id);
  scope.fresh.clear();
  scope.out.delete(spec.key);
  const obstacle = findObstacle(wanted, scope);
  if (obstacle?.kind === "out") scope.out.set(spec.key, obstacle);
  else {
    const { id, name: key, number } = workstream;
    scope.fresh.set(spec.key, { spec: wanted, id, name: key, number, replaces: true });
  }
  return scope;
}

/** Left out by the planner: it says why. */
function previewNothing(scope: Scope, { workstream, spec, to }: MigrationRequest): MigrationPreview {
  const { id, name, number, workflow } = workstream;
  const from = `${workflow.name}@${workflow.version}`;
  const reason = scope.out.get(spec.key)?.reason ?? "it is left out";
  const hints = scope.problems.flatMap(({ hint }) => hint ?? []).slice(0, 1);
  return {
    workstream: id,
    name,
    number,
    from,
    to: to ?? from,
    takesSpec: spec.hash !== workstream.spec.hash,
    step: { from: null, to: null },
    rows: [],
    warnings: [],
    refusal: { code: "cannot-migrate", message: `${name} cannot be migrated: ${reason}`, hints },
  };
}

function toDraft(
  { workstream, spec }: MigrationRequest,
  { registration }: BuiltWorkstream,
  { mapping, ranks }: { readonly mapping: readonly TaskMapping[]; readonly ranks: GraphRanks },
): MigrationDraft {
  const { workflow, steps = [], phases, spec: place, title, touches, gates } = registration.workstream;
  const isSame = spec.hash === workstream.spec.hash;
  return {
    kind: "migrate",
    workstream: workstream.id,
    workflow,
    spec: isSame ? workstream.spec : { ...place, path: workstream.spec.path === null ? null : place.path },
    title: isSame ? workstream.title : title,
    declared: isSame ? { touches: workstream.touches, gates: workstream.gates } : { touches, gates },
    tasks: registration.tasks,
    steps,
    phases,
    mapping,
    questions: registration.questions,
    ranks,
    rollsBack: null,
  };
}

/** What an agent is told stands in the text, not in the task: where that changed, the task is to be done again. */
function markRedone(
  { state, project }: PlanInput,
  { workstream, old, spec }: MigrationRequest,
  { mapping, built }: { readonly mapping: readonly TaskMapping[]; readonly built: BuiltWorkstream },
): readonly TaskMapping[] {
  const definition = listRecorded(state, project.id).find(
    ({ name, version }) => name === workstream.workflow.name && version === workstream.workflow.version,
  );
  const before = new Map<string, string>(old?.tasks.map((task) => [task.key, textOf(task)]));
  for (const { key, instructions } of definition?.steps ?? []) before.set(key, toWords(instructions));
  const after = new Map(built.from.tasks.map(({ task }) => [task.key, task]));
  const isOwn = new Set(spec.tasks.map(({ key }) => key));
  return mapping.map((each) => {
    const task = each.to === null ? undefined : after.get(each.to);
    const told = before.get(each.from);
    if (task === undefined || task.run !== null || told === undefined) return each;
    const now = isOwn.has(task.key) ? textOf(task) : toWords(task.details);
    return now === told ? each : { ...each, redo: true };
  });
}

/** Spaces and line breaks do not count. */
const toWords = (text: string): string => text.replace(/\s+/g, " ").trim();
const textOf = ({ details }: SpecTask): string => toWords(details);

/**
 * Workstreams that have both begun cannot be kept apart any more: where a new text brings them together, the merge shows it. All
 * other overlaps are as the planner says.
 */
function keepApart(
  state: State,
  workstream: Workstream,
  ranks: GraphRanks,
): { readonly ranks: GraphRanks; readonly clashes: readonly string[] } {
  const clashes = new Set<string>();
  const isHolding = (id: WorkstreamId): boolean => state.holding.has(id);
  const overlaps = ranks.overlaps.map((each) => ({
    ...each,
    with: each.with.filter(({ workstream: other, paths }) => {
      if (!isHolding(each.workstream) || !isHolding(other)) return true;
      const name = state.workstreams.get(each.workstream === workstream.id ? other : each.workstream)?.name;
      clashes.add(`${name} has begun too and writes ${paths.join(", ")}: they are not kept apart`);
      return false;
    }),
  }));
  const isNamed = overlaps.some((each) => each.workstream === workstream.id);
  const cleared =
    isNamed || workstream.overlaps.length === 0 ? [] : [{ workstream: workstream.id, with: [] }];
  const stacks = ranks.stacks.some((each) => each.workstream === workstream.id)
    ? ranks.stacks
    : [...ranks.stacks, { workstream: workstream.id, on: [] }];
  return { ranks: { ...ranks, overlaps: [...overlaps, ...cleared], stacks }, clashes: [...clashes] };
}
