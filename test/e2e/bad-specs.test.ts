import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Plan } from "../../src/core/plan/types.ts";
import type { RunReport } from "../../src/core/report/types.ts";
import { connectService, findView, spec, type TestService, toStatuses } from "../support/e2e-repo.ts";
import { createRepo, type TestRepo } from "../support/git-repo.ts";

/** One repository with everything that can be wrong in a spec, and two good ones. */
let repo: TestRepo;
let osqr: TestService;
let plan: Plan;
let report: RunReport;

const write = (path: string) => `mkdir -p made && echo done > made/${path}`;
const good = (name: string, head: readonly string[] = []) => spec({ "T1 Write it": write(name) }, head);

beforeAll(async () => {
  const boxes = Array.from({ length: 10_000 }, (_, index) => `- [ ] Box ${index + 1}`).join("\n");
  repo = createRepo({
    "docs/good.md": good("good"),
    "docs/depends.md": good("depends", ["depends_on: [good]"]),
    "docs/broken.md": `---\nstatus: ready\ntitle: Broken: yes\n  - {\n---\n\n- [ ] T1 x\n\n\`\`\`sh run\n${write("broken")}\n\`\`\`\n`,
    "docs/twin-a.md": good("twin-a", ["id: twin"]),
    "docs/twin-b.md": good("twin-b", ["id: twin"]),
    "docs/crlf.md": good("crlf").replaceAll("\n", "\r\n"),
    'docs/-rf "odd" $(id) ..lock.md': good("odd"),
    "docs/boxes.md": `# Boxes\n\n**Status**: ready\n\n${boxes}\n`,
    "docs/self.md": good("self", ["depends_on: [self]"]),
    "docs/ring-1.md": good("ring-1", ["depends_on: [ring-2]"]),
    "docs/ring-2.md": good("ring-2", ["depends_on: [ring-3]"]),
    "docs/ring-3.md": good("ring-3", ["depends_on: [ring-1]"]),
    "docs/on-ring.md": good("on-ring", ["depends_on: [ring-2]"]),
    "docs/typo.md": good("typo", ["depends_on: [goood]"]),
    "docs/on-typo.md": good("on-typo", ["depends_on: [typo]"]),
  });
  repo.write("docs/binary.md", new Uint8Array([0x2d, 0x2d, 0x2d, 0x0a, 0x00, 0x01, 0x02]));
  repo.write("docs/latin.md", Buffer.from(spec({ "T1 Gr\u00fc\u00dfe": write("latin") }), "latin1"));
  repo.write("docs/huge.md", Buffer.alloc(50_000_000, `${good("huge")}\n`));
  repo.commit("bad ones");
  osqr = await connectService(repo);
  plan = await osqr.service.plan(repo.root, { only: null, skip: [] });
  report = await osqr.go();
});

afterAll(async () => {
  await osqr.close();
  rmSync(repo.folder, { recursive: true, force: true });
});

function findProblems(path: string): string[] {
  return plan.problems
    .filter(({ location }) => location.path === path)
    .map(({ severity, code, message, location }) => `${severity} ${code} :${location.line} ${message}`);
}

const whyLeftOut = (path: string) => plan.leftOut.find((each) => each.path === path)?.reason;

test("what is good is built beside what is not", () => {
  expect(toStatuses(report)).toMatchInlineSnapshot(`
    {
      "boxes": "blocked",
      "broken": "completed",
      "crlf": "completed",
      "depends": "completed",
      "good": "completed",
      "rf-odd-id-lock": "completed",
      "twin": "completed",
      "twin-2": "completed",
    }
  `);
  expect(report.summary).toMatchInlineSnapshot(`"Built 7 of 8. #2 boxes is blocked."`);
  expect(repo.git("ls-tree", "--name-only", "main", "made/").split("\n")).toMatchInlineSnapshot(`
    [
      "made/broken",
      "made/crlf",
      "made/depends",
      "made/good",
      "made/odd",
      "made/twin-a",
      "made/twin-b",
    ]
  `);
});

test("broken YAML", () => {
  expect([whyLeftOut("docs/broken.md"), ...findProblems("docs/broken.md")]).toMatchInlineSnapshot(`
    [
      undefined,
      "warning broken-frontmatter :3 the frontmatter is no valid YAML (Nested mappings are not allowed in compact mappings at line 2, column 8:): it was read line by line",
    ]
  `);
});

