import { expect, test } from "vitest";
import { readSpec, showProblem } from "../test-documents.ts";

const MINUTE = 60_000;
const read = (head: string, task = "T1 do it") =>
  readSpec(`---\nstatus: ready\n${head}\n---\n# A\n\n- [ ] ${task}\n`);

test.each([
  ["session: reuse", { kind: "reuse", timeoutMs: null }],
  ["session: reuse within 45m", { kind: "reuse", timeoutMs: 45 * MINUTE }],
  ["session: new", { kind: "new", timeoutMs: null }],
  ["session: reuse\nsession_timeout: 2h", { kind: "reuse", timeoutMs: 120 * MINUTE }],
  ["session_timeout: 10m", { kind: null, timeoutMs: 10 * MINUTE }],
])("%s", (head, session) => {
  expect(read(head)).toMatchObject({ session, problems: [] });
});

test("as bold lines, and of a task in brackets or below it", () => {
  const bold = readSpec(
    "# A\n\n**Status**: ready\n**Session**: reuse\n**Session timeout**: 1h\n\n- [ ] T1 do it\n",
  );
  expect(bold.session).toEqual({ kind: "reuse", timeoutMs: 60 * MINUTE });
  expect(read("", "T1 do it (session: reuse; session timeout: 5m)").tasks[0]).toMatchObject({
    title: "do it",
    session: { kind: "reuse", timeoutMs: 5 * MINUTE },
  });
  expect(read("", "T1 do it\n  session: new").tasks[0]?.session).toEqual({ kind: "new", timeoutMs: null });
  expect(
    read("", "G Two parts (session: reuse)\n  - [ ] T1 one\n  - [ ] T2 two (session: new)").tasks,
  ).toMatchObject([{ session: { kind: "reuse" } }, { session: { kind: "new" } }]);
});

test("other words are no such wish", () => {
  expect(read("session: expired tokens").problems.map(showProblem)).toMatchInlineSnapshot(`
    [
      "docs/plan.md:3 warning bad-session: the session "expired tokens" cannot be read: it is ignored",
    ]
  `);
  expect("session" in read("owner: ann")).toBe(false);
  expect(read("", "T1 Keep it (session: of the user)").tasks[0]).toMatchObject({
    title: "Keep it (session: of the user)",
  });
  expect(read("session_timeout: soon").session).toBeUndefined();
});
