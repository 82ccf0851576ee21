/** The agents that osqr knows. Data only: what was measured on the real programs stands in `docs/agents.md`. */
import type { AgentPreset } from "./preset-types.ts";

const ON = "1";

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
  name: "claude",
  title: "Claude Code",
  candidates: [
    {
      program: "claude-agent-acp",
      args: [],
      versionArgs: ["--version"],
      install: "npm install -g @agentclientprotocol/claude-agent-acp",
    },
  ],
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
    // The sandbox is osqr's: without it Claude refuses to run as root.
    IS_SANDBOX: ON,
  },
  files: [],
  mounts: [],
  mode: "default",
  model: { kind: "option" },
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
  quirks: { tellsCost: true },
};

const codex: AgentPreset = {
  name: "codex",
  title: "Codex",
  candidates: [
    {
      program: "codex-acp",
      args: [],
      versionArgs: ["--version"],
      install: "npm install -g @agentclientprotocol/codex-acp",
    },
  ],
  base: "codex",
  floor: "2.6.0",
  // In its default mode a reviewer of its own clears requests that osqr should see.
  env: { INITIAL_AGENT_MODE: "read-only", NO_BROWSER: ON },
  files: [
    {
      path: ".codex/config.toml",
      content: [
        "check_for_update_on_startup = false",
        "",
        "[analytics]",
        "enabled = false",
        "",
        "[feedback]",
        "enabled = false",
        "",
        "[features]",
        "plugins = false",
        "apps = false",
        "plugin_discovery_prefetch = false",
        "api_key_model_discovery = false",
        "",
      ].join("\n"),
    },
  ],
  mounts: [],
  mode: "read-only",
  model: { kind: "option" },
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
  quirks: { rejectionEndsTurn: true, formsAreApprovals: true },
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
  name: "opencode",
  title: "OpenCode",
  candidates: [
    {
      program: "opencode",
      args: ["acp"],
      versionArgs: ["--version"],
      install: "npm install -g opencode-ai",
    },
  ],
  base: null,
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
  files: [],
  mounts: [],
  mode: null,
  model: { kind: "option" },
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

const GEMINI_SETTINGS = {
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
};

const gemini: AgentPreset = {
  name: "gemini",
  title: "Gemini CLI",
  candidates: [
    {
      program: "gemini",
      args: ["--acp"],
      versionArgs: ["--version"],
      install: "npm install -g @google/gemini-cli",
    },
  ],
  base: null,
  floor: "0.61.0",
  // In a folder that it does not trust it starts no MCP server: osqr's tools would be missing without a word.
  env: { GEMINI_CLI_TRUST_WORKSPACE: "true", GEMINI_CLI_NO_RELAUNCH: "true" },
  files: [
    {
      path: ".gemini/settings.json",
      content: `${JSON.stringify(
        { ...GEMINI_SETTINGS, security: { auth: { selectedType: "gemini-api-key" } } },
        null,
        2,
      )}\n`,
    },
  ],
  mounts: [],
  mode: "default",
  model: { kind: "argument", flag: "--model" },
  login: {
    variables: ["GEMINI_API_KEY"],
    settings: ["GOOGLE_GEMINI_BASE_URL"],
    file: null,
    method: null,
  },
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

const qwen: AgentPreset = {
  name: "qwen",
  title: "Qwen Code",
  candidates: [
    {
      program: "qwen",
      args: ["--acp"],
      versionArgs: ["--version"],
      install: "npm install -g @qwen-code/qwen-code",
    },
  ],
  base: null,
  floor: null,
  env: {},
  files: [
    {
      path: ".qwen/settings.json",
      content: `${JSON.stringify(
        { ...GEMINI_SETTINGS, security: { auth: { selectedType: "openai" } } },
        null,
        2,
      )}\n`,
    },
  ],
  mounts: [],
  mode: "default",
  model: { kind: "argument", flag: "--model" },
  login: {
    variables: ["OPENAI_API_KEY", "DASHSCOPE_API_KEY"],
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
  quirks: { commandInTitle: true, toolInCallId: true },
};

export const AGENT_PRESETS: readonly AgentPreset[] = [claude, codex, opencode, gemini, qwen];
