/** The presets of osqr, pointed at the scripted model server: what a user's login and config would do. */

import type { AgentPreset } from "../../src/executors/acp/preset-types.ts";
import { AGENT_PRESETS } from "../../src/executors/acp/presets.ts";
import type { InstalledAgent } from "./install.ts";

const KEY = "scripted-key";

/** A model that Codex knows: its tools depend on it. */
export const CODEX_MODEL = "gpt-6.1-sol";
export const GEMINI_MODEL = "gemini-3.1-pro-preview";

type Parts = Pick<AgentPreset, "env" | "files">;

/** Null: an agent without a way to another server. */
function pointAt(preset: AgentPreset, url: string): Parts {
  switch (preset.name) {
    case "claude":
      return { env: { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: KEY }, files: [] };
    case "codex":
      return { env: { SCRIPTED_KEY: KEY }, files: preset.files.map((file) => toCodexFile(file, url)) };
    case "opencode":
      return { env: { OPENCODE_CONFIG_CONTENT: toOpencodeConfig(preset, url) }, files: [] };
    case "gemini":
      return {
        env: { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: KEY, GEMINI_MODEL },
        files: preset.files,
      };
    case "qwen":
      return {
        env: { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: KEY, OPENAI_MODEL: "scripted" },
        files: preset.files,
      };
    default:
      throw new Error(`${preset.name}: how to point it at another server is not known`);
  }
}

function toCodexFile(file: AgentPreset["files"][number], url: string): AgentPreset["files"][number] {
  if (!file.path.endsWith("config.toml")) return file;
  const top = [`model = "${CODEX_MODEL}"`, 'model_provider = "scripted"', ""].join("\n");
  const provider = [
    "",
    "[model_providers.scripted]",
    'name = "scripted"',
    `base_url = "${url}/v1"`,
    'wire_api = "responses"',
    'env_key = "SCRIPTED_KEY"',
    "",
  ].join("\n");
  return { ...file, content: `${top}${file.content}${provider}` };
}

function toOpencodeConfig(preset: AgentPreset, url: string): string {
  const config: unknown = JSON.parse(preset.env.OPENCODE_CONFIG_CONTENT ?? "{}");
  return JSON.stringify({ ...(config as object), ...toScriptedProvider(url) });
}

/** What OpenCode's config says of the scripted model. */
export function toScriptedProvider(url: string): object {
  const model = {
    name: "scripted",
    limit: { context: 200_000, output: 8_000 },
    cost: { input: 1, output: 5, cache_read: 0.1 },
  };
  return {
    model: "scripted/scripted",
    small_model: "scripted/scripted",
    enabled_providers: ["scripted"],
    provider: {
      scripted: {
        npm: "@ai-sdk/openai-compatible",
        name: "scripted",
        options: { baseURL: `${url}/v1`, apiKey: KEY },
        models: { scripted: model },
      },
    },
  };
}

/** Whatever does not go to the server of the test goes there as to a proxy, is refused and told. */
function toProxyVariables(url: string): Record<string, string> {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
  const own = "127.0.0.1,localhost,::1";
  return Object.fromEntries([
    ...names.flatMap((name) => [
      [name, url],
      [name.toLowerCase(), url],
    ]),
    ["NO_PROXY", own],
    ["no_proxy", own],
  ]);
}

/** The preset of an installed agent that knows no model but that of the server. */
export function toTestPreset(agent: InstalledAgent, url: string): AgentPreset {
  const preset = AGENT_PRESETS.find(({ name }) => name === agent.name);
  const candidate = preset?.candidates[0];
  if (preset === undefined || candidate === undefined) throw new Error(`no preset ${agent.name}`);
  const { env, files } = pointAt(preset, url);
  return {
    ...preset,
    candidates: [{ ...candidate, program: agent.path }],
    env: { ...preset.env, ...toProxyVariables(url), ...env },
    files,
    mounts: [...preset.mounts, { source: agent.folder, target: agent.folder, mode: "read" }],
  };
}

export const SCRIPTED_KEY_TEXT = KEY;
