/** The agents that osqr knows. Data only: what was measured on the real programs stands in `docs/agents.md`. */
import type { AgentCandidate, AgentFile, AgentPreset } from "./preset-types.ts";
import { UNKNOWN_PRESET } from "./unknown-preset.ts";

const ON = "1";

/** A program of a package that is installed by npm for the whole machine. */
const ofNpm = (packageName: string, program: string, args: readonly string[] = []): AgentCandidate => ({
  program,
  args,
  versionArgs: ["--version"],
  install: `npm install -g ${packageName}`,
});

const ANTHROPIC = {
  provider: "anthropic",
  header: "x-api-key",
  baseUrl: "https://api.anthropic.com",
} as const;
const OPENAI = { provider: "openai", header: "bearer", baseUrl: "https://api.openai.com/v1" } as const;
const OPENROUTER = {
  provider: "openrouter",
  header: "bearer",
  baseUrl: "https://openrouter.ai/api/v1",
} as const;
const GOOGLE = {
  provider: "google",
  header: "x-goog-api-key",
  baseUrl: "https://generativelanguage.googleapis.com",
} as const;

const claude: AgentPreset = {
  ...UNKNOWN_PRESET,
  name: "claude",
  title: "Claude Code",
  candidates: [ofNpm("@agentclientprotocol/claude-agent-acp", "claude-agent-acp")],
  base: "claude",
  floor: "0.100.0",
  env: {
    DISABLE_TELEMETRY: ON,
    DISABLE_ERROR_REPORTING: ON,
    DISABLE_AUTOUPDATER: ON,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: ON,
    CLAUDE_CODE_ENABLE_TODO_TOOLS: ON,
    // Tools behind a search are tools that are not found.
    ENABLE_TOOL_SEARCH: "false",
    // Each costs a call of the model with the whole context after every turn, and is counted nowhere.
    CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: "false",
    CLAUDE_CODE_DISABLE_TERMINAL_TITLE: ON,
    // Of ten, which take three minutes, a wrong key is no better. osqr itself waits longer, and without a process.
    CLAUDE_CODE_MAX_RETRIES: "6",
    // The sandbox is osqr's: without it Claude refuses to run as root.
    IS_SANDBOX: ON,
  },
  mode: "default",
  login: {
    variables: ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"],
    settings: ["ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL"],
    file: ".claude/.credentials.json",
    method: null,
  },
  meters: [
    {
      ...ANTHROPIC,
      key: "ANTHROPIC_API_KEY",
      baseVariable: "ANTHROPIC_BASE_URL",
      env: { ANTHROPIC_BASE_URL: "{url}", ANTHROPIC_API_KEY: "{key}" },
      config: null,
    },
    {
      ...ANTHROPIC,
      header: "bearer",
      key: "ANTHROPIC_AUTH_TOKEN",
      baseVariable: "ANTHROPIC_BASE_URL",
      env: { ANTHROPIC_BASE_URL: "{url}", ANTHROPIC_AUTH_TOKEN: "{key}" },
      config: null,
    },
  ],
  hosts: ["api.anthropic.com"],
  quirks: {
    tellsCost: true,
    costSurvivesResume: false,
    debugLines: /^\[session\/(?:create|query)\] sessionId=|^\[authStatus\] /,
  },
};

const CODEX_CONFIG = `check_for_update_on_startup = false

[analytics]
enabled = false

[feedback]
enabled = false

[features]
plugins = false
apps = false
plugin_discovery_prefetch = false
api_key_model_discovery = false
`;

const codex: AgentPreset = {
  ...UNKNOWN_PRESET,
  name: "codex",
  title: "Codex",
  candidates: [ofNpm("@agentclientprotocol/codex-acp", "codex-acp")],
  base: "codex",
  floor: "2.6.0",
  // In its default mode a reviewer of its own clears requests that osqr should see.
  env: { INITIAL_AGENT_MODE: "read-only", NO_BROWSER: ON },
  files: [{ path: ".codex/config.toml", content: CODEX_CONFIG }],
  mode: "read-only",
  login: {
    variables: ["OPENAI_API_KEY", "CODEX_API_KEY"],
    settings: [],
    file: ".codex/auth.json",
    method: { id: "api-key", variable: "OPENAI_API_KEY" },
  },
  meters: ["OPENAI_API_KEY", "CODEX_API_KEY"].map((key) => ({
    ...OPENAI,
    key,
    baseVariable: null,
    env: { OSQR_METER_KEY: "{key}" },
    config: {
      variable: "CODEX_CONFIG",
      value: {
        model_provider: "osqr",
        model_providers: {
          osqr: {
            name: "OpenAI",
            base_url: "{url}",
            wire_api: "responses",
            env_key: "OSQR_METER_KEY",
          },
        },
      },
    },
  })),
  hosts: ["api.openai.com", "chatgpt.com"],
  quirks: { rejectionEndsTurn: true, formsAreApprovals: true, needsFolders: true },
};

/** OpenCode's own name for a provider, whose address its config can change. */
function toOpencodeWay(
  provider: string,
  baseURL: string,
): Pick<AgentPreset["meters"][number], "baseVariable" | "env" | "config"> {
  // No other: its own free models are at a host that is closed.
  const value = {
    enabled_providers: [provider],
    provider: { [provider]: { options: { baseURL, apiKey: "{key}" } } },
  };
  return { baseVariable: null, env: {}, config: { variable: "OPENCODE_CONFIG_CONTENT", value } };
}

