import { OsqrError } from "../errors.ts";
import type { Registration } from "../model/command.ts";
import type { GraphRanks } from "../model/event.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { Priority, Spec } from "../model/spec.ts";
import type { WorkflowDefinition } from "../model/workflow.ts";
import { settlePlan, toRanks } from "./build-plan.ts";
import type { PlanInput } from "./input.ts";
import { matchName } from "./names.ts";
import { findFreeName, hasBegun, isOpen, Numbers, toId } from "./registry.ts";
import { orderReplaced, replaceOutdated } from "./replace.ts";
import { routeSpecTask } from "./routes.ts";
import { openScope, type Scope } from "./scope.ts";
import type { PlannedCommand } from "./types.ts";
import { listWorkflows, pickWorkflow } from "./workflows.ts";

/** What `osqr add` was asked for. */
export interface AddRequest {
  /** A spec in any form of its name or path, or plain text that describes one task. */
  readonly what: string;
  /** Commands for a text. */
  readonly run: string | null;
  readonly priority: Priority | null;
  /** Workflow that it goes through, whatever it says itself: a name, or name@version; absent: its own, or the project's. */
  readonly workflow?: string | null;
  readonly by: string;
}

/** One more workstream (OD-7). The engine removes, approves and registers in this order. */
export interface Addition {
  /** The workstream that stands for the request now. */
  readonly workstream: WorkstreamId;
  readonly replace: readonly WorkstreamId[];
  /** Hashes that the operator approved by typing the commands. */
  readonly approve: readonly string[];
  /** Empty: it was registered before with the same text. */
  readonly registrations: readonly Registration[];
  readonly ranks: GraphRanks;
  readonly commands: readonly PlannedCommand[];
  /** Versions of the project's workflows that its history does not have yet. */
  readonly workflows: readonly WorkflowDefinition[];
  /** A spec of the future is built from now on. */
  readonly activated: boolean;
  /** The open workstream of the same spec whose place it takes. */
  readonly displaced: WorkstreamId | null;
}

const TITLE_MAX = 200;
const NAME_MAX = 40;

/**
 * Plans one spec of the base commit, whatever its status says, or one task from a text.
 *
 * @throws OsqrError `unknown-name` for what looks like a path or a name and is no committed spec, `cannot-add` with the reason
 *   for a spec that cannot be built, `already-started`, `nothing-to-run` for a text that no executor can do
 */
export function planAdd(input: PlanInput, request: AddRequest): Addition {
  checkWorkflow(input, request.workflow);
  const spec = findSpec(input, request);
  return spec === null ? addText(input, request) : addSpec(input, request, spec);
}

/** Null: it is a text. */
function findSpec({ discovery, project }: PlanInput, { what, run }: AddRequest): Spec | null {
  const named = discovery.specs.map((spec) => ({ names: [spec.key], number: null, path: spec.path, spec }));
  const found = matchName(what, named, project.root);
  const [first] = found;
  if (found.length > 1) {
    const paths = found.slice(0, 10).map(({ path }) => path);
    throw new OsqrError("unknown-name", `"${what}" means ${found.length} specs: ${paths.join(", ")}`, {
      hints: ["name one of them"],
    });
  }
  if (first !== undefined) {
    if (run === null) return first.spec;
    throw new OsqrError("cannot-add", `${first.path} is a spec and says itself what to run`, {
      hints: [`osqr add ${first.path}`],
    });
  }
  const isPath = /^\S+\.(?:md|markdown|json)$/i.test(what.trim()) || /^\.{0,2}\//.test(what.trim());
  const isWord = run === null && !/\s/.test(what.trim());
  if (!isPath && !isWord) return null;
  throw new OsqrError(
    "unknown-name",
    `no spec "${what}" is in ${project.base} at ${project.commit.slice(0, 12)}`,
    { hints: ["commit it first: only committed specs are built", 'or a task: osqr add "text" --run "cmd"'] },
  );
}

function addSpec(input: PlanInput, request: AddRequest, spec: Spec): Addition {
  if (spec.tasks.length === 0) throw cannotAdd(spec, "it has no tasks");
  const scope = openScope(
    { ...input, selection: { only: [spec.key], skip: [] } },
    { wanted: new Set([spec.key]) },
  );
  const before = scope.registry.bySpec.get(spec.key);
  const standing = before !== undefined && isOpen(before) ? before : null;
  if (standing !== null && hasBegun(standing)) {
    const { number, name } = standing;
    throw new OsqrError("already-started", `${spec.path} is being built already: #${number} ${name}`, {
      hints: [`to start it anew: osqr cancel ${name}, then osqr add ${spec.path}`],
    });
  }
  replaceOutdated(scope, new Map());
  if (standing !== null && scope.known.has(standing.id)) return keepKnown(scope, standing.id, spec);
  const fresh = scope.fresh.get(spec.key);
  if (fresh === undefined) throw cannotAdd(spec, scope.out.get(spec.key)?.reason ?? "it is left out");
  scope.fresh.set(spec.key, { ...fresh, spec: withWishes(spec, request) });
  const displaced = fresh.replaces ? fresh.id : null;
  return register(scope, { id: fresh.id, key: spec.key, displaced, addedBy: request.by });
}

