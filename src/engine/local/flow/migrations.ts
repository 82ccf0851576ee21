/** Carries out migrations of work in flight, and shows what they would do. */
import { decide } from "../../../core/decide/decide.ts";
import { OsqrError } from "../../../core/errors.ts";
import { listStanding } from "../../../core/migration/obstacles.ts";
import { type MigrationDraft, previewMigration } from "../../../core/migration/preview.ts";
import { planRollback } from "../../../core/migration/rollback.ts";
import type { Refusal } from "../../../core/model/command.ts";
import type { Decision } from "../../../core/model/decision.ts";
import type { MigrationId, WorkstreamId } from "../../../core/model/ids.ts";
import type { Spec } from "../../../core/model/spec.ts";
import type { State } from "../../../core/model/state.ts";
import type { Workstream } from "../../../core/model/work.ts";
import { findNearestName } from "../../../core/nearest-name.ts";
import { textToSpec } from "../../../core/plan/add.ts";
import type { PlanInput } from "../../../core/plan/input.ts";
import { type MapPair, parsePair } from "../../../core/plan/mapping.ts";
import { needWorkflow, type PlannedMigration, planMigration } from "../../../core/plan/migrate.ts";
import { isOpen } from "../../../core/plan/registry.ts";
import { isLanded } from "../../../core/status.ts";
import { findSpec } from "../../effects/find-spec.ts";
import type {
  MigrateRequest,
  MigrationResult,
  MigrationView,
  RollbackRequest,
} from "../../migration-service.ts";
import { isEverythingApproved } from "../add.ts";
import type { CommitFiles } from "../commit-files.ts";
import { openProject, recordWorkflows } from "../go.ts";
import { listWorkstreams, needNamed } from "../names.ts";
import { gatherInput } from "../planning.ts";
import type { LoadedProject } from "../projects.ts";
import type { ServiceParts } from "../service.ts";
import { nameActor } from "./signer.ts";

interface Carrying {
  readonly parts: ServiceParts;
  readonly project: LoadedProject;
  readonly by: string;
}

/** What is wanted of one workstream. */
interface Wanted {
  readonly to: string | null;
  readonly takeSpec: boolean;
  readonly pairs: readonly MapPair[];
}

async function prepare(parts: ServiceParts, root: string, signer: string | null): Promise<Carrying> {
  const project = await parts.projects.load(root);
  const known = parts.engine.state.projects.get(project.id)?.maxParallel;
  await openProject(parts, project, known ?? project.config.maxParallel);
  return { parts, project, by: await nameActor(project, signer) };
}

/** @throws OsqrError see `MigrationService.migrate` */
export async function migrateWorkstreams(
  parts: ServiceParts,
  root: string,
  request: MigrateRequest,
): Promise<readonly MigrationResult[]> {
  const pairs = request.map.map(parsePair);
  if (request.to === null && !request.takeSpec)
    throw new OsqrError("nothing-to-migrate", "expected a workflow to change over to, or the new text", {
      hints: ["--to <name[@version]>", "--take-spec"],
    });
  if (!request.dryRun && request.because.trim() === "")
    throw new OsqrError("reason-missing", "a migration: expected a reason, found none", {
      hints: ["--because <text>", "to look at it first: --dry-run"],
    });
  const carrying = await prepare(parts, root, request.signer);
  const chosen = await choose(carrying, request);
  const { to, takeSpec, dryRun, because } = request;
  const all: PlannedMigration[] = [];
  for (const id of chosen) all.push(await plan(carrying, id, { to, takeSpec, pairs }));
  checkUsed(carrying.parts.engine.state, pairs, all);
  const planned = request.names === null ? skipNeedless(all) : all;
  if (dryRun) return planned.map(show);
  const results: MigrationResult[] = [];
  for (const [index, first] of planned.entries()) {
    // The one before it may have changed what this one's plan was made on.
    const { workstream } = first.preview;
    const each = index === 0 ? first : await plan(carrying, workstream, { to, takeSpec, pairs });
    results.push(await carryOut(carrying, each, because));
  }
  const [only] = results;
  if (results.length === 1 && only?.refusal != null) throw toError(only.refusal);
  return results;
}

const toError = ({ code, message, hints }: Refusal): OsqrError => new OsqrError(code, message, { hints });

