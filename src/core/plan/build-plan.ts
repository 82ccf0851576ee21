import { isLimited } from "../budget/amounts.ts";
import { readCostHistory } from "../budget/estimate.ts";
import { revertOf } from "../evolve/reverts.ts";
import type { GraphRanks } from "../model/event.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { SpecProblem } from "../model/spec.ts";
import type { Workstream } from "../model/work.ts";
import { assignWorkflows } from "./assign.ts";
import { type BuiltWorkstream, buildWorkstream } from "./build-tasks.ts";
import { askForCommands, listCommands } from "./commands.ts";
import { createResemblance } from "./duplicates.ts";
import { listEdges } from "./edges.ts";
import { readHistory } from "./estimates.ts";
import type { PlanGate, PlanInput } from "./input.ts";
import { checkLimits } from "./limits.ts";
import { writeNotes } from "./notes.ts";
import { askAboutOverlaps } from "./overlaps.ts";
import { sumOvershoots } from "./overshoots.ts";
import { nameQuestions, type Presenting, presentFresh, presentKnown, sayCost } from "./present.ts";
import { listChangedRanks } from "./ranks.ts";
import { isLanding } from "./registry.ts";
import { type Fixed, orderReplaced, replaceOutdated } from "./replace.ts";
import { checkWanted, routeDrafts, routeKnown } from "./routes.ts";
import { describeProblem, type LeftOut, listStanding, openScope, type Scope } from "./scope.ts";
import type { Serialized } from "./serialize.ts";
import { settle } from "./settle.ts";
import { countSlots } from "./slots.ts";
import { timePlan } from "./timing.ts";
import type { Plan, PlannedCommand, PlannedReroute } from "./types.ts";
import { buildWhole, listApart, listChangedOverlaps, type Whole } from "./whole-graph.ts";

/** Everything that is worked out for a plan before it is shown. */
export interface Settled {
  readonly scope: Scope;
  readonly serialized: Serialized;
  readonly built: readonly BuiltWorkstream[];
  readonly commands: readonly PlannedCommand[];
  readonly reroutes: readonly PlannedReroute[];
  readonly whole: Whole;
}

/**
 * What to build, in which order and why: a pure function of the specs of a commit, the registry and the config. New specs
 * become registrations, open workstreams go on, everything else is left out with a reason.
 *
 * @throws OsqrError `unknown-name` for a selection that means nothing, `unknown-executor`
 */
export function buildPlan(input: PlanInput): Plan {
  checkWanted(input);
  const fixed: Fixed = new Map();
  for (;;) {
    const scope = openScope(input);
    const replaced = replaceOutdated(scope, fixed);
    const settled = settlePlan(scope, { displaced: null, addedBy: "discovery" });
    // A new text that turned out not to work stays out, and so the old one stays, with all that waits for it.
    const failed = replaced.filter((key) => !scope.fresh.has(key));
    if (failed.length === 0) return showPlan(settled);
    for (const key of failed) fixed.set(key, scope.out.get(key) as LeftOut);
  }
}

/** Requirements, questions, commands and ranks of the new specs of a scope. */
export function settlePlan(
  scope: Scope,
  origin: { readonly displaced: WorkstreamId | null; readonly addedBy: string },
): Settled {
  const { input } = scope;
  assignWorkflows(scope);
  checkLimits(scope);
  const serialized = settle(scope);
  const routes = routeDrafts(input, serialized.drafts);
  const reroutes = routeKnown(scope);
  const commands = listCommands(input, serialized.drafts, [...routes.values(), ...reroutes]);
  const content = askForCommands(input, commands);
  const history = readHistory(input.state, input.project.id);
  const resembles = createResemblance(scope, serialized.drafts);
  const costs = readCostHistory(input.state, input.project.id);
  const context = { input, history, costs, content, resembles, routes, ...origin };
  const overlaps = askAboutOverlaps(scope, serialized);
  const built = serialized.drafts.map((draft) =>
    buildWorkstream({ ...context, overlaps: overlaps.get(draft.fresh.id) ?? [] }, draft),
  );
  return {
    scope,
    serialized,
    built,
    commands,
    reroutes: confirm(reroutes, commands),
    whole: buildWhole(scope, built, serialized, history),
  };
}

/** An agent that nobody has named takes over nothing before the operator has confirmed it. */
function confirm(reroutes: ReturnType<typeof routeKnown>, commands: readonly PlannedCommand[]) {
  const open = new Set(
    commands.flatMap(({ kind, text, approved }) => (kind === "agent" && !approved ? [text] : [])),
  );
  return reroutes.flatMap(({ isUnconfirmed, ...rest }) =>
    isUnconfirmed && open.has(rest.executor) ? [] : [rest],
  );
}

