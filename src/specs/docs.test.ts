import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { discoverTexts, readSpec, showProblem, showTasks } from "./test-documents.ts";

const manual = readFileSync(new URL("../../docs/specs.md", import.meta.url), "utf8");
const examples = [...manual.matchAll(/^````md\n(.*?)^````$/gms)].map((match) => match[1] ?? "");

test("the manual is no spec itself", () => {
  expect(discoverTexts({ "docs/specs.md": manual }).otherDocuments).toBe(1);
});

test("every example in the manual is a spec without problems", () => {
  expect(examples.length).toBeGreaterThan(5);
  for (const example of examples)
    expect([example, readSpec(example).problems.map(showProblem)]).toEqual([example, []]);
});

test("the examples read as the manual says", () => {
  expect(examples.map((example) => showTasks(readSpec(example)))).toMatchInlineSnapshot(`
    [
      [
        "T1 Write the encoder @5",
        "T2 Write the decoder @6",
      ],
      [
        "T1 Store sessions @18",
        "T2 Let them expire @19",
      ],
      [
        "T1 Store sessions @7",
      ],
      [
        "T001 [x] (phase-1) Add the module @6",
        "T002 [P] (phase-1) Count requests in \`src/count.ts\` @7",
        "T003 [P] (phase-1) Read the limits @8",
        "T4 (phase-2) Refuse what is over the limit @11",
        "T5 [optional] (phase-2) Write the guide @15",
        "T9.1 (phase-2 in T9) The first @17",
        "T9.2 (phase-2 in T9) The second @18",
      ],
      [
        "T1 Write the greeting @3 run "printf 'hello\\\\n' > greeting.txt\\n"",
        "T2 Check it @7 run "test -s greeting.txt\\n"",
        "T3 Count its words @13 run "set -o pipefail\\nwc -w < greeting.txt | tee count.txt\\n"",
      ],
      [
        "T1 Build the index @16",
        "T2 Search it @17",
        "T3 Measure it @18",
      ],
      [
        "T1 Build the index @5",
        "T2 Search it @6",
      ],
    ]
  `);
});

test("every code of a problem is in the manual", () => {
  const files = [
    "discover",
    "decode",
    "dependency-syntax",
    "markdown/read-markdown",
    "markdown/tasks",
    "markdown/questions",
  ];
  const more = [
    "markdown/frontmatter",
    "markdown/run-blocks",
    "markdown/phases",
    "markdown/clarifications",
    "../core/plan/dependencies",
  ];
  const codes = [...files, ...more].flatMap((file) => {
    const source = readFileSync(new URL(`./${file}.ts`, import.meta.url), "utf8");
    return [...source.matchAll(/code: (?:\w+ \? )?"([a-z0-9-]+)"(?: : "([a-z0-9-]+)")?/g)].flatMap((m) => [
      m[1],
      m[2],
    ]);
  });
  const missing = [...new Set(codes)].filter((code) => code !== undefined && !manual.includes(`\`${code}\``));
  expect(codes.length).toBeGreaterThan(20);
  expect(missing).toEqual([]);
});
