import { expect, it } from "vitest";
import { AGENT_PRESETS } from "../../executors/acp/presets.ts";
import type { Purse } from "../../executors/types.ts";
import { chooseMeters, meteringOf, refuseMeter } from "./agent-metering.ts";

const claude = AGENT_PRESETS.find(({ name }) => name === "claude")!;
const KEY = { ANTHROPIC_API_KEY: "k" };
const purse = (isLimited: boolean): Purse => ({
  isLimited: () => isLimited,
  admit: async () => null,
  room: () => ({ tokens: null, microUsd: null }),
  settle: () => undefined,
  exhaust: () => undefined,
});
const setting = (meter: boolean | null, hosts: readonly string[] = []) => ({ meter, hosts, env: [] });

it.each([
  ["by itself while a limit holds", null, KEY, true, 1],
  ["not without one", null, KEY, false, 0],
  ["not with a login that is no key", null, { CLAUDE_CODE_OAUTH_TOKEN: "t" }, true, 0],
  ["not by itself where it may reach others", setting(null, ["llm.example.org"]), KEY, true, 0],
  ["always where the config says so", setting(true, ["llm.example.org"]), KEY, false, 1],
  ["never where the config says so", setting(false), KEY, true, 0],
] as const)("%s", (_, own, env, isLimited, ways) => {
  expect(chooseMeters(claude, own, { env, purse: purse(isLimited) })).toHaveLength(ways);
});

it("says beforehand how exact it is, and refuses what cannot be done", () => {
  expect(meteringOf(claude, null, KEY)).toBe("exact");
  expect(meteringOf(claude, null, {})).toBe("turn");
  expect(meteringOf(claude, setting(false), KEY)).toBe("turn");
  expect(refuseMeter(claude, setting(true), KEY)).toBeNull();
  expect(refuseMeter(claude, setting(true), {})).toBe(
    "executors.claude.meter needs a key: set ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN",
  );
  expect(refuseMeter(claude, null, {})).toBeNull();
});
