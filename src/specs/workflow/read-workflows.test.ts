import { expect, test } from "vitest";
import { isWorkflowPath, readWorkflows } from "./read-workflows.ts";

const file = (name: string, text: string) => {
  const bytes = Buffer.from(text);
  return { path: `.osqr/workflows/${name}`, bytes, size: bytes.length };
};

const workflow = (name: string, version = 1): string =>
  `name: ${name}\nversion: ${version}\nchange: { author: dana, reason: faster, impact: none }\nsteps: [{ key: tasks }]\n`;

const show = ({ definitions }: ReturnType<typeof readWorkflows>): string[] =>
  definitions.map(({ name, version, source }) => `${name}@${version} ${source.split("/").at(-1)}`);

test("all files are read, by name and version", () => {
  const found = readWorkflows([
    file("z.yaml", workflow("beta")),
    file("b.yml", workflow("alpha", 10)),
    file("a.yaml", workflow("alpha", 2)),
  ]);
  expect(show(found)).toEqual(["alpha@2 a.yaml", "alpha@10 b.yml", "beta@1 z.yaml"]);
  expect(found.problems).toEqual([]);
});

test("a broken file stops no other", () => {
  const found = readWorkflows([file("a.yaml", "name: x\n"), file("b.yaml", workflow("beta"))]);
  expect(show(found)).toEqual(["beta@1 b.yaml"]);
  expect(found.problems.map(({ location, code }) => `${location.path} ${code}`)).toEqual([
    ".osqr/workflows/a.yaml missing-field",
    ".osqr/workflows/a.yaml missing-field",
  ]);
});

test("a version in two files names both, and the first by path counts", () => {
  const files = [file("b.yaml", workflow("team")), file("a.yaml", workflow("team"))];
  const found = readWorkflows(files);
  expect(show(found)).toEqual(["team@1 a.yaml"]);
  expect(found.problems).toMatchObject([
    {
      code: "duplicate-version",
      location: { path: ".osqr/workflows/b.yaml", line: 1 },
      message:
        'version 1 of the workflow "team" stands in .osqr/workflows/a.yaml and in .osqr/workflows/b.yaml; the first counts',
    },
  ]);
  expect(readWorkflows(files.toReversed())).toEqual(found);
});

test("what is no text or too large says so", () => {
  const path = ".osqr/workflows/a.yaml";
  const codesOf = (bytes: Uint8Array | null, size: number) =>
    readWorkflows([{ path, bytes, size }]).problems.map(({ code }) => code);
  expect(codesOf(null, 300_000)).toEqual(["too-large"]);
  expect(codesOf(Uint8Array.of(0, 1), 2)).toEqual(["binary"]);
  expect(codesOf(Uint8Array.of(0x61, 0xff), 2)).toEqual(["not-utf8"]);
});

test("more files than 500 are not read", () => {
  const files = Array.from({ length: 501 }, (_, index) => {
    return file(`w${String(index).padStart(3, "0")}.yaml`, workflow(`w${index}`));
  });
  const found = readWorkflows(files);
  expect(found.definitions).toHaveLength(500);
  expect(found.problems).toMatchObject([
    { code: "too-many-workflows", location: { path: ".osqr/workflows/w500.yaml" } },
  ]);
});

test.each([
  [".osqr/workflows/a.yaml", true],
  [".osqr/workflows/a.yml", true],
  [".osqr/workflows/old/a.yaml", false],
  [".osqr/workflows/README.md", false],
  ["sub/.osqr/workflows/a.yaml", false],
])("%s is a workflow: %s", (path, expected) => {
  expect(isWorkflowPath(path)).toBe(expected);
});
