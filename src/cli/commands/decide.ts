import { OsqrError } from "../../core/errors.ts";
import type { Client } from "../client/client.ts";
import { EXIT, type Handler } from "../context.ts";
import { resolveNames } from "../names.ts";
import { renderAnswered } from "../render/decisions.ts";

/** Answers one decision. */
export const run: Handler<"decide"> = async (
  { ui, connect },
  { decision, option, as, to, because, json },
) => {
  const client = await connect();
  const id = /^d-?\d+$/i.test(decision) ? decision : await findOnly(client, decision, option);
  const answered = await client.decide(id, option, because ?? "", { signer: as, to });
  if (json) ui.json(answered);
  else ui.print(renderAnswered([answered], 0, ui.page));
  return EXIT.done;
};

/** The open decision of a workstream that has the option, where there is one alone. */
async function findOnly(client: Client, words: string, option: string): Promise<string> {
  const [name = words] = await resolveNames(client, [words], { isExact: true });
  const own = (await client.inbox()).filter(({ workstream }) => workstream === name);
  const found = own.filter(({ options }) => options.some(({ id }) => id === option));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first.id;
  if (first === undefined) {
    throw new OsqrError("unknown-decision", `${name} asks nothing that "${option}" answers`, {
      hints: own.length === 0 ? [`how it stands: osqr show ${name}`] : [`what it asks: osqr show ${name}`],
    });
  }
  throw new OsqrError("unknown-decision", `${name} asks more than one thing that "${option}" answers`, {
    hints: found.map(({ id }) => `osqr decide ${id} ${option}`),
  });
}