test("two specs with one id", () => {
  expect([...findProblems("docs/twin-a.md"), ...findProblems("docs/twin-b.md")]).toMatchInlineSnapshot(`
    [
      "error duplicate-id :3 the id "twin" is also that of docs/twin-b.md, which is called twin-2 here",
      "error duplicate-id :3 the id "twin" is taken by docs/twin-a.md: this spec is called twin-2 here",
    ]
  `);
  expect(plan.leftOut.filter(({ path }) => path.startsWith("docs/twin"))).toMatchInlineSnapshot(`[]`);
});

test("binary, not UTF-8, and 50 MB", () => {
  expect(
    ["binary", "latin", "huge"].flatMap((name) => findProblems(`docs/${name}.md`)),
  ).toMatchInlineSnapshot(`
    [
      "error binary :1 the document is binary, not text",
      "error not-utf8 :6 the document is not UTF-8",
      "error too-large :1 the document is too large to be read as a spec",
    ]
  `);
});

test("10,000 boxes: each is a task that says why nothing can do it", () => {
  const view = findView(report, "boxes");
  expect(view.tasks).toMatchObject({ total: 10_000, completed: 0 });
  expect(view.status).toBe("blocked");
  expect(view.items.at(-1)?.waitsFor).toMatchInlineSnapshot(`
    [
      "no run block, and no agent is here that could do it: osqr doctor",
    ]
  `);
});

test("a spec with Windows line ends is built, ticked and keeps them", () => {
  const text = repo.git("show", "main:docs/crlf.md");
  expect(text).toContain("- [x] T1 Write it\r\n");
  expect(
    text
      .split("\n")
      .slice(0, -1)
      .every((line) => line.endsWith("\r")),
  ).toBe(true);
});

test("a dependency on itself", () => {
  expect([whyLeftOut("docs/self.md"), ...findProblems("docs/self.md")]).toMatchInlineSnapshot(`
    [
      "self depends on itself (docs/self.md:3)",
      "error self-dependency :3 self depends on itself (docs/self.md:3)",
    ]
  `);
});

test("a circle is named as a whole and stops what depends on it", () => {
  expect(
    plan.problems.filter(({ code }) => code === "circular-dependency").map(({ message }) => message),
  ).toMatchInlineSnapshot(`
    [
      "circular dependency: ring-1 → ring-2 → ring-3 → ring-1 (docs/ring-1.md:3, docs/ring-2.md:3, docs/ring-3.md:3)",
    ]
  `);
  expect(
    ["ring-1", "ring-2", "ring-3", "on-ring"].map((name) => whyLeftOut(`docs/${name}.md`)),
  ).toMatchInlineSnapshot(`
    [
      "circular dependency: ring-1 → ring-2 → ring-3 → ring-1 (docs/ring-1.md:3, docs/ring-2.md:3, docs/ring-3.md:3)",
      "circular dependency: ring-1 → ring-2 → ring-3 → ring-1 (docs/ring-1.md:3, docs/ring-2.md:3, docs/ring-3.md:3)",
      "circular dependency: ring-1 → ring-2 → ring-3 → ring-1 (docs/ring-1.md:3, docs/ring-2.md:3, docs/ring-3.md:3)",
      "on-ring depends on ring-2, which cannot start: circular dependency: ring-1 → ring-2 → ring-3 → ring-1 (docs/ring-1.md:3, docs/ring-2.md:3, docs/ring-3.md:3) (docs/on-ring.md:3)",
    ]
  `);
});

test("an unknown dependency is said with the place and the nearest name", () => {
  expect(plan.problems.filter(({ location }) => location.path === "docs/typo.md")).toMatchInlineSnapshot(`
    [
      {
        "code": "unknown-dependency",
        "expected": "the id or path of a spec",
        "found": "good (docs/good.md), rf-odd-id-lock, boxes, broken, crlf, depends, on-ring, on-typo, ring-1, ring-2 and 5 more",
        "hint": "did you mean good?",
        "location": {
          "line": 3,
          "path": "docs/typo.md",
        },
        "message": "depends_on names "goood", which no spec has",
        "severity": "error",
      },
    ]
  `);
  expect(whyLeftOut("docs/on-typo.md")).toMatchInlineSnapshot(
    `"on-typo depends on typo, which cannot start: depends_on names "goood", which no spec has (docs/on-typo.md:3)"`,
  );
});
