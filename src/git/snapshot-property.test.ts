import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeRepo, writeBelow } from "../../test/support/git-repo.ts";

/** What may happen to a tree. Errors (a folder where a file should go) leave it as it is. */
type Step =
  | { readonly kind: "write"; readonly path: string; readonly content: string }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "link"; readonly path: string };

const name = fc.constantFrom("a", "b", "build", "x.log", "keep.log", "-d", "ü", ":e", "[f]", "deep");
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const pattern = fc.constantFrom(
  ...[
    "build",
    "/build",
    "build/",
    "build/*",
    "!build/a",
    "*.log",
    "!keep.log",
    "a/**",
    "**/b/x.log",
    "deep/",
    "!deep/a",
  ],
  ...[
    "/*/a",
    "\\:e",
    "[f]",
    "[ab]",
    "-d/",
    "ü",
    "# comment",
    "",
    "x.log ",
    "a/b",
    "*",
    "!*/",
    "!build/",
    "!a",
  ],
);
const ignoreFile = fc.record({
  kind: fc.constant("write" as const),
  path: fc.array(name, { maxLength: 2 }).map((parts) => [...parts, ".gitignore"].join("/")),
  content: fc.array(pattern, { minLength: 1, maxLength: 4 }).map((lines) => `${lines.join("\n")}\n`),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      path,
      content: fc.constantFrom("", "1", "2\n"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), path }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("link" as const), path }) },
  { weight: 2, arbitrary: ignoreFile },
);

function apply(tree: string, each: Step): void {
  const file = join(tree, each.path);
  try {
    if (each.kind === "write") writeBelow(tree, each.path, each.content);
    else if (each.kind === "remove") rmSync(file, { recursive: true });
    else {
      mkdirSync(dirname(file), { recursive: true });
      symlinkSync("a", file);
    }
  } catch {
    // Not possible in this tree; the same happens in the other one.
  }
}

test("of an ordinary tree a snapshot takes exactly what `git add -A` takes", async () => {
  const repo = makeRepo({
    ".gitignore": "*.log\n/build/\n",
    "a/a": "1",
    "a/x.log": "1",
    "build/a": "1",
    b: "2\n",
    "deep/deep/b": "",
  });
  repo.git("add", "-f", ".");
  const start = repo.commit();
  const { port } = await repo.open();
  let count = 0;
  const check = async (steps: readonly Step[]) => {
    count += 1;
    const workspace = await port.createWorkspace(`a-${count}`, start);
    const plain = join(repo.folder, `plain-${count}`);
    repo.git("clone", "-q", "--shared", repo.root, plain);
    for (const each of steps) {
      apply(workspace.tree, each);
      apply(plain, each);
    }
    // Twice: at first git takes a file in the place of a tracked folder for the folder, and ignores it as one.
    repo.gitIn(plain, "add", "-A");
    repo.gitIn(plain, "add", "-A");
    const { tree } = await port.snapshot(workspace, "work", 0);
    const expected = repo.gitIn(plain, "write-tree");
    if (tree !== expected) {
      expect(repo.git("ls-tree", "-r", tree)).toBe(repo.gitIn(plain, "ls-tree", "-r", expected));
    }
    await port.removeWorkspace(workspace.name);
  };
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), check);
  await fc.assert(property, {
    seed: Number(process.env.OSQR_PROPERTY_SEED ?? 7),
    numRuns: Number(process.env.OSQR_PROPERTY_RUNS ?? 6),
  });
});
