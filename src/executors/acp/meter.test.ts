import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { EventQueue } from "../event-queue.ts";
import type { AttemptOrder } from "../types.ts";
import { type AgentMeter, findMeterWays, openAgentMeter } from "./meter.ts";
import { AGENT_PRESETS } from "./presets.ts";

const presetOf = (name: string) => AGENT_PRESETS.find((preset) => preset.name === name)!;

let folder: string;
let meter: AgentMeter | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "osqr-ways-"));
});
afterEach(async () => {
  await meter?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(name: string, env: Readonly<Record<string, string>>): Promise<AgentMeter> {
  const preset = presetOf(name);
  const login = { env, file: null };
  const order = { folder, model: null } as AttemptOrder;
  const parts = { preset, order, login, prices: null, events: new EventQueue() };
  meter = await openAgentMeter(findMeterWays(preset, env), parts);
  return meter;
}

it("a way is one whose key is there, one for each provider; a login by subscription is none", () => {
  const keysOf = (name: string, env: Readonly<Record<string, string>>) =>
    findMeterWays(presetOf(name), env).map(({ key }) => key);
  expect(keysOf("claude", { CLAUDE_CODE_OAUTH_TOKEN: "t" })).toEqual([]);
  expect(keysOf("claude", { ANTHROPIC_API_KEY: "", ANTHROPIC_AUTH_TOKEN: "t" })).toEqual([
    "ANTHROPIC_AUTH_TOKEN",
  ]);
  expect(keysOf("claude", { ANTHROPIC_API_KEY: "k", ANTHROPIC_AUTH_TOKEN: "t" })).toEqual([
    "ANTHROPIC_API_KEY",
  ]);
  expect(keysOf("opencode", { OPENAI_API_KEY: "k", GEMINI_API_KEY: "k" })).toEqual([
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
  ]);
});

it("an agent gets an address and a word in place of every key, and keeps what is neither", async () => {
  const env = {
    ANTHROPIC_API_KEY: "sk-real",
    ANTHROPIC_BASE_URL: "https://gw.example.org/a",
    ANTHROPIC_MODEL: "m",
  };
  const { route, login, secrets } = await open("claude", env);
  expect(login).toEqual({ env: { ANTHROPIC_MODEL: "m" }, file: null });
  expect(route.env.ANTHROPIC_BASE_URL).toBe("http://127.0.0.1:{port}");
  expect(route.env.ANTHROPIC_API_KEY).toMatch(/^osqr-[0-9a-f]{48}$/);
  expect(secrets).toEqual(["sk-real", route.env.ANTHROPIC_API_KEY]);
});

it("several providers of one agent share its address, each below its name; nothing else is offered", async () => {
  const { route } = await open("opencode", { ANTHROPIC_API_KEY: "a", OPENAI_API_KEY: "b" });
  const config = JSON.parse(route.env.OPENCODE_CONFIG_CONTENT ?? "");
  expect(config).toMatchObject({
    share: "disabled",
    enabled_providers: ["anthropic", "openai"],
    provider: {
      anthropic: { options: { baseURL: "http://127.0.0.1:{port}/anthropic/v1" } },
      openai: { options: { baseURL: "http://127.0.0.1:{port}/openai" } },
    },
  });
});

it("a config of the agent's own is added to, not lost", async () => {
  const { route } = await open("codex", { OPENAI_API_KEY: "a", CODEX_CONFIG: '{"model":"own"}' });
  expect(JSON.parse(route.env.CODEX_CONFIG ?? "")).toMatchObject({ model: "own", model_provider: "osqr" });
});
