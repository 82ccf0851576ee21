/** The agents that osqr knows. Data only: what was measured on the real programs stands in `docs/agents.md`. */
import type { AgentPreset } from "./preset-types.ts";

const ON = "1";

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
    // Of ten, which take three minutes, a wrong key is no better. osqr itself waits longer, and without a process.
    CLAUDE_CODE_MAX_RETRIES: "6",
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
  hosts: ["api.openai.com", "chatgpt.com"],
  quirks: { rejectionEndsTurn: true, formsAreApprovals: true, needsFolders: true },
};

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
        {
          ...GEMINI_SETTINGS,
          // Of ten it makes nearly four minutes. osqr itself waits longer, and without a process.
          general: { ...GEMINI_SETTINGS.general, maxAttempts: 5 },
          security: { auth: { selectedType: "gemini-api-key" } },
        },
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
  hosts: ["generativelanguage.googleapis.com"],
  quirks: { commandInTitle: true, toolInCallId: true, losesYoungSessions: true },
};

const QWEN_SETTINGS = {
  ...GEMINI_SETTINGS,
  security: { auth: { selectedType: "openai" } },
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
  floor: "0.24.4",
  // Else a first turn may begin before osqr's tools are there.
  env: { QWEN_CODE_LEGACY_MCP_BLOCKING: ON, QWEN_CODE_NO_RELAUNCH: "true" },
  files: [{ path: ".qwen/settings.json", content: `${JSON.stringify(QWEN_SETTINGS, null, 2)}\n` }],
  mounts: [],
  mode: "default",
  model: { kind: "argument", flag: "--model" },
  login: {
    variables: ["OPENAI_API_KEY"],
    settings: ["OPENAI_BASE_URL", "OPENAI_MODEL"],
    file: null,
    method: null,
  },
  hosts: ["dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "api.openai.com"],
  quirks: { rejectionEndsTurn: true, tellsUsageByCall: true },
};

export const AGENT_PRESETS: readonly AgentPreset[] = [claude, codex, opencode, gemini, qwen];
