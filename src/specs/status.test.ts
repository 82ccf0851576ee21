import { expect, test } from "vitest";
import { readStatus } from "./status.ts";

test.each([
  ["ready", "ready Ready READY|Ready for Implementation|**Final**|Ready to Implement|`ready`"],
  ["ready", "in-progress|in_progress|In Progress|🚧 In Progress|IMPLEMENTING|WIP|🟡 In progress (3/5)"],
  [
    "ready",
    "Approved|Planned|Planning|Pending|Open|TODO|to-do|Not Started|not yet implemented|Blocked|In Review",
  ],
  [
    "ready",
    "Phase 1 complete|Phase 2 Complete ✅ - Ready for Phase 3|Partially implemented|Mostly done|进行中",
  ],
  [
    "ready",
    "Complete (Phase 1 of 3)|Done: 3/5|✅ 80% complete|Implemented except caching|Completed, Phase 2 pending",
  ],
  [
    "done",
    "done|Done|DONE|✅ Done|✅ COMPLETE|complete|Completed|closed|archived|Implemented|superseded by auth-v2",
  ],
  [
    "done",
    "Complete (17/17)|Completed 2025-10-01|Done — shipped in v2|Implemented in #42|Fully implemented|Completed 2025/10/01|完成",
  ],
  ["done", "Superseded|Cancelled|rejected|won't do|Merged and deployed|[done]|Done."],
  [
    "future",
    "future|FUTURE|draft|Draft (v2)|Draft - ready for review|proposed|Proposal|idea|💡 Idea|backlog",
  ],
  ["future", "deferred|on hold|On-Hold|on_hold|Paused|Future enhancement|in draft|草稿"],
  ["needs_detail", "needs detail|needs-detail|Not ready|not yet approved|Incomplete|TBD|Needs clarification"],
  ["unknown", "Architecture Spec|frobnicated|DOCUMENTED|?|"],
])("%s: %s", (meaning, spellings) => {
  const list = spellings.includes("|") ? spellings.split("|") : spellings.split(" ");
  expect(list.map((text) => [text, readStatus(text)])).toEqual(list.map((text) => [text, meaning]));
});
