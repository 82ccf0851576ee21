/** Links between the documents of this repository lead somewhere. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const FOLDERS = [".", "docs", "docs/decisions", "examples", "skills", "src", "bench", "scripts"];

function listDocuments(): readonly string[] {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: folder !== "." && folder !== "docs", encoding: "utf8" })
      .filter((name) => name.endsWith(".md") && !/node_modules|fixtures/.test(name))
      .map((name) => join(root, folder, name)),
  );
  return [...new Set(files)];
}

/** Text outside of fences and code: what is shown there is no link. */
const toProse = (text: string): string =>
  text
    .replace(/^( *)(`{3,})[\s\S]*?^\1\2`*\s*$/gm, "")
    .replace(/(`+)(?!`)[^\n]*?\1/g, (code) => code.replace(/[[\]()#]/g, ""));

/** As GitHub makes them of headings. */
function listAnchors(file: string): ReadonlySet<string> {
  const counts = new Map<string, number>();
  const headings = readFileSync(file, "utf8")
    .replace(/^( *)(`{3,})[\s\S]*?^\1\2`*\s*$/gm, "")
    .matchAll(/^#{1,6}\s+(.+?)\s*$/gm);
  return new Set(
    [...headings].map(([, title = ""]) => {
      const slug = title
        .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replace(/\s/g, "-");
      const count = counts.get(slug) ?? 0;
      counts.set(slug, count + 1);
      return count === 0 ? slug : `${slug}-${count}`;
    }),
  );
}

function findBroken(file: string): readonly string[] {
  const links = toProse(readFileSync(file, "utf8")).matchAll(/\]\(([^()\s]+)\)/g);
  return [...links].flatMap(([, link = ""]) => {
    if (/^[a-z]+:/i.test(link)) return [];
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? file : join(dirname(file), decodeURIComponent(path));
    const said = `${relative(root, file)}: ${link}`;
    if (!existsSync(target)) return [`${said}: no such file`];
    if (anchor === undefined || statSync(target).isDirectory()) return [];
    return listAnchors(target).has(anchor) ? [] : [`${said}: no such heading`];
  });
}

test("every relative link of the documents leads to a file, and to a heading where it names one", () => {
  const documents = listDocuments();
  expect(documents.length).toBeGreaterThan(30);
  const links = documents.map((file) => toProse(readFileSync(file, "utf8")).match(/\]\(/g)?.length ?? 0);
  expect(links.reduce((sum, count) => sum + count)).toBeGreaterThan(100);
  expect(documents.flatMap(findBroken)).toEqual([]);
});
