import { expect, it } from "vitest";
import { listSecretValues } from "./variables.ts";

const list = (env: Record<string, string>): readonly string[] => listSecretValues(Object.keys(env), env);

it("what a variable holds is a secret where nothing says that it is none", () => {
  for (const [name, value] of [
    ["MY_TOKEN", "my-very-own-password-8472-xyz"],
    ["WHATEVER", "correct-horse-battery-staple"],
    ["WHATEVER", "Tr0ub4dor&3"],
    ["DB_PASSWORD", "swordfish"],
    ["DOOR_PIN", "0123456789"],
    ["AWS_SECRET_ACCESS_KEY", "/abcdEFGH1234+/abcdEFGH1234+abcdEFGH1234"],
  ] as const)
    expect([name, list({ [name]: value })]).toEqual([name, [value]]);
});

it("languages, paths, numbers, versions, plain words and whatever is short are none", () => {
  const plain = {
    LANG: "en_US.UTF-8",
    LC_ALL: "de_DE.UTF-8",
    PATH: "/usr/local/bin:/usr/bin",
    NODE_PATH: "lib/some-modules-1",
    JAVA_HOME: "C:\\Program Files\\Java",
    MODEL_DIR: "models2/large-v3",
    FIXTURES: "/home/me/fixtures/v2",
    NEAR: "./fixtures/v2",
    MINE: "~/fixtures/v2",
    FLAG: "true",
    ONE: "1",
    SIZE: "1073741824",
    STARTED: "2026-11-29 19:01:23",
    RELEASE: "v24.11.1-nightly.20260101",
    NODE_ENV: "production",
    ANTHROPIC_MODEL: "claude-sonnet-4-5",
    AWS_REGION: "eu-central-1",
    DB_HOST: "localhost",
    API_KEY: "dummy",
    EMPTY: "",
  };
  expect(list(plain)).toEqual([]);
  expect(listSecretValues(["NOT_SET"], {})).toEqual([]);
});

it("of an address only who may get in there is one", () => {
  expect(list({ SERVER: "https://api.example.com/v1/models?lang=en" })).toEqual([]);
  expect(list({ DATABASE_URL: "postgres://app:p%40ss-word-1@db.example:5432/app" })).toEqual([
    "postgres://app:p%40ss-word-1@db.example:5432/app",
    "p%40ss-word-1",
    "p@ss-word-1",
  ]);
  expect(list({ REPORTS: "https://0a1b2c3d4e5f6071@o1.ingest.example/42" })).toContain("0a1b2c3d4e5f6071");
  expect(list({ CHAT: "https://hooks.example/services/T0/xYz012345678901234567890" })).toEqual([
    "https://hooks.example/services/T0/xYz012345678901234567890",
    "xYz012345678901234567890",
  ]);
  expect(list({ ODD: "https://me:100%-sure-of-it@x.example" })).toContain("100%-sure-of-it");
});
