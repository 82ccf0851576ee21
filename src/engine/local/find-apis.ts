/** A look at the models behind an API that the operator's config names. */
import type { ApiSetting, RoutingConfig } from "../../core/routing/config.ts";
import type { AgentFinding } from "../../executors/agent-finding.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** How long a server may take to answer at all. */
const ANSWER_MS_MAX = 5_000;

/** Asks each server for its models, without a key: any answer says that it is there. No model is called. */
export async function findApis(
  { executors }: RoutingConfig,
  env: Env,
  onProbe: ((name: string) => void) | undefined,
): Promise<readonly AgentFinding[]> {
  const findings: AgentFinding[] = [];
  for (const [name, { api }] of Object.entries(executors)) {
    if (api === null) continue;
    onProbe?.(name);
    findings.push(await findApi(name, api, env));
  }
  return findings;
}

async function findApi(name: string, { baseUrl, keyEnv }: ApiSetting, env: Env): Promise<AgentFinding> {
  const answer = await ask(`${baseUrl.replace(/\/+$/, "")}/models`);
  const hasKey = keyEnv === null || (env[keyEnv] ?? "") !== "";
  const problems = [
    ...(typeof answer === "string" ? [`it does not answer: ${answer}`] : []),
    ...(hasKey ? [] : [`no key: set ${keyEnv}`]),
  ];
  return {
    name,
    program: baseUrl,
    version: null,
    floor: null,
    answeredMs: typeof answer === "number" ? answer : null,
    problems,
    ok: problems.length === 0,
    isConfigured: true,
  };
}

/** Milliseconds to an answer of any kind, or why there is none. */
async function ask(url: string): Promise<number | string> {
  const startedAt = performance.now();
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    await response.body?.cancel();
    return Math.round(performance.now() - startedAt);
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error && cause.message !== "" ? cause.message : message;
  }
}
