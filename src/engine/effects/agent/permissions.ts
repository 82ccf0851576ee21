/** An agent wants to do something: the core judges it, a person is asked where that says so. */
import { isJudgedByText } from "../../../core/autonomy/manifests.ts";
import type { KnownTests, Places } from "../../../core/autonomy/types.ts";
import type { QuestionDraft } from "../../../core/model/command.ts";
import type { DecisionId, ProjectId } from "../../../core/model/ids.ts";
import type { State } from "../../../core/model/state.ts";
import type { AgentControls, ExecutorEvent } from "../../../executors/types.ts";
import { answerAsks } from "../follow.ts";
import type { Running } from "../running.ts";

/** Files of an action whose present text is read. */
const TEXTS_MAX = 20;
/** Of what was refused, characters. */
const REFUSED_MAX = 300;

/** What distinguishes a request for permission among the open questions of an attempt. */
export const isPermission = (ask: string): boolean => ask.startsWith("permission ");

export async function askPermission(
  running: Running,
  agent: AgentControls,
  { request, action }: Extract<ExecutorEvent, { kind: "permission" }>,
): Promise<void> {
  const { context, launch, live, project } = running;
  const { attempt, fence } = launch;
  const { mask } = agent;
  const permit = (isAllowed: boolean, reason: string): Promise<void> => {
    if (!isAllowed) live.refused = mask(`${action.title} (${reason})`).slice(0, REFUSED_MAX);
    return agent.permit(request, isAllowed, reason);
  };
  const places = await readPlaces(running, action.paths);
  const judging = { policy: project.autonomy(), places, tests: await knowTests(running) };
  const asked = {
    kind: "permission_requested",
    attempt,
    fence,
    request,
    action,
    mask,
    ...judging,
  } as const;
  const decided = await context.engine.submitResult(asked);
  if (!decided.ok) return permit(false, decided.refusal.message);
  const judged = decided.events.find((event) => event.kind === "permission_judged");
  if (judged === undefined) return permit(false, "it could not be judged");
  const { outcome, reasons, decision } = judged;
  if (decision === undefined) return permit(outcome !== "refuse", reasons.join("; "));
  const answer = async (option: string): Promise<boolean> => {
    await permit(option === "allow", sayAnswer(running, decision));
    return true;
  };
  live.asks.set(`permission ${request}`, { decision, question: toDraft(running, decision), answer });
  await answerAsks(context, decision);
}

/** Why it was refused, in the words of whoever did. */
function sayAnswer({ context }: Running, id: DecisionId): string {
  const state = context.state.decisions.get(id)?.state;
  const why = state?.kind === "resolved" ? state.reasoning : "";
  return why === "" ? `the operator's answer to ${id}` : why;
}

/** The question of a decision that was just opened. */
export function toDraft({ context }: Running, id: DecisionId): QuestionDraft {
  const decision = context.state.decisions.get(id);
  if (decision === undefined) throw new Error(`bug: ${id} was just opened and is not there`);
  const { contentKey, type, priority, subject, question, location, options, blocksProgress, deadline } =
    decision;
  const rest = { contentKey, type, priority, subject, question, location, options, blocksProgress, deadline };
  return { ...rest, context: decision.context, defaultOption: null, autoResolveMinutes: null };
}

/** What is known of the tests where the attempt starts from, or else of those of the base. */
export async function knowTests({ context, live, project, workstream }: Running): Promise<KnownTests> {
  const { base } = context.projectState(workstream.project);
  const start = live.workspace?.start;
  return project.knowTests([...(start === undefined ? [] : [start]), await project.git.effectiveBase(base)]);
}

/** Where the attempt is, and the present text of what is judged by it. */
export async function readPlaces(
  { context, live, project, workstream, launch }: Running,
  paths: readonly string[],
): Promise<Places> {
  const { workspace } = live;
  const home = context.state.attempts.get(launch.attempt)?.home ?? launch.attempt;
  const texts = new Map<string, string>();
  const start = workspace?.start ?? null;
  for (const path of paths.filter(isJudgedByText).slice(0, TEXTS_MAX)) {
    const text = start === null || path.startsWith("/") ? null : await project.git.readFile(start, path);
    if (text !== null) texts.set(path, text);
  }
  return {
    roots: workspace === null ? [] : [workspace.tree],
    scratch: [`${await project.attemptFolder(home)}/home`, "/tmp"],
    specs: listSpecs(context.state, workstream.project),
    texts,
  };
}

/** Documents that say what is to be built: what an agent changes of them changes the scope. */
function listSpecs({ projects, workstreams }: State, id: ProjectId): readonly string[] {
  const known = projects.get(id)?.workstreams ?? [];
  return known.flatMap((each) => workstreams.get(each)?.spec.path ?? []);
}
