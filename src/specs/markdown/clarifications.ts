import type { ProblemList } from "../problems.ts";
import { blankCode } from "./inline.ts";
import type { ScannedText } from "./lines.ts";

const MARK = /\[NEEDS[ _-]CLARIFICATION\s*(?::\s*([^\]]*))?(\])?/gi;

/** Reports each `[NEEDS CLARIFICATION: …]` outside fences, comments and inline code: the spec is not ready with it. */
export function reportClarifications(text: ScannedText, problems: ProblemList): void {
  for (const line of text.lines) {
    if (line.kind !== "text" && line.kind !== "quote") continue;
    if (!/needs[ _-]clarification/i.test(line.text)) continue;
    const visible = blankCode(line.text);
    for (const match of visible.matchAll(MARK)) {
      const [whole, question = "", closed] = match;
      const after = visible.slice(match.index + whole.length);
      const bare = question.trim() === "" && closed !== undefined;
      // "No [NEEDS CLARIFICATION] markers remain" talks about the mark.
      if (bare && (/\bno\s+$/i.test(visible.slice(0, match.index)) || /^\s+mark/i.test(after))) continue;
      if (visible.slice(0, match.index).endsWith("~~") && after.startsWith("~~")) continue;
      problems.add(line.number, {
        severity: "needs_detail",
        code: "needs-clarification",
        message: bare ? "this needs clarification" : `needs clarification: ${question.trim()}`,
        found: line.text.slice(match.index, match.index + whole.length).trim(),
        expected: "a spec without open points",
        hint: "answer it in the spec and remove the mark",
      });
    }
  }
}
