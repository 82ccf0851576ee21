import fc from "fast-check";
import { expect, test } from "vitest";
import { readSpec } from "./test-documents.ts";
import { completeSpec } from "./tick.ts";

/** The text after the given tasks of it are done; all of them and the spec where none are given. */
function tick(text: string, keys?: readonly string[], done = keys === undefined): string {
  const spec = readSpec(text);
  return completeSpec(text, spec, { taskKeys: keys ?? spec.tasks.map((task) => task.key), done });
}

const changed = (before: string, after: string): string[] => {
  const old = before.split("\n");
  return after
    .split("\n")
    .flatMap((line, index) => (line === old[index] ? [] : [`${index + 1}: ${JSON.stringify(line)}`]));
};

test("ticks the boxes of done tasks and leaves the status of what is not done", () => {
  const text = "---\nstatus: ready\n---\n- [ ] T1 a\n* [ ] T2 b\n- [ ] T3 c\n";
  expect(changed(text, tick(text, ["T1", "T2"]))).toEqual(['4: "- [x] T1 a"', '5: "* [x] T2 b"']);
});

test("ticks a group when all tasks in it are done, and the details of a task with it", () => {
  const text =
    "---\nstatus: ready\n---\n- [ ] 1. G\n  - [ ] 1.1 H\n    - [ ] 1.1.1 a\n  - [ ] 1.2 b\n- [ ] T5 c\n  - [ ] d\n  ```sh run\n  x\n  ```\n";
  expect(changed(text, tick(text, ["1.1.1", "T5"])).map((line) => line.slice(0, 1))).toEqual([
    "5",
    "6",
    "8",
    "9",
  ]);
  expect(changed(text, tick(text, ["1.1.1", "1.2"])).map((line) => line.slice(0, 1))).toEqual([
    "4",
    "5",
    "6",
    "7",
  ]);
});

test("ticks boxes that were begun, and not what was given up", () => {
  const text = "---\nstatus: ready\n---\n- [-] a\n- [~] b\n- [ ]* c\n- [ ] ~~d~~\n";
  expect(tick(text)).toBe("---\nstatus: done\n---\n- [x] a\n- [x] b\n- [x]* c\n- [ ] ~~d~~\n");
});

test("does not tick acceptance criteria of the whole spec", () => {
  const text = "---\nstatus: ready\n---\n- [ ] a\n## Acceptance criteria\n- [ ] b\n";
  expect(changed(text, tick(text))).toEqual(['2: "status: done"', '4: "- [x] a"']);
});

test.each([
  ["status: ready", "status: done"],
  ["Status:   Ready   # for work", "Status:   done   # for work"],
  ['status: "In progress" ', 'status: "done" '],
  ["status: 'ready'", "status: 'done'"],
  ["status:", "status: done"],
  ["status: >-\n  in\n  progress\nx: 1", "status: done\nx: 1"],
  ["status: ready\n  to go\nx: 1", "status: done\nx: 1"],
  ["status: Completed", "status: Completed"],
  ["title: a: b\nstatus: ready", "title: a: b\nstatus: done"],
  ["id: x", "id: x\nstatus: done"],
])("sets the status in the frontmatter: %j becomes %j", (before, after) => {
  const text = `---\n${before}\n---\n**Depends on:** -\n- [ ] a\n`;
  expect(tick(text)).toBe(`---\n${after}\n---\n**Depends on:** -\n- [x] a\n`);
});

test.each([
  ["**Status**: Ready for Implementation  ", "**Status**: done  "],
  ["**Status:** 🚧 In Progress\\", "**Status:** done\\"],
  ["- **Status**: Draft | **Priority**: High", "- **Status**: done | **Priority**: High"],
  ["> **Status:** draft · **Blocks:** x", "> **Status:** done · **Blocks:** x"],
  ["| **Status** | **draft** |", "| **Status** | done |"],
  ["**Status**:", "**Status**: done"],
  ["**Status**: ✅ Complete", "**Status**: ✅ Complete"],
])("sets the bold status: %j becomes %j", (before, after) => {
  const text = `# T\n\n${before}\n\n**Priority**: low\n\n- [ ] a\n`;
  expect(tick(text)).toBe(`# T\n\n${after}\n\n**Priority**: low\n\n- [x] a\n`);
});

test("a spec without any status gets one only where its boxes cannot say that it is done", () => {
  const boxes = "# T\n\n- [ ] a\n  ```sh run\n  x\n  ```\n";
  expect(tick(boxes)).toBe(boxes.replace("[ ]", "[x]"));
  expect(tick("# T\n\n```sh run\nx\n```\n")).toBe("# T\n\n**Status**: done\n\n```sh run\nx\n```\n");
  expect(tick("# T\r\n```sh run\r\nx\r\n```")).toBe(
    "# T\r\n\r\n**Status**: done\r\n\r\n```sh run\r\nx\r\n```",
  );
  expect(tick("\uFEFF```sh run\nx\n```\n")).toBe("\uFEFF**Status**: done\n\n```sh run\nx\n```\n");
  expect(tick("---js\n1\n---\n```sh run\nx\n```\n")).toBe(
    "---js\n1\n---\n\n**Status**: done\n\n```sh run\nx\n```\n",
  );
});