const show = ({ preview }: PlannedMigration): MigrationResult => ({ ...preview, migration: null });

/** A word that nothing has is a mistake: nothing is carried out with it. */
function checkUsed(state: State, pairs: readonly MapPair[], planned: readonly PlannedMigration[]): void {
  const unused = pairs.filter((pair) => !planned.some(({ used }) => used.has(pair)));
  if (unused.length === 0) return;
  const names = planned.map(({ preview }) => preview.name).join(", ");
  const known = planned.map(({ preview }) => ({
    name: preview.name,
    keys: listKeys(state, preview.workstream),
  }));
  const all = known.flatMap(({ keys }) => keys);
  const near = unused.flatMap(({ from, to }) => {
    const nearest = findNearestName(from, all);
    return nearest === null ? [] : [`did you mean --map ${nearest}=${to ?? "-"}?`];
  });
  throw new OsqrError(
    "mapping-unknown",
    `--map ${unused.map(({ from, to }) => `${from}=${to ?? "-"}`).join(", ")}: ${names} has no such step or task`,
    {
      hints: [
        ...near,
        ...known.slice(0, SHOWN_MAX).map(({ name, keys }) => `${name} has ${keys.join(", ")}`),
      ],
    },
  );
}

/** Workstreams whose keys are listed. */
const SHOWN_MAX = 5;
const KEYS_MAX = 40;

/** Keys of its steps and of its tasks. */
function listKeys(state: State, id: WorkstreamId): readonly string[] {
  const { steps = [], tasks = [] } = state.workstreams.get(id) ?? {};
  const own = steps.filter(({ total }) => total > 0).map(({ key }) => key);
  return [...new Set([...own, ...tasks.flatMap((task) => state.tasks.get(task)?.key ?? [])])].slice(
    0,
    KEYS_MAX,
  );
}

async function choose(
  { parts, project }: Carrying,
  { names, to, takeSpec }: MigrateRequest,
): Promise<readonly WorkstreamId[]> {
  const { state } = parts.engine;
  if (names !== null) return names.map((name) => needNamed(state, project.id, name).id);
  const target = to === null ? null : needWorkflow(await gather(parts, project, state), to);
  const follows = ({ workflow }: Workstream): boolean =>
    target === null || (workflow.name === target.name && workflow.version === target.version);
  const inFlight = listWorkstreams(state, project.id).filter((each) => isOpen(each) && !isLanded(each));
  return inFlight.filter((each) => takeSpec || !follows(each)).map(({ id }) => id);
}

/** Of all, those that have something to change over to. @throws OsqrError `nothing-to-migrate` where none has */
function skipNeedless(planned: readonly PlannedMigration[]): readonly PlannedMigration[] {
  const left = planned.filter(({ preview }) => preview.refusal?.code !== "nothing-to-migrate");
  if (left.length > 0) return left;
  throw new OsqrError("nothing-to-migrate", "no workstream in flight has to be migrated", {
    hints: ["osqr workflow list"],
  });
}

function gather(parts: ServiceParts, project: LoadedProject, state: State): Promise<PlanInput> {
  const approval = { all: isEverythingApproved(state, project.id), hashes: [] };
  const selection = { only: null, skip: [] };
  return gatherInput(parts.tools, project, {
    state,
    selection,
    approval,
    now: parts.engine.ports.clock.now(),
  });
}

/** Plans one workstream on the state as it is now: the one before it may have changed that. */
async function plan(
  { parts, project }: Carrying,
  id: WorkstreamId,
  wanted: Wanted,
): Promise<PlannedMigration> {
  const { state } = parts.engine;
  const workstream = state.workstreams.get(id);
  if (workstream === undefined) throw new OsqrError("unknown-workstream", `no workstream ${id}`);
  const texts = workstream.spec.path === null ? null : await readTexts(project, workstream, wanted.takeSpec);
  const path = texts?.path ?? null;
  const files = texts === null ? project.files : overlay(project.files, texts);
  const input = await gather(parts, { ...project, files }, state);
  if (wanted.to !== null) needWorkflow(input, wanted.to);
  const spec =
    path === null ? toTextSpec(state, workstream) : input.discovery.specs.find((each) => each.path === path);
  if (spec === undefined) throw unreadable(workstream);
  const old = texts === null || path === null ? null : project.ports.readSpec(path, texts.old);
  const drops = wanted.takeSpec && old !== null ? listRemoved(workstream, { old, spec }) : [];
  const said = new Set(wanted.pairs.map(({ from }) => from));
  const pairs = [...wanted.pairs, ...drops.filter(({ from }) => !said.has(from))];
  return planMigration(input, { workstream, spec, old, to: wanted.to, pairs });
}

