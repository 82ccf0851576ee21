import { OsqrError } from "../../core/errors.ts";
import { findAgents } from "../../engine/local/find-agents.ts";
import type { AgentFinding } from "../../executors/agent-finding.ts";
import { EXIT, type Handler } from "../context.ts";
import { examine, type Finding, toBad } from "../doctor-checks.ts";
import type { Host } from "../host.ts";
import { renderFindings } from "../render/findings.ts";
import type { Ui } from "../ui.ts";

/** Checks the machine, and asks its agents whether they are there. */
export const run: Handler<"doctor"> = async ({ host, ui }, { json }) => {
  const { agents, problem } = await lookForAgents(host, ui);
  const findings = [...(await examine(host, agents)), ...problem];
  const isGood = findings.every(({ status }) => status !== "bad");
  if (json) ui.json({ ok: isGood, findings, agents: agents ?? [] });
  else ui.print(renderFindings(findings, ui.page));
  return isGood ? EXIT.done : EXIT.refused;
};

/** `agents` null: they cannot be looked for. What is wrong with the config has a finding already. */
async function lookForAgents(
  host: Host,
  ui: Ui,
): Promise<{ readonly agents: readonly AgentFinding[] | null; readonly problem: readonly Finding[] }> {
  const onProbe = (name: string): void => ui.note([`asking ${name} …`]);
  try {
    return { agents: await findAgents(host.env, { onProbe }), problem: [] };
  } catch (error) {
    const isKnown = error instanceof OsqrError && error.code.startsWith("config-");
    return { agents: null, problem: isKnown ? [] : [{ name: "agents", ...toBad(error) }] };
  }
}
