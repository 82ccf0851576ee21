import { findReturn } from "../../../core/decide/review-questions.ts";
import { OsqrError } from "../../../core/errors.ts";
import type { Decision } from "../../../core/model/decision.ts";
import { listReviewed } from "../../handoffs/stands-on.ts";
import type { Signature } from "../../service.ts";
import { openProject } from "../go.ts";
import { needNamed } from "../names.ts";
import type { LocalProject } from "../projects.ts";
import type { ServiceParts } from "../service.ts";
import { readSigner } from "./signer.ts";

/** What somebody signs for: a review, an intake, ticks. */
const SIGNED: readonly Decision["subject"]["kind"][] = ["review", "intake", "ticks"];

export const isSigned = ({ subject }: Pick<Decision, "subject">): boolean => SIGNED.includes(subject.kind);

/** Takes a person's answer. Where it is a signature, who has which role is read again first: the config may have changed. */
export async function answerDecision(
  parts: ServiceParts,
  project: LocalProject,
  answer: {
    readonly decision: Decision;
    readonly option: string;
    readonly because: string;
    readonly signature: Signature;
  },
): Promise<void> {
  const { decision, option, because, signature } = answer;
  const isSkip = decision.subject.kind === "task_failed" && option === "skip";
  if (isSigned(decision) || isSkip) await readRoles(parts, project);
  await checkHandoffs(parts, decision, option);
  const signer = await findSigner(project, signature);
  const other = signature.with ?? null;
  await parts.engine.submit({
    kind: "resolve",
    decision: decision.id,
    option,
    by: "user",
    ...(signer === null ? {} : { signer }),
    ...(signature.to === null ? {} : { to: signature.to }),
    ...(other === null ? {} : { other: needNamed(parts.engine.state, project.id, other).id }),
    reasoning: because,
  });
}

/** Nobody signs for what cannot be read. @throws `handoff-missing` */
async function checkHandoffs({ engine }: ServiceParts, decision: Decision, option: string): Promise<void> {
  const { subject, state } = decision;
  if (subject.kind !== "review" || state.kind !== "open") return;
  const task = engine.state.tasks.get(subject.task);
  const workstream = engine.state.workstreams.get(decision.workstream);
  if (task === undefined || workstream === undefined || findReturn(task, option) !== null) return;
  const found = await engine.findHandoffFault(workstream.project, listReviewed(engine.state, task));
  if (found === null) return;
  const { what, fault } = found;
  throw new OsqrError("handoff-missing", `the handoff of ${what} cannot be read: ${fault}`, {
    hints: [
      `make it again from the history: osqr handoff repair ${what}`,
      `then: osqr decide ${decision.id} ${option}`,
    ],
  });
}

/** Every answer is somebody's; null: nobody is known, which only a signature minds. */
export async function findSigner(
  project: LocalProject,
  { signer }: Pick<Signature, "signer">,
): Promise<string | null> {
  const name = (signer ?? (await readSigner(project))).trim();
  return name === "" ? null : name;
}

/** What the config says now, in the base and of the operator. @throws OsqrError where it is wrong */
export async function readRoles(parts: ServiceParts, project: LocalProject): Promise<void> {
  const loaded = await parts.projects.load(project.root);
  const known = parts.engine.state.projects.get(project.id);
  if (known === undefined) return;
  await openProject(parts, { ...loaded, base: { ...loaded.base, name: known.base } }, known.maxParallel);
}