/** What the new text no longer has was taken out by its author. */
function listRemoved({ tasks, id }: Workstream, { old, spec }: { old: Spec; spec: Spec }): MapPair[] {
  const titles = new Set(spec.tasks.map(({ title }) => title));
  const keys = new Set(spec.tasks.map(({ key }) => key));
  const known = new Set(tasks.map((task) => task.slice(id.length + 1)));
  return old.tasks
    .filter(({ key, title }) => known.has(key) && !keys.has(key) && !titles.has(title))
    .map(({ key }) => ({ from: key, to: null }));
}

const unreadable = ({ name, spec }: Workstream): OsqrError =>
  new OsqrError(
    "spec-missing",
    `${name}: ${spec.path ?? "its text"} is no spec that can be read at that commit`,
    {
      hints: [`osqr why ${name}`],
    },
  );

interface Texts {
  readonly old: string;
  readonly next: string;
  /** Where the next text is: the document may have been moved. */
  readonly path: string;
  /** Where the document is that the next text stands for; null: it is gone. */
  readonly found: string | null;
}

async function readTexts(
  { ports, commit }: LoadedProject,
  workstream: Workstream,
  takeSpec: boolean,
): Promise<Texts> {
  const { path, commit: registered } = workstream.spec;
  const old = path === null ? null : await ports.git.readFile(registered, path);
  const found = await findSpec(ports, workstream, commit);
  const next = takeSpec ? found : { path, text: old };
  if (old === null || next?.path == null || next.text === null) throw unreadable(workstream);
  return { old, next: next.text, path: next.path, found: found?.path ?? null };
}

/** The files of a commit with one text in place of what is there. */
function overlay(files: CommitFiles, { next: text, path, found }: Texts): CommitFiles {
  const content = Buffer.from(text, "utf8");
  const entry = { oid: files.entries.get(path)?.oid ?? "", size: content.length };
  const others = [...files.entries].filter(([each]) => each === path || each !== found);
  return {
    commit: files.commit,
    entries: new Map([...others, [path, entry]]),
    async read(paths, bytesMax) {
      const found = await files.read(paths, bytesMax);
      return paths.map((each, index) => (each === path ? content : (found[index] ?? null)));
    },
  };
}

/** A task that was added as a text stands in no document. */
function toTextSpec(state: State, workstream: Workstream): Spec {
  const { name, title, spec, priority, tasks } = workstream;
  const own = tasks.flatMap((id) => state.tasks.get(id) ?? []).find(({ key }) => key === "T1");
  return textToSpec(name, title, { run: own?.script ?? null, priority, executor: null, hash: spec.hash });
}

/** Commands are approved where the run was started with everything approved; else they are asked about. */
async function carryOut(
  { parts, project, by }: Carrying,
  { preview, draft, commands, workflows }: PlannedMigration,
  because: string,
  answers?: { readonly decision: Decision["id"]; readonly signer?: string; readonly reasoning: string },
): Promise<MigrationResult> {
  if (draft === null || preview.refusal !== null) return { ...preview, migration: null };
  const { engine } = parts;
  const hashes = commands.filter(({ approved }) => !approved).map(({ hash }) => hash);
  if (hashes.length > 0 && isEverythingApproved(engine.state, project.id)) {
    const reason = "the run was started with everything approved (--yes)";
    await engine.submit({ kind: "approve_content", project: project.id, hashes, by, reason });
  }
  await recordWorkflows(parts, project, workflows);
  const answer = answers === undefined ? {} : { answers };
  return { ...preview, migration: await submit(parts, draft, { by, reason: because, ...answer }) };
}

