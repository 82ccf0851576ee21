import { OsqrError } from "../../core/errors.ts";
import { findNearestName } from "../../core/nearest-name.ts";
import type { DecisionView, WorkstreamView } from "../../core/report/types.ts";
import type { Client } from "../client/client.ts";
import { EXIT, type Handler } from "../context.ts";
import { findWorkstream, resolveNames } from "../names.ts";
import { renderAnswered } from "../render/decisions.ts";
import { renderSigned } from "../render/signed.ts";
import { UsageError } from "../usage-error.ts";

/** Answers one decision. Without an option it says which there are. */
export const run: Handler<"decide"> = async (
  { ui, connect },
  { decision, option, as, to, with: other, because, json },
) => {
  const client = await connect();
  const isId = /^d-?\d+$/i.test(decision);
  if (option === null)
    throw listChoices(isId ? [await readOne(client, decision)] : await readOwn(client, decision));
  const id = isId ? decision : await findOnly(client, decision, option);
  const answered = await client.decide(id, option, because ?? "", { signer: as, to, with: other });
  if (json) ui.json(answered);
  else if (answered.step === null) ui.print(renderAnswered([answered], 0, ui.page));
  else ui.print(renderSigned(answered, await findConcerned(client, answered), ui.page));
  return EXIT.done;
};

async function findConcerned(client: Client, { workstream }: DecisionView): Promise<WorkstreamView | null> {
  const { workstreams } = await client.status();
  return workstreams.findLast(({ name }) => name === workstream) ?? null;
}

async function readOne(client: Client, id: string): Promise<DecisionView> {
  const shown = await client.show(id);
  if (shown.kind !== "decision") throw new OsqrError("unknown-decision", `no decision "${id}"`);
  const { decision } = shown;
  if (decision.state === "open") return decision;
  throw new OsqrError("decision-closed", `decision ${decision.id} is ${decision.state}`, {
    hints: [`how it was answered: osqr show ${decision.id}`],
  });
}

/** What a decision may be answered with, as lines to type. */
function listChoices(decisions: readonly DecisionView[]): UsageError {
  const [first] = decisions;
  const asked = decisions.map(({ id, question }) => `${id} asks: ${question}`).join("; ");
  const hints = decisions.flatMap(({ id, options }) =>
    options.map(({ id: option, label, description }) => {
      const what = [label === option ? "" : label, description].filter(Boolean).join(": ");
      return `osqr decide ${id} ${option}${what === "" ? "" : `   # ${what}`}`;
    }),
  );
  return first === undefined
    ? new UsageError("nothing is asked there", ["what is open: osqr inbox"])
    : new UsageError(`expected an option. ${asked}`, hints);
}

interface Named {
  readonly name: string;
  /** Step or task; null: the workstream alone was named. */
  readonly part: string | null;
}

/** `cart`, or with a step or a task of it: `cart/quality`, `cart#quality`. @throws `unknown-workstream` */
async function readName(client: Client, words: string): Promise<Named> {
  const [, left = "", sign = "", part = ""] = /^(.+)([#/])([^#/]+)$/.exec(words) ?? [];
  const { workstreams } = sign === "" ? { workstreams: [] } : await client.briefStatus();
  const known = sign === "" ? null : findWorkstream(left, workstreams);
  if (known !== null) return { name: known, part };
  const [name = words] = await resolveNames(client, [words]);
  return { name, part: null };
}

const toKey = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");

function isAbout({ step, blocks, workstream }: DecisionView, part: string): boolean {
  const wanted = toKey(part);
  return (
    (step !== null && toKey(step) === wanted) ||
    blocks.some(
      (task) => task.startsWith(`${workstream}#`) && toKey(task.slice(workstream.length + 1)) === wanted,
    )
  );
}

/** Open decisions of what was named. */
async function readOwn(client: Client, words: string): Promise<readonly DecisionView[]> {
  const { name, part } = await readName(client, words);
  const own = (await client.inbox()).filter(({ workstream }) => workstream === name);
  return part === null ? own : own.filter((decision) => isAbout(decision, part));
}

/** The open decision of a workstream that has the option, where there is one alone. */
async function findOnly(client: Client, words: string, option: string): Promise<string> {
  const { name, part } = await readName(client, words);
  const own = await readOwn(client, words);
  const found = own.filter(({ options }) => options.some(({ id }) => id === option));
  const [first] = found;
  if (first === undefined) {
    const said = part === null ? null : await explainSilence(client, { name, part });
    throw new OsqrError("unknown-decision", said ?? `${words} asks nothing that "${option}" answers`, {
      hints: own.length === 0 ? [`how it stands: osqr show ${name}`] : [`what it asks: osqr show ${name}`],
    });
  }
  const hints = found.map((each) => `osqr decide ${each.id} ${option}   # ${describe(each)}`);
  if (found.length > 1)
    throw new OsqrError("unknown-decision", `${words} asks more than one thing that "${option}" answers`, {
      hints,
    });
  // Typed twice, the name of the workstream would sign the next review too.
  if (first.step !== null && part === null) {
    const task = first.blocks.find((each) => each.startsWith(`${name}#`));
    throw new OsqrError(
      "unknown-decision",
      `${words}: expected the id or the step of what is signed: the same line typed twice must not sign what comes next`,
      {
        hints: [...hints, ...(task === undefined ? [] : [`osqr decide ${task} ${option}`])],
      },
    );
  }
  return first.id;
}

/** Why a step that was named asks nothing; null: nothing more is known. */
async function explainSilence(
  client: Client,
  { name, part }: { readonly name: string; readonly part: string },
): Promise<string | null> {
  const shown = await client.show(name);
  if (shown.kind !== "workstream") return null;
  const { steps, signOffs, items } = shown.workstream;
  const wanted = toKey(part);
  if (items.some(({ key }) => toKey(key) === wanted) && !steps.some(({ key }) => toKey(key) === wanted))
    return null;
  const step = steps.find(({ key, title }) => toKey(key) === wanted || toKey(title) === wanted);
  if (step === undefined) {
    const nearest = findNearestName(
      part,
      steps.map(({ key }) => key),
    );
    const keys = steps.map(({ key }) => key).join(", ");
    return `${name} has no step "${part}"${nearest === null ? `; it has ${keys}` : `: did you mean ${nearest}?`}`;
  }
  const last = signOffs.findLast((each) => each.step === step.key);
  if (last !== undefined && step.status === "completed")
    return `${name}/${step.key} was ${last.outcome} already by ${last.by} (${last.decision})`;
  return step.status === "pending" ? `${name}/${step.key} is not asked yet: work before it is open` : null;
}

/** What tells one decision from another: the step with who may sign, or the question. */
function describe({ step, role, holders, question }: DecisionView): string {
  if (step === null) return question;
  const names = holders === null || holders.length === 0 ? "" : ` · ${holders.join(" or ")}`;
  return `${step}${names}${role === null ? "" : ` (${role})`}`;
}