test("CRLF, a byte order mark, trailing spaces and a missing last line end stay", () => {
  const text = "\uFEFF---\r\nstatus: ready \r\n---\r\n- [ ] a  \r\n\t- [ ] b\r\n\r\n- [ ] c";
  expect(tick(text)).toBe("\uFEFF---\r\nstatus: done \r\n---\r\n- [x] a  \r\n\t- [x] b\r\n\r\n- [x] c");
});

test("finds tasks again after the text changed: by written id, else by title", () => {
  const before = "---\nstatus: ready\n---\n- [ ] first\n- [ ] T7 named\n- [ ] second\n";
  const now =
    "---\nstatus: ready\n---\nNew words.\n\n- [ ] something new\n- [ ] first\n- [ ] T7 renamed\n- [ ] second\n- [ ] first of all\n";
  const spec = readSpec(before);
  const after = completeSpec(now, spec, { taskKeys: ["T1", "T7"], done: false });
  expect(changed(now, after)).toEqual(['7: "- [x] first"', '8: "- [x] T7 renamed"']);
});

test("ticks nothing where a title stands twice or a task is gone", () => {
  const spec = readSpec("---\nstatus: ready\n---\n- [ ] a\n- [ ] b\n");
  const now = "---\nstatus: ready\n---\n- [ ] new\n- [ ] a\n- [ ] a\n";
  expect(completeSpec(now, spec, { taskKeys: ["T1", "T2"], done: false })).toBe(now);
});

test("ticks the boxes of a heading that is a task", () => {
  const text = "---\nstatus: ready\n---\n### [ ] Task 1: a\nWords.\n### Task 2: b\n- [ ] c\n";
  expect(tick(text, ["1", "2"])).toBe(
    "---\nstatus: ready\n---\n### [x] Task 1: a\nWords.\n### Task 2: b\n- [x] c\n",
  );
});

const line = fc.constantFrom(
  "- [ ] T1 a",
  "- [ ] b",
  "  - [ ] c",
  "    - [x] 1.1 d",
  "- [-] 1. e (depends: T1)",
  "* [ ]* f",
  "- plain",
  "1. [ ] g",
  "- [ ] ~~h~~",
  "  ```sh run\n  x\n  ```",
  "```bash run\ny\n```",
  "```\n- [ ] in a fence",
  "```",
  "## Phase 1: P",
  "### Task 3: Q",
  "## Acceptance criteria",
  "## Notes",
  "## Open questions",
  "**Acceptance criteria:**",
  "<!-- - [ ] z",
  "-->",
  "> - [ ] quoted",
  "    - [ ] deep",
  "text  ",
  "",
  "",
);
const head = fc.constantFrom(
  "---\nid: x\n---",
  "---\nstatus: ready\n---",
  '---\nstatus: "in progress" # now\ntitle: a\n---',
  "---\nid: x\ntitle: a: b\nstatus: draft\n---",
  "# T\n\n**Status**: Ready  ",
  "# T\n\n**Priority**: high",
  "---\nid: x\n---\n# T\n**Status:** draft | **Blocks:** y",
  "---js\n1\n---\n# T\n```sh run\nz\n```",
  "```sh run\nz\n```",
);
const document = fc
  .tuple(head, fc.array(line, { maxLength: 25 }), fc.constantFrom("\n", "\r\n"), fc.boolean())
  .map(
    ([top, body, end, mark]) => (mark ? "\uFEFF" : "") + [top, ...body, ""].join("\n").replaceAll("\n", end),
  );

test("a finished spec reads as done, a second tick changes nothing, and only boxes and the status differ", () => {
  fc.assert(
    fc.property(document, (text) => {
      const done = tick(text);
      expect(readSpec(done).readiness).toBe("done");
      expect(tick(done)).toBe(done);
      expect(withoutTicks(done)).toBe(withoutTicks(text));
    }),
    { seed: 11, numRuns: 400 },
  );
});

test("ticking some tasks makes exactly those checked, whatever stands around them", () => {
  fc.assert(
    fc.property(document, fc.infiniteStream(fc.boolean()), (text, coin) => {
      const spec = readSpec(text);
      const keys = spec.tasks.filter(() => coin.next().value).map((task) => task.key);
      const again = readSpec(completeSpec(text, spec, { taskKeys: keys, done: false }));
      const boxed = (key: string): boolean =>
        (spec.tasks.find((task) => task.key === key)?.boxLines.length ?? 0) > 0;
      for (const task of again.tasks) {
        const was = spec.tasks.find((one) => one.key === task.key);
        expect([task.key, task.checked]).toEqual([
          task.key,
          was?.checked || (keys.includes(task.key) && boxed(task.key)),
        ]);
      }
    }),
    { seed: 12, numRuns: 300 },
  );
});

/** The text without the marks in boxes and without any line of status. */
function withoutTicks(text: string): string {
  const lines = text.replace(/\[[ x~-]\]/g, "[]").split(/\r?\n/);
  const kept = lines.filter((one) => !/^\uFEFF?(?:status:|\*\*Status)/.test(one) && one.trim() !== "");
  return kept.join("\n").replaceAll("\uFEFF", "");
}
