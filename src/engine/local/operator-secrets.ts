/** Values of the operator that are handed to tasks: masked in all that is kept of them. */
import type { Config } from "../../core/config.ts";
import { listSecretValues } from "../../core/secrets/variables.ts";
import type { Sandbox } from "../../sandbox/types.ts";
import type { LocalTools } from "./tools.ts";

/** Of every variable that the config names, for whomever: what one task is told may turn up in what another one prints. */
export function listOperatorSecrets(
  env: LocalTools["env"],
  { sandbox, routing }: Pick<Config, "sandbox" | "routing">,
): readonly string[] {
  const settings = Object.values(routing.executors);
  const names = [
    ...sandbox.env,
    ...settings.flatMap((setting) => [...setting.env, ...(setting.api?.keyEnv ? [setting.api.keyEnv] : [])]),
  ];
  return listSecretValues([...new Set(names)], env);
}

/** The sandbox whose logs and tails hold none of these values, whoever starts something in it. */
export function hideSecrets(sandbox: Sandbox, secrets: () => readonly string[]): Sandbox {
  return {
    level: sandbox.level,
    start: (request) => sandbox.start({ ...request, secrets: [...(request.secrets ?? []), ...secrets()] }),
    reap: () => sandbox.reap(),
  };
}
