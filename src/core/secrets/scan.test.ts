import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findSecrets } from "./find-secrets.ts";
import { explainSecrets, refuseSecrets, type SecretPolicy, scanChange, toSecretReport } from "./scan.ts";

/** In two parts: this file holds none. */
const join = (...parts: string[]): string => parts.join("");
const AWS = join("AKIA", "Q7ZJ3K2M5N8P4R6T");
const BODY = "MIIEpAIBAAKCAQEAx9fQ2bLz7vW1kR8nT5mY3cHdGjSaPuVoXyZeB4iNqUwErtKl0";
const BLOCK = [
  join("-----BEGIN RSA ", "PRIVATE KEY-----"),
  BODY,
  BODY,
  join("-----END RSA ", "PRIVATE KEY-----"),
];
const NONE: SecretPolicy = { allow: [], comment: null };

const find = (text: string) => findSecrets(text).map(({ what, isSure }) => [what, isSure]);
const scan = (after: string, before: string | null = null, policy = NONE) =>
  scanChange({ path: "src/a.ts", before, after }, policy).map(({ line, what }) => `${line} ${what}`);

describe("what is a secret for sure", () => {
  test.each([
    ["AWS access key", `id = "${AWS}"`],
    ["AWS secret key", `aws_secret_access_key = ${join("wJalrXUtnF", "EMI7K8MDENGbPxRfiCYzQ9LmN4vBt2")}`],
    ["GitHub token", join("ghp_", "a8B3kd92LmQp47ZxYvWt61RsNcEfGh05JuTi")],
    ["Anthropic API key", join("sk-ant-", "api03-Xk92mQp47ZxYvWt61RsNcEf")],
    ["Stripe key", join("sk_live_", "51HxYvWt61RsNcEfGh05JuTi")],
    ["Slack token", join("xoxb-", "8471629503-AbCdKpQrXyZ729")],
    ["private key", BLOCK.join("\n")],
    ["private key", `{"private_key": "${BLOCK.join("\\n")}\\n"}`],
  ])("%s", (what, text) => {
    expect(find(text)).toEqual([[what, true]]);
  });
});

describe("what only looks like one", () => {
  test.each([
    ["value that looks like a secret", 'const apiKey = "q8Zk2mXv94LpTr6Bw1Ns";'],
    ["value that looks like a secret", "SERVICE_TOKEN=q8Zk2mXv94LpTr6Bw1Ns3Fd7"],
    ["password in an address", "postgres://app:q8Zk2mXv94Lp@db.internal/app"],
    [
      "JSON web token",
      join("eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0In0", ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"),
    ],
  ])("%s", (what, text) => {
    expect(find(text)).toEqual([[what, false]]);
  });
});

test("placeholders, words in code and hashes of a lockfile are none", () => {
  const texts = [
    join("AKIA", "IOSFODNN7EXAMPLE"),
    join("AKIA", "XXXXXXXXXXXXXXXX"),
    join("ghp_", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    join("sk-", "abcdefghijklmnopqrstuvwxyzabcdefghij"),
    'const token = "your-token-goes-here-123";',
    "const password = process.env.SERVICE_PASSWORD;",
    'token: "getTokenFromTheEnvironment",',
    '"integrity": "sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg=="',
    join("-----BEGIN ", "PRIVATE KEY-----"),
    `if (text.includes("${join("-----BEGIN ", "PRIVATE KEY-----")}")) return readKey(text);`,
    "https://user:password@example.com",
  ];
  for (const text of texts) expect(find(text), text).toEqual([]);
});

describe("only what a change adds counts", () => {
  const line = `id = "${AWS}"`;
  test("a new file, a new line, and where it stands", () => {
    expect(scan(`a\n${line}\nb`)).toEqual(["2 AWS access key"]);
    expect(scan(`a\nb\r\n${line}\r\n`, "a\nb\n")).toEqual(["3 AWS access key"]);
  });

  test("what was there, or only moved, does not", () => {
    expect(scan(`new\n${line}`, `${line}\nold`)).toEqual([]);
  });

  test("a private key of which one line is new does", () => {
    const [begin = "", first = "", , end = ""] = BLOCK;
    expect(scan([begin, first, BODY.replace("MII", "MIJ"), end].join("\n"), BLOCK.join("\n"))).toEqual([
      "1 private key",
    ]);
  });

  test("far down in a large file the line is right, also around the places where it is cut", () => {
    const filler = "const nothing = 1; // of any interest\n";
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), (lines) => {
        expect(scan(`${filler.repeat(lines)}${line}\n${filler.repeat(10)}`)).toEqual([
          `${lines + 1} AWS access key`,
        ]);
      }),
      { numRuns: 30 },
    );
    expect(scan(`${"x ".repeat(300_000)}${AWS}`)).toEqual(["1 AWS access key"]);
  });
});

describe("the operator's exceptions", () => {
  const line = `id = "${AWS}"`;
  test("a path that is let through", () => {
    expect(scan(line, null, { allow: ["src/**"], comment: null })).toEqual([]);
    expect(scan(line, null, { allow: ["./src/"], comment: null })).toEqual([]);
    expect(scan(line, null, { allow: ["test/**", "sr"], comment: null })).toEqual(["1 AWS access key"]);
  });

  test("a comment counts only where the operator has named it", () => {
    const marked = `${line} // osqr: no secret`;
    expect(scan(marked)).toEqual(["1 AWS access key"]);
    expect(scan(marked, null, { allow: [], comment: "osqr: no secret" })).toEqual([]);
  });
});

describe("as a gate", () => {
  const command = "git diff a b";
  const sure = { path: "src/a.ts", line: 3, what: "AWS access key", isSure: true };
  const maybe = { path: "b.env", line: 1, what: "value that looks like a secret", isSure: false };

  test("fails with the places and what to do, and never with the value", () => {
    const scanned = { findings: scanChange({ path: "a.env", before: null, after: AWS }, NONE), skipped: [] };
    const report = toSecretReport(scanned, { command, ms: 1.4 });
    expect(report).toMatchObject({
      name: "secrets",
      status: "failed",
      newFailures: ["a.env:1 AWS access key"],
    });
    expect(JSON.stringify([report, explainSecrets(scanned), refuseSecrets(scanned)])).not.toContain(
      AWS.slice(4),
    );
  });

  test("what only looks like one is said and passes; what was too large is not verified", () => {
    expect(toSecretReport({ findings: [maybe], skipped: [] }, { command, ms: 1 })).toMatchObject({
      status: "passed",
      recommendation: "Looks like a secret: b.env:1 value that looks like a secret. See whether it is one.",
    });
    expect(toSecretReport({ findings: [], skipped: ["big.bin"] }, { command, ms: 1 })).toMatchObject({
      status: "not_verified",
      recommendation: "1 file too large to look through: big.bin.",
    });
    expect(refuseSecrets({ findings: [maybe], skipped: [] })).toBeNull();
    expect(refuseSecrets({ findings: [sure, maybe], skipped: [] })).toBe(
      "it adds 1 secret: src/a.ts:3 AWS access key",
    );
  });
});

test("any key is found in any text around it, and any text is looked through in the end", () => {
  const around = fc.string({ unit: "binary", maxLength: 200 });
  fc.assert(
    fc.property(around, around, (before, after) => {
      expect(find(`${before} ${AWS} ${after}`)).toContainEqual(["AWS access key", true]);
    }),
  );
});
