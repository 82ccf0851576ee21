import type { SpecReader } from "../reader.ts";
import { completeMarkdown } from "./complete-markdown.ts";
import { outlineMarkdown } from "./outline-markdown.ts";
import { readMarkdown } from "./read-markdown.ts";

/** Plain plans: Markdown with boxes, run blocks and metadata. The fallback for every `.md` that no other reader claims. */
export const markdownReader: SpecReader = {
  name: "markdown",
  claims: (path) => (/\.(?:md|markdown)$/i.test(path) ? 1 : 0),
  read: readMarkdown,
  complete: completeMarkdown,
  outline: outlineMarkdown,
};
