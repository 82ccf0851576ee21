/** What a person says of workstreams: go on, stop, another title. */
import { stricterTier } from "../../core/autonomy/outcomes.ts";
import type { Tier } from "../../core/autonomy/types.ts";
import { OsqrError } from "../../core/errors.ts";
import type { DecisionId, WorkstreamId } from "../../core/model/ids.ts";
import type { DecisionView, WorkstreamView } from "../../core/report/types.ts";
import type { Service, Verb, WorkstreamEdit } from "../service.ts";
import { findSigner } from "./flow/answer.ts";
import { changeOwner } from "./flow/owner.ts";
import { nameActor } from "./flow/signer.ts";
import { listWorkstreams, needNamed } from "./names.ts";
import { toPriority } from "./priority.ts";
import type { LocalProject } from "./projects.ts";
import * as queries from "./queries.ts";
import type { ServiceParts } from "./service.ts";

/** The reason of an act, and who acts; `signer` null: who is asking. */
interface Why {
  readonly because: string;
  readonly signer: string | null;
}

/** Pauses, resumes, cancels or prioritizes; `names` null: all that it can be said of. Gives those of which it was not so already. */
export async function steerWorkstreams(
  { engine }: ServiceParts,
  project: LocalProject,
  request: Why & { readonly verb: Verb; readonly names: readonly string[] | null },
): Promise<readonly string[]> {
  const { verb, names, because: reason, signer } = request;
  const by = await nameActor(project, signer);
  const { state } = engine;
  const chosen =
    names === null
      ? listWorkstreams(state, project.id).filter((each) => queries.canSteer(each, verb))
      : names.map((name) => needNamed(state, project.id, name));
  const intent = verb === "resume" ? "run" : verb === "pause" ? "paused" : "cancelled";
  const changed: string[] = [];
  for (const { id: workstream, name } of chosen) {
    const events = await engine.submit(
      verb === "prioritize"
        ? { kind: "prioritize", workstream, by }
        : { kind: "set_intent", workstream, intent, by, reason },
    );
    if (verb === "prioritize" || events.some((event) => event.kind === "intent_set")) changed.push(name);
  }
  return changed;
}

/** Takes the recommendation of every open decision that has one; of critical ones only where that is said. */
export async function acceptRecommendations(
  { engine }: ServiceParts,
  project: LocalProject,
  options: Parameters<Service["accept"]>[1],
): ReturnType<Service["accept"]> {
  const signer = await findSigner(project, { signer: options.signer ?? null });
  const who = signer === null ? {} : { signer };
  const reasoning = options.because || "recommendation accepted";
  const accepted: DecisionView[] = [];
  const left: DecisionView[] = [];
  for (const view of queries.listInbox(engine.state, project.id)) {
    const recommended = view.options.find((option) => option.recommended);
    if (recommended === undefined || (view.group === "critical" && !options.critical)) {
      left.push(view);
      continue;
    }
    const decision = view.id as DecisionId;
    const answer = { decision, option: recommended.id, by: "user", ...who, reasoning } as const;
    await engine.submit({ ...answer, kind: "resolve" });
    accepted.push(queries.viewOne(engine.state, decision));
  }
  return { accepted, left };
}

function toChanges(edit: WorkstreamEdit) {
  return {
    ...(edit.title === undefined ? {} : { title: edit.title }),
    ...(edit.priority === undefined ? {} : { priority: toPriority(edit.priority) }),
    ...(edit.tags === undefined ? {} : { tags: edit.tags }),
    ...(edit.due === undefined ? {} : { due: edit.due }),
    ...(edit.approve === undefined ? {} : { approvedActions: edit.approve }),
    ...(edit.block === undefined ? {} : { blockedActions: edit.block }),
    ...(edit.autonomy === undefined ? {} : { autonomy: edit.autonomy }),
  };
}

/** Against the config as it is now. @throws OsqrError `tier-too-free` */
async function checkTier(
  { projects }: ServiceParts,
  root: string,
  name: string,
  wanted: Tier,
): Promise<void> {
  const { tier } = (await projects.load(root)).config.autonomy;
  if (stricterTier(tier, wanted) === wanted) return;
  throw new OsqrError("tier-too-free", `${name}: expected ${tier} or stricter, found ${wanted}`, {
    hints: ["what all agents may do at most: autonomy.tier in your config"],
  });
}

/** @throws OsqrError `nothing-to-edit`, `tier-too-free`, `not-of-a-task`, and what the core refuses */
export async function editWorkstream(
  parts: ServiceParts,
  project: LocalProject,
  { name, edit, because, signer }: Why & { readonly name: string; readonly edit: WorkstreamEdit },
): Promise<WorkstreamView> {
  const { engine } = parts;
  const by = await nameActor(project, signer);
  if (edit.autonomy !== undefined) await checkTier(parts, project.root, name, edit.autonomy);
  const workstream: WorkstreamId = await changeOwner(parts, project, { name, edit, because, signer: by });
  const changes = toChanges(edit);
  const isChanged = Object.keys(changes).length > 0;
  if (!isChanged && edit.owner === undefined) {
    throw new OsqrError("nothing-to-edit", `${name}: expected something to change, found nothing`, {
      hints: ["see: osqr edit --help"],
    });
  }
  if (isChanged) await engine.submit({ kind: "edit", workstream, changes, by, reason: because });
  return queries.viewWorkstreamById(engine.state, workstream);
}
