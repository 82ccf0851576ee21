import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { LoginFile } from "./home.ts";
import type { AgentPreset } from "./preset-types.ts";

/** What an agent logs in with, found anew for each start: osqr keeps none of it. */
export interface AgentCredentials {
  readonly env: Readonly<Record<string, string>>;
  readonly file: LoginFile | null;
}

/**
 * What the operator has of what a preset's login needs.
 *
 * @param operator.env the operator's environment
 * @param operator.home the operator's home
 */
export async function findLogin(
  { login }: AgentPreset,
  operator: { readonly env: Readonly<Record<string, string | undefined>>; readonly home: string },
): Promise<AgentCredentials> {
  const env: Record<string, string> = {};
  for (const name of [...login.variables, ...login.settings]) {
    const value = operator.env[name];
    if (value !== undefined && value !== "") env[name] = value;
  }
  const hasKey = login.variables.some((name) => env[name] !== undefined);
  // A key is told on purpose: with one the login file is not handed in.
  if (hasKey || login.file === null) return { env, file: null };
  const source = join(operator.home, login.file);
  const isThere = await stat(source).then(
    (info) => info.isFile(),
    () => false,
  );
  return { env, file: isThere ? { source, path: login.file } : null };
}

/** What is missing of a login, for people; null: nothing. */
export function toMissingLogin({ login }: AgentPreset, { env, file }: AgentCredentials): string | null {
  const needsNone = login.variables.length === 0 && login.file === null;
  if (needsNone || file !== null || login.variables.some((name) => env[name] !== undefined)) return null;
  return `no login: set ${toLoginNeeds({ login })}`;
}

/** What a login needs, for people, e.g. `ANTHROPIC_API_KEY or ~/.claude/.credentials.json`; empty: nothing. */
export function toLoginNeeds({ login: { variables, file } }: Pick<AgentPreset, "login">): string {
  return [...variables, ...(file === null ? [] : [`~/${file}`])].join(" or ");
}
