import { expect, test } from "vitest";
import { findDecision, findView, openProject, spec, toStatuses } from "../support/e2e-repo.ts";

/** Prints TAP: `old` fails always, `good` where no file is called bad.txt, `both` where x.txt and y.txt meet. */
const check = `fail=0
say() { if [ "$1" = 0 ]; then echo "ok - $2"; else echo "not ok - $2"; fail=1; fi; }
echo 1..3
test ! -e old.txt; say $? "the old one"
test ! -e bad.txt; say $? "the good one"
test ! -e x.txt -o ! -e y.txt; say $? "not both"
exit $fail
`;
const config = "gates:\n  check: sh check.sh\n";

test("a gate that passes on the merged tree is in the report with its command", async () => {
  const { go, ofKind } = await openProject(
    { "check.sh": check, "docs/a.md": spec({ "T1 Write it": "echo a > a.txt" }) },
    { config },
  );
  const report = await go();
  expect(findView(report, "a").gates).toMatchObject([
    {
      name: "check",
      status: "passed",
      command: "sh check.sh",
      counts: { passed: 3, failed: 0 },
      newFailures: [],
    },
    { name: "secrets", status: "passed", command: expect.stringMatching(/^git diff [0-9a-f]{7} /) },
  ]);
  const [run] = ofKind("gates_run");
  const [landing] = ofKind("landing_intended");
  expect(run?.seq).toBeLessThan(landing?.seq ?? 0);
});

test("without a gate, or with none wanted, it is not verified and says so", async () => {
  const { go } = await openProject(
    { "check.sh": "exit 1\n", "docs/a.md": spec({ "T1 Write it": "echo a > a.txt" }, ["gates: []"]) },
    { config },
  );
  const report = await go();
  expect(report.summary).toBe("Built 1 of 1.");
  expect(findView(report, "a").gates).toEqual([]);
  expect(report.notes.join("\n")).toMatch(/not verified \(a\)/);
});

test("a new failure stops the landing and asks; the base stays; landed anyway, the report says so", async () => {
  const { go, decide, repo } = await openProject(
    { "check.sh": check, "docs/a.md": spec({ "T1 Break it": "echo b > bad.txt" }) },
    { config },
  );
  const start = repo.git("rev-parse", "main");
  const report = await go();
  expect(report.summary).toBe("Built 0 of 1. #1 a needs you.");
  const decision = findDecision(report, "a");
  expect(decision).toMatchObject({ type: "error", question: "a: sh check.sh failed on the merged tree" });
  expect(decision.options.map(({ id }) => id)).toEqual(["retry", "redo", "land-anyway", "anew", "cancel"]);
  expect(decision.context).toMatch(/^check \(sh check\.sh\)\n {2}the good one\n/);
  expect(repo.git("rev-parse", "main")).toBe(start);
  expect(repo.git("show", "refs/osqr/work/a:bad.txt")).toBe("b");

  const landed = await decide(decision.id, "land-anyway");
  expect(landed.summary).toBe("Built 1 of 1.");
  expect(landed.notes).toContain("a: landed although sh check.sh failed");
  expect(findView(landed, "a").gates).toMatchObject([
    { status: "failed", newFailures: ["the good one"] },
    { name: "secrets", status: "passed" },
  ]);
});

test("what failed before is said and does not count", async () => {
  const { go } = await openProject(
    { "check.sh": check, "old.txt": "", "docs/a.md": spec({ "T1 Write it": "echo a > a.txt" }) },
    { config },
  );
  const report = await go();
  expect(report.summary).toBe("Built 1 of 1.");
  expect(findView(report, "a").gates).toMatchObject([
    { status: "passed", newFailures: [], oldFailures: ["the old one"] },
    { name: "secrets", status: "passed" },
  ]);
  expect(report.notes.join("\n")).toMatch(/sh check\.sh.*before.*the old one/);
});

test("two that pass alone and fail together: the first lands, the second asks; redone, it may mend itself", async () => {
  const { go, decide, repo } = await openProject(
    {
      "check.sh": check,
      "docs/a.md": spec({ "T1 Write x": "echo x > x.txt" }),
      "docs/b.md": spec({
        "T1 Write y": "sleep 0.8; if [ -e x.txt ]; then echo z > z.txt; else echo y > y.txt; fi",
      }),
    },
    { config },
  );
  const report = await go();
  expect(toStatuses(report)).toEqual({ a: "completed", b: "blocked" });
  expect(findDecision(report, "b").context).toContain("not both");
  expect((await decide(findDecision(report, "b").id, "redo")).summary).toBe("Built 2 of 2.");
  expect(repo.git("show", "main:z.txt")).toBe("z");
  expect(repo.git("for-each-ref", "--format=%(refname)", "refs/osqr/salvage")).toBe("refs/osqr/salvage/b-1");
});

test("work that changes what a gate runs asks before that runs", async () => {
  const text = (script: string) => `${JSON.stringify({ name: "p", scripts: { test: script } }, null, 1)}\n`;
  const { service, start, rest, decide, repo } = await openProject({
    "package.json": text("test ! -e bad.txt"),
    "docs/a.md": spec({ "T1 Weaken it": `cat > package.json <<'E'\n${text("true")}E\necho b > bad.txt` }),
  });
  const { commands } = await service.plan(repo.root, { only: null, skip: [] });
  const { after } = await start({ approveAll: false, approve: commands.map(({ hash }) => hash) });
  const report = await rest(after);
  const decision = findDecision(report, "a");
  expect(decision).toMatchObject({
    type: "approval",
    question: "1 command of the gates is new or has changed: run it?",
  });
  expect(decision.context).toContain("package.json scripts.test: npm test");
  expect((await decide(decision.id, "approve")).summary).toBe("Built 1 of 1.");
});
