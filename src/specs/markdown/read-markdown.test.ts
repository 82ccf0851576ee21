import fc from "fast-check";
import { expect, test } from "vitest";
import { markdownReader } from "./markdown-reader.ts";

const piece = fc.constantFrom(
  ..."- [ ] |- [x] T1 |* |1. |  |    |\t|\n|\r\n|\r|---|```|```sh run|~~~|<!--|-->|# |## |### Task 1: |## Phase 1: |## Open questions|**Status**: |key: K".split(
    "|",
  ),
  ..."[P] |(depends: T1)|depends: |`|**|[|](|[NEEDS CLARIFICATION: |\uFEFF|\0|é|😀|\ud800|status: ready|depends_on: [|{|}|&a |*a|: |> |a: b".split(
    "|",
  ),
  "|",
);

test("reads any text without throwing, and ticks it without losing a character", () => {
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, fc.boolean(), (any, done) => {
      const body = `**Status**: ready\n\n${any}`;
      for (const one of [any, body, `---\n${any}\n---\n${body}`]) {
        const read = markdownReader.read({ path: "docs/a.md", text: one, hash: "" });
        if (read.kind !== "spec") continue;
        const { spec } = read;
        expect(new Set(spec.tasks.map((task) => task.key)).size).toBe(spec.tasks.length);
        expect(spec.tasks.every((task) => task.title !== "" && task.key !== "")).toBe(true);
        expect(spec.questions.every((question) => /^[A-Z0-9_]+$/.test(question.key))).toBe(true);
        const ticked = markdownReader.complete(one, spec, {
          taskKeys: spec.tasks.map((task) => task.key),
          done,
        });
        if (!done) expect(ticked.replace(/\[.{0,2}\]/gu, "")).toBe(one.replace(/\[.{0,2}\]/gu, ""));
      }
    }),
    { seed: 3, numRuns: 1_000 },
  );
});

test("claims Markdown only", () => {
  expect(["a.md", "a.MARKDOWN", "a.json", "md"].map((path) => markdownReader.claims(path, ""))).toEqual([
    1, 1, 0, 0,
  ]);
});