/** A name that was typed stands in no file: it is looked for before anything else. @throws `unknown-workflow` and the like */
function checkWorkflow(input: PlanInput, name: string | null | undefined): void {
  if (name == null) return;
  const found = pickWorkflow(listWorkflows(input), { name, location: { path: name, line: 1 } }, input.now);
  if ("steps" in found) return;
  throw new OsqrError(found.code, found.message, { hints: found.hint === null ? [] : [found.hint] });
}

function withWishes(spec: Spec, { priority, workflow }: Pick<AddRequest, "priority" | "workflow">): Spec {
  return {
    ...spec,
    ...(priority === null ? {} : { priority }),
    ...(workflow == null ? {} : { workflow: { name: workflow, line: 1 } }),
  };
}

const cannotAdd = ({ path }: Spec, reason: string): OsqrError =>
  new OsqrError("cannot-add", `${path} cannot be added: ${reason}`);

function keepKnown(scope: Scope, id: WorkstreamId, spec: Spec): Addition {
  if (scope.changed.has(spec.key)) throw cannotAdd(spec, scope.notes.join("; "));
  const ranks = { tasks: [], overlaps: [], stacks: [] };
  const nothing = { replace: [], approve: [], registrations: [], ranks, commands: [], workflows: [] };
  return { workstream: id, ...nothing, activated: false, displaced: null };
}

function register(
  scope: Scope,
  origin: {
    readonly id: WorkstreamId;
    readonly key: string;
    readonly displaced: WorkstreamId | null;
    readonly addedBy: string;
  },
): Addition {
  const { id, key, displaced, addedBy } = origin;
  const settled = settlePlan(scope, { displaced, addedBy });
  const fresh = scope.fresh.get(key);
  if (fresh === undefined) {
    const path = scope.specs.get(key)?.path ?? key;
    throw new OsqrError("cannot-add", `${path} cannot be added: ${scope.out.get(key)?.reason}`);
  }
  return {
    workstream: id,
    replace: orderReplaced(scope),
    approve: [],
    registrations: settled.built.map(({ registration }) => registration),
    ranks: toRanks(settled),
    commands: settled.commands,
    workflows: scope.workflows.fresh,
    activated: fresh.spec.future,
    displaced,
  };
}

function addText(input: PlanInput, request: AddRequest): Addition {
  const { run } = request;
  const title = request.what.trim().replace(/\s+/g, " ").slice(0, TITLE_MAX);
  checkDoable(input, title, run);
  const approve = run === null ? [] : [input.hash("run", run)];
  const approval = { ...input.approval, hashes: [...input.approval.hashes, ...approve] };
  const scope = openScope({ ...input, approval, selection: { only: [], skip: [] } });
  const keys = new Set(input.discovery.specs.map(({ key }) => key));
  const name = findFreeName(toName(title), (each) => scope.registry.names.has(each) || keys.has(each));
  const hash = input.hash("run", `${title}\n${run ?? ""}`);
  const spec = withWishes(textToSpec(name, title, { ...request, executor: null, hash }), request);
  const id = toId(input.project.id, name);
  const number = new Numbers(scope.registry).take();
  scope.fresh.set(name, { spec, id, name, number, replaces: false });
  const added = register(scope, { id, key: name, displaced: null, addedBy: request.by });
  const registrations = added.registrations.map((each) => ({
    ...each,
    workstream: { ...each.workstream, spec: { ...each.workstream.spec, path: null } },
  }));
  return { ...added, approve, registrations };
}

/** @throws OsqrError `nothing-to-run` where nobody could do it */
function checkDoable(input: PlanInput, title: string, run: string | null): void {
  const spec = textToSpec("", title, { run, priority: null, executor: null, hash: "" });
  const [task] = spec.tasks;
  if (task === undefined) return;
  const { refusal } = routeSpecTask(input, { task, spec, workflow: input.config.workflow });
  if (refusal === null) return;
  throw new OsqrError("nothing-to-run", `no executor can do "${title}" (${refusal})`, {
    hints: [`say what to run: osqr add ${JSON.stringify(title)} --run "command"`],
  });
}

function toName(title: string): string {
  const words = title
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+/, "");
  const cut = words.length <= NAME_MAX ? words : words.slice(0, NAME_MAX).replace(/-[^-]*$/, "");
  return cut.replace(/-+$/, "") || "task";
}

/** A task from a text is a spec of one task that stands in no document. */
export function textToSpec(
  key: string,
  title: string,
  {
    run,
    priority,
    executor,
    hash,
  }: Pick<AddRequest, "run" | "priority"> & { readonly executor: string | null; readonly hash: string },
): Spec {
  const task = { key: "T1", order: 1, title, phase: null, parent: null, boxLines: [], line: 1 } as const;
  const script = run === null ? null : { script: run, line: 1, timeoutMs: null };
  return {
    key,
    path: "osqr add",
    format: "text",
    title,
    summary: title,
    hash,
    readiness: "ready",
    status: null,
    future: false,
    priority: priority ?? "medium",
    dependsOn: [],
    blocks: [],
    touches: [],
    executor,
    autonomy: null,
    due: null,
    gates: null,
    tags: [],
    phases: [],
    tasks: [
      {
        ...task,
        checked: false,
        parallel: false,
        critical: true,
        run: script,
        executor: null,
        details: "",
        dependsOn: [],
      },
    ],
    criteria: [],
    questions: [],
    problems: [],
  };
}