const opencode: AgentPreset = {
  ...UNKNOWN_PRESET,
  name: "opencode",
  title: "OpenCode",
  candidates: [ofNpm("opencode-ai", "opencode", ["acp"])],
  floor: "1.18.33",
  env: {
    OPENCODE_DISABLE_AUTOUPDATE: ON,
    OPENCODE_DISABLE_MODELS_FETCH: ON,
    OPENCODE_DISABLE_LSP_DOWNLOAD: ON,
    OPENCODE_DISABLE_SHARE: ON,
    // Comes after the project's own file, which so cannot loosen it.
    OPENCODE_CONFIG_CONTENT: JSON.stringify({
      autoupdate: false,
      share: "disabled",
      permission: { edit: "ask", bash: "ask", webfetch: "ask", external_directory: "ask" },
    }),
  },
  login: {
    variables: ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY", "GEMINI_API_KEY"],
    settings: [],
    file: ".local/share/opencode/auth.json",
    method: null,
  },
  meters: [
    { ...ANTHROPIC, key: "ANTHROPIC_API_KEY", ...toOpencodeWay("anthropic", "{url}/v1") },
    { ...OPENAI, key: "OPENAI_API_KEY", ...toOpencodeWay("openai", "{url}") },
    { ...OPENROUTER, key: "OPENROUTER_API_KEY", ...toOpencodeWay("openrouter", "{url}") },
    { ...GOOGLE, key: "GEMINI_API_KEY", ...toOpencodeWay("google", "{url}/v1beta") },
  ],
  hosts: [
    "api.anthropic.com",
    "api.openai.com",
    "openrouter.ai",
    "generativelanguage.googleapis.com",
    "opencode.ai",
  ],
  quirks: { rejectionEndsTurn: true, usageIsLastCallOnly: true, costSurvivesResume: true, tellsCost: true },
};

/** What Gemini and those that are made from it have in common. */
const GEMINI_KIND = {
  ...UNKNOWN_PRESET,
  mode: "default",
  model: { kind: "argument", flag: "--model" },
} as const;

/** The settings of one of them. @param login id of its way to log in @param more of its own */
function toGeminiSettings(
  folder: string,
  login: string,
  { general = {}, ...more }: Readonly<Record<string, object>>,
): AgentFile {
  const settings = {
    general: { enableAutoUpdate: false, enableAutoUpdateNotification: false, ...general },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
    security: { auth: { selectedType: login } },
    ...more,
  };
  return { path: `${folder}/settings.json`, content: `${JSON.stringify(settings, null, 2)}\n` };
}

const gemini: AgentPreset = {
  ...GEMINI_KIND,
  name: "gemini",
  title: "Gemini CLI",
  candidates: [ofNpm("@google/gemini-cli", "gemini", ["--acp"])],
  floor: "0.61.0",
  // In a folder that it does not trust it starts no MCP server: osqr's tools would be missing without a word.
  env: { GEMINI_CLI_TRUST_WORKSPACE: "true", GEMINI_CLI_NO_RELAUNCH: "true" },
  // Of ten it makes nearly four minutes. osqr itself waits longer, and without a process.
  files: [toGeminiSettings(".gemini", "gemini-api-key", { general: { maxAttempts: 5 } })],
  login: { variables: ["GEMINI_API_KEY"], settings: ["GOOGLE_GEMINI_BASE_URL"], file: null, method: null },
  meters: [
    {
      ...GOOGLE,
      key: "GEMINI_API_KEY",
      baseVariable: "GOOGLE_GEMINI_BASE_URL",
      env: { GOOGLE_GEMINI_BASE_URL: "{url}", GEMINI_API_KEY: "{key}" },
      config: null,
    },
  ],
  hosts: ["generativelanguage.googleapis.com"],
  quirks: { commandInTitle: true, toolInCallId: true, losesYoungSessions: true },
};

const QWEN_SETTINGS = {
  tools: {
    // Else a model of its own judges what osqr should see, until the session's mode is set.
    approvalMode: "default",
    // Tools behind a search are tools that are not found.
    toolSearch: { enabled: false },
  },
  // Each costs calls of the model beside the work.
  ui: { enableFollowupSuggestions: false },
  memory: { enableManagedAutoMemory: false, enableManagedAutoDream: false },
  experimental: { emitToolUseSummaries: false },
};

const qwen: AgentPreset = {
  ...GEMINI_KIND,
  name: "qwen",
  title: "Qwen Code",
  candidates: [ofNpm("@qwen-code/qwen-code", "qwen", ["--acp"])],
  floor: "0.24.4",
  // Else a first turn may begin before osqr's tools are there.
  env: { QWEN_CODE_LEGACY_MCP_BLOCKING: ON, QWEN_CODE_NO_RELAUNCH: "true" },
  files: [toGeminiSettings(".qwen", "openai", QWEN_SETTINGS)],
  login: {
    variables: ["OPENAI_API_KEY"],
    settings: ["OPENAI_BASE_URL", "OPENAI_MODEL"],
    file: null,
    method: null,
  },
  meters: [
    {
      ...OPENAI,
      key: "OPENAI_API_KEY",
      baseVariable: "OPENAI_BASE_URL",
      env: { OPENAI_BASE_URL: "{url}", OPENAI_API_KEY: "{key}" },
      config: null,
    },
  ],
  hosts: ["dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "api.openai.com"],
  quirks: { rejectionEndsTurn: true, tellsUsageByCall: true },
};

export const AGENT_PRESETS: readonly AgentPreset[] = [claude, codex, opencode, gemini, qwen];