async function submit(
  { engine }: ServiceParts,
  draft: MigrationDraft,
  why: {
    by: string;
    reason: string;
    answers?: { decision: Decision["id"]; signer?: string; reasoning: string };
  },
): Promise<string | null> {
  const events = await engine.submit({ ...draft, ...why });
  const event = events.find(({ kind }) => kind === "workstream_migrated");
  return event?.kind === "workstream_migrated" ? event.migration.id : null;
}

/**
 * Answers the question about a changed spec with `migrate`, in one step with the migration itself.
 *
 * @throws OsqrError where it cannot be carried out; the question stays open
 */
export async function migrateToNewText(
  parts: ServiceParts,
  root: string,
  answer: { readonly decision: Decision; readonly signer: string | null; readonly reasoning: string },
): Promise<void> {
  const { decision, signer, reasoning } = answer;
  const { subject, id } = decision;
  const options = decision.options.map((each) => each.id);
  if (subject.kind !== "scope" || !options.includes("migrate")) {
    throw new OsqrError(
      "unknown-option",
      `decision ${id} has no option "migrate"; it has ${options.join(", ")}`,
    );
  }
  checkOpen(parts, decision);
  const carrying = await prepare(parts, root, signer);
  const planned = await plan(carrying, subject.workstream, { to: null, takeSpec: true, pairs: [] });
  const because = reasoning.trim() === "" ? `${id}: the new text is taken` : reasoning;
  const result = await carryOut(carrying, planned, because, {
    decision: id,
    ...(signer === null ? {} : { signer }),
    reasoning,
  });
  if (result.refusal !== null) throw toError(withHint(result.refusal, id));
}

/** What has to be said about lost work cannot be said in an answer. */
function withHint(refusal: Refusal, id: Decision["id"]): Refusal {
  if (refusal.code !== "mapping-incomplete") return refusal;
  const hints = [...refusal.hints, `osqr workflow migrate <workstream> --take-spec --map … --because ${id}`];
  return { ...refusal, hints };
}

function checkOpen({ engine }: ServiceParts, { id }: Decision): void {
  const resolve = { kind: "resolve", decision: id, option: "anew", by: "user", reasoning: "" } as const;
  const decided = decide(engine.state, resolve, engine.ports.clock.now());
  if (!decided.ok) throw toError(decided.refusal);
}

/** `M-1` in any case. */
function toMigration(text: string): MigrationId {
  const number = /^m-?(\d+)$/i.exec(text.trim())?.[1];
  return (number === undefined ? text : `M-${number}`) as MigrationId;
}

export async function rollBackMigration(
  parts: ServiceParts,
  root: string,
  request: RollbackRequest,
): Promise<MigrationResult> {
  const { project, by } = await prepare(parts, root, request.signer);
  const { state } = parts.engine;
  const id = toMigration(request.migration);
  const draft = planRollback(state, id);
  if (state.workstreams.get(draft.workstream)?.project !== project.id)
    throw new OsqrError("unknown-migration", `no migration ${id} in ${project.root}`);
  const preview = previewMigration(state, draft);
  if (request.dryRun) return { ...preview, migration: null };
  if (preview.refusal !== null) throw toError(preview.refusal);
  return { ...preview, migration: await submit(parts, draft, { by, reason: request.because }) };
}

export function listMigrations(
  { engine: { state } }: ServiceParts,
  project: LoadedProject["id"],
  name: string | null,
): readonly MigrationView[] {
  const only = name === null ? null : needNamed(state, project, name).id;
  return [...state.migrations.values()]
    .filter(({ workstream }) => state.workstreams.get(workstream)?.project === project)
    .filter(({ workstream }) => only === null || workstream === only)
    .sort((a, b) => a.at - b.at || Number(a.id.slice(2)) - Number(b.id.slice(2)))
    .map(({ id, workstream, from, to, by, reason, at, rollsBack, mapping }) => ({
      id,
      workstream: state.workstreams.get(workstream)?.name ?? workstream,
      from: `${from.workflow}@${from.version}`,
      to: `${to.workflow}@${to.version}`,
      takesSpec: from.specHash !== to.specHash,
      by,
      reason,
      at: new Date(at).toISOString(),
      rollsBack,
      canRollBack: listStanding(state, workstream).at(-1)?.id === id,
      mapping: mapping.map((each) => ({ from: each.from, to: each.to })),
    }));
}
