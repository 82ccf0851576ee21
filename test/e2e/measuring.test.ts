/** Gates that measure: coverage, known holes, speed. Each fails on what got worse, passes on what was so before, and can be switched off. */
import { expect, test } from "vitest";
import { findDecision, findView, openProject, spec } from "../support/e2e-repo.ts";

/** Lines of code.txt, and those of them that tested.txt names. */
const cover = `mkdir -p coverage
printf 'SF:code.txt\\nLF:%s\\nLH:%s\\nend_of_record\\n' "$(wc -l < code.txt)" "$(wc -l < tested.txt)" > coverage/lcov.info
`;
const tenLines = "x\n".repeat(10);
const files = {
  "test.sh": cover,
  "code.txt": tenLines,
  "tested.txt": "x\n".repeat(8),
  ".gitignore": "coverage\n",
};
const addCode = "seq 10 >> code.txt";
const config = "gates:\n  tests: sh test.sh\n  coverage: { target: 80 }\n";

test("coverage that falls below the target is rejected with the numbers; with tests for what was added it lands", async () => {
  const osqr = await openProject(
    {
      ...files,
      "docs/a.md": spec({ "T1 Add code": addCode }),
      "docs/b.md": spec({ "T1 Add code and tests": `${addCode}; seq 9 >> tested.txt` }, ["touches: [b]"]),
    },
    { config },
  );
  const { plan } = await osqr.start({ only: ["a"] });
  expect(plan.gates.map(({ name, command }) => `${name}: ${command}`)).toEqual([
    "tests: sh test.sh",
    "coverage: sh test.sh",
  ]);
  const report = await osqr.rest(0);
  const decision = findDecision(report, "a");
  expect(decision.context).toContain("coverage: 40 % of lines, was 80 %, target 80 %");
  expect(decision.context).toContain("Write tests for what was added. See coverage/lcov.info");
  expect(findView(report, "a").gates).toMatchObject([
    { name: "tests", status: "passed" },
    { name: "coverage", status: "failed" },
    { name: "secrets", status: "passed" },
  ]);
  const landed = await osqr.go({ only: ["b"] });
  const [, coverage] = findView(landed, "b").gates;
  expect(coverage).toMatchObject({
    status: "passed",
    detail: expect.stringMatching(/^85 % of lines, was 80 %/),
  });
});

test.each([
  ["switched off", "gates:\n  tests: sh test.sh\n  coverage: off\n"],
  ["not critical", "gates:\n  tests: sh test.sh\n  coverage: { target: 80, critical: false }\n"],
])("%s, it holds nothing up", async (how, own) => {
  const osqr = await openProject(
    { ...files, "docs/a.md": spec({ "T1 Add code": addCode }) },
    { config: own },
  );
  const report = await osqr.go();
  expect(report.summary).toBe("Built 1 of 1.");
  const said = report.notes.join("\n");
  if (how === "not critical")
    expect(said).toContain("a: coverage failed and is not critical. Coverage fell below");
  else expect(said).not.toContain("coverage");
});

test("without a report it is not verified and says what to do; a report that was committed is none", async () => {
  const osqr = await openProject(
    {
      "code.txt": tenLines,
      "coverage/lcov.info": "SF:code.txt\nLF:10\nLH:10\nend_of_record\n",
      "docs/a.md": spec({ "T1 Add code": addCode }),
    },
    { config: "gates:\n  tests: 'true'\n  coverage: { target: 80 }\n" },
  );
  const report = await osqr.go();
  expect(report.summary).toBe("Built 1 of 1.");
  expect(findView(report, "a").gates).toContainEqual(
    expect.objectContaining({ name: "coverage", status: "not_verified" }),
  );
  expect(report.notes.join("\n")).toContain(
    "true wrote no report of coverage (looked for coverage/lcov.info",
  );
});

const audit = (...ids: string[]) => {
  const via = ids.map((id) => ({
    name: "left-pad",
    url: `https://github.com/advisories/${id}`,
    severity: "high",
  }));
  return `${JSON.stringify({ auditReportVersion: 2, vulnerabilities: { "left-pad": { via } } })}\n`;
};

test("a new hole in what it depends on is rejected; one that was there is said; no network is no pass", async () => {
  const config = "gates:\n  security: { command: 'cat audit.json; exit 1' }\n";
  const osqr = await openProject(
    {
      "audit.json": audit("GHSA-aaaa-1111-bbbb"),
      "docs/a.md": spec({
        "T1 Take a package": `echo '${audit("GHSA-aaaa-1111-bbbb", "GHSA-cccc-2222-dddd").trim()}' > audit.json`,
      }),
      "docs/b.md": spec({ "T1 Write it": "echo b > b.txt" }),
      "docs/c.md": spec({ "T1 Break it": "echo 'npm error code ENOTFOUND' > audit.json" }),
    },
    { config },
  );
  const report = await osqr.go({ only: ["a"] });
  expect(findDecision(report, "a").context).toContain("  left-pad GHSA-cccc-2222-dddd high");
  expect(findView(report, "a").gates[0]).toMatchObject({
    status: "failed",
    newFailures: ["left-pad GHSA-cccc-2222-dddd high"],
    oldFailures: ["left-pad GHSA-aaaa-1111-bbbb high"],
  });
  const known = await osqr.go({ only: ["b"] });
  expect(findView(known, "b").gates[0]).toMatchObject({ status: "passed" });
  expect(known.notes.join("\n")).toContain("left-pad GHSA-aaaa-1111-bbbb high");
  const unknown = await osqr.go({ only: ["c"] });
  expect(findView(unknown, "c").gates[0]).toMatchObject({
    status: "not_verified",
    recommendation: expect.stringContaining("could not reach its list of known holes"),
  });
});

test("an audit that is not installed was not run", async () => {
  const osqr = await openProject(
    { "go.mod": "module m\n", "docs/a.md": spec({ "T1 Write it": "echo a > a.txt" }) },
    { config: "gates:\n  security: on\n  lint: off\n  tests: off\n", variables: { PATH: "/usr/bin:/bin" } },
  );
  const report = await osqr.go();
  expect(findView(report, "a").gates).toMatchObject([
    { name: "security", command: "govulncheck -format json ./...", status: "not_verified" },
    { name: "secrets" },
  ]);
  expect(report.notes.join("\n")).toContain("not run: govulncheck is not installed");
});

test("what became slower than is allowed is rejected with both numbers; a little slower lands", async () => {
  const config =
    "gates:\n  benchmark: { command: 'echo warm-up 99 ms; echo mean $(cat speed.txt) ms', pattern: 'mean ([\\d.]+) ms', slower: 1.5, runs: 2 }\n";
  const osqr = await openProject(
    {
      "speed.txt": "10\n",
      "docs/a.md": spec({ "T1 Slow it down": "echo 20 > speed.txt" }),
      "docs/b.md": spec({ "T1 Slow it a little": "echo 14 > speed.txt" }),
    },
    { config },
  );
  const report = await osqr.go({ only: ["a"] });
  expect(findDecision(report, "a").context).toContain("benchmark: 20, was 10: 2×, allowed 1.5×");
  const landed = await osqr.go({ only: ["b"] });
  expect(findView(landed, "b").gates[0]).toMatchObject({
    name: "benchmark",
    status: "passed",
    detail: expect.stringMatching(/^14, was 10/),
  });
});