/** What the registry has to know of the graph beside the workstreams themselves. */
export function toRanks({ scope, serialized, built, whole }: Settled): GraphRanks {
  const ranks = whole.graph.tasks.flatMap(({ id }) => whole.ranks.get(id) ?? []);
  return {
    tasks: listChangedRanks(scope.input.state, whole.graph, ranks),
    overlaps: listChangedOverlaps(listStanding(scope), listApart(scope, serialized)),
    stacks: built.flatMap(({ registration, stacksOn }) =>
      stacksOn.length === 0 ? [] : [{ workstream: registration.workstream.id, on: stacksOn }],
    ),
  };
}

function showPlan(settled: Settled): Plan {
  const { scope, serialized, built, commands, whole, reroutes } = settled;
  const { input } = scope;
  const known = [...scope.known.values()].filter((each) => !isLanding(each));
  const { possible: maxParallel } = countSlots(scope, built);
  const { policy, resources } = input.config;
  const taken = new Set(
    [...known, ...built.map(({ registration }) => registration.workstream)].map(({ id }) => id),
  );
  const timing = timePlan(whole, taken, { policy, slots: maxParallel, resources });
  const presenting: Presenting = {
    scope,
    whole,
    timing,
    serialized,
    reroutes: new Map(reroutes.map((each) => [each.task, each])),
    apart: listApart(scope, serialized),
    names: new Map(
      [...scope.known.values(), ...built.map(({ registration }) => registration.workstream)].map((each) => [
        each.id,
        each,
      ]),
    ),
    questionWords: nameQuestions(scope, built),
  };
  const workstreams = [
    ...known.map((each) => presentKnown(presenting, each)),
    ...built.map((each) => presentFresh(presenting, each)),
  ].sort((a, b) => a.number - b.number);
  const { root, base, commit } = input.project;
  return {
    project: { root, base, commit },
    workstreams,
    leftOut: [...listLeftOut(scope), ...listLanding(scope)],
    otherDocuments: input.discovery.otherDocuments,
    edges: listEdges(scope, built, known, serialized, timing.order),
    order: timing.order,
    criticalPath: timing.criticalPath,
    estimate: timing.estimate,
    ...sayCost(workstreams.map(({ cost }) => cost)),
    ...sayBudget(input),
    ...sumOvershoots(
      workstreams.flatMap(({ tasks }) => tasks.map(({ limits }) => limits)),
      maxParallel,
    ),
    gates: input.gates.map(showGate),
    commands,
    problems: listProblems(scope),
    notes: writeNotes(scope, built),
    policy,
    maxParallel,
    sandbox: input.sandbox,
    workflows: scope.workflows.fresh,
    registrations: built.map(({ registration }) => registration),
    replace: orderReplaced(scope),
    reroutes,
    ranks: toRanks(settled),
  };
}

const showGate = ({ name, command, source, cannot }: PlanGate): Plan["gates"][number] => ({
  name,
  command,
  source,
  ...(cannot === undefined ? {} : { cannot }),
});

function listLeftOut(scope: Scope): Plan["leftOut"] {
  return [...scope.specs.values()].flatMap(({ key, path }) => {
    const out = scope.out.get(key);
    return out === undefined ? [] : [{ name: key, path, reason: out.reason, line: out.line }];
  });
}

/** What is merged at this moment is neither to build nor built yet. */
function listLanding({ known }: Scope): Plan["leftOut"] {
  const sayHow = (workstream: Workstream): string =>
    revertOf(workstream) === null
      ? "its work is done and is being merged"
      : "its work is being taken out of the base";
  return [...known.values()]
    .filter(isLanding)
    .map((each) => ({ name: each.name, path: each.spec.path ?? each.name, reason: sayHow(each), line: 1 }));
}

/** What needs detail is not repeated here: it is the reason in what is left out. */
function listProblems(scope: Scope): readonly SpecProblem[] {
  const { discovery } = scope.input;
  const all = [
    ...discovery.problems,
    ...[...scope.specs.values()].flatMap(({ problems }) => problems),
    ...scope.check.problems,
    ...scope.problems,
  ];
  const seen = new Set<string>();
  return all.filter((problem) => {
    const text = `${problem.code} ${describeProblem(problem)}`;
    const isNew = problem.severity !== "needs_detail" && !seen.has(text);
    seen.add(text);
    return isNew;
  });
}

const sayBudget = ({ config }: PlanInput): Pick<Plan, "budget"> =>
  config.budget === undefined || !isLimited(config.budget.run) ? {} : { budget: config.budget.run };
