import { EXIT, type Handler } from "../context.ts";
import { examine } from "../doctor-checks.ts";
import { renderFindings } from "../render/findings.ts";

/** Checks the machine. */
export const run: Handler<"doctor"> = async ({ host, ui }, { json }) => {
  const findings = await examine(host);
  const isGood = findings.every(({ status }) => status !== "bad");
  if (json) ui.json({ ok: isGood, findings });
  else ui.print(renderFindings(findings, ui.page));
  return isGood ? EXIT.done : EXIT.refused;
};
