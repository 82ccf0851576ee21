/** What an operator would set so that an installed agent uses another model server: variables, and lines of the config. */
import { CODEX_MODEL, GEMINI_MODEL, SCRIPTED_KEY_TEXT, toScriptedProvider } from "./test-presets.ts";

/** How the operator of a scenario has set up the agent. */
export interface OperatorSetup {
  readonly variables: Readonly<Record<string, string>>;
  /** What stands below `executors.<name>`. */
  readonly executor: {
    readonly env?: readonly string[];
    /** Where osqr does not find them by itself. */
    readonly hosts?: readonly string[];
    readonly model?: string;
  };
  /** A file that the agent reads, beside the variable that names it; null: none. */
  readonly file: { readonly variable: string; readonly name: string; readonly content: string } | null;
}

/** @param url of the model server, without a path */
export function pointOperator(agent: string, url: string): OperatorSetup {
  const { host } = new URL(url);
  const none = { variables: {}, executor: {}, file: null };
  switch (agent) {
    case "claude":
      return { ...none, variables: { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: SCRIPTED_KEY_TEXT } };
    case "gemini":
      return {
        ...none,
        variables: { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: SCRIPTED_KEY_TEXT },
        executor: { model: GEMINI_MODEL },
      };
    case "qwen":
      return {
        ...none,
        variables: {
          OPENAI_BASE_URL: `${url}/v1`,
          OPENAI_API_KEY: SCRIPTED_KEY_TEXT,
        },
        executor: { model: "scripted" },
      };
    case "codex":
      return {
        ...none,
        variables: { CODEX_CONFIG: toCodexConfig(url), SCRIPTED_KEY: SCRIPTED_KEY_TEXT },
        executor: { env: ["CODEX_CONFIG", "SCRIPTED_KEY"], hosts: [host] },
      };
    case "opencode":
      return {
        ...none,
        executor: { env: ["OPENCODE_CONFIG"], hosts: [host] },
        file: {
          variable: "OPENCODE_CONFIG",
          name: "opencode.json",
          content: JSON.stringify(toScriptedProvider(url)),
        },
      };
    default:
      throw new Error(`${agent}: how its operator points it at another server is not known`);
  }
}

function toCodexConfig(url: string): string {
  const provider = {
    name: "scripted",
    base_url: `${url}/v1`,
    wire_api: "responses",
    env_key: "SCRIPTED_KEY",
  };
  return JSON.stringify({
    model: CODEX_MODEL,
    model_provider: "scripted",
    model_providers: { scripted: provider },
  });
}
