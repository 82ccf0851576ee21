/**
 * Finds which boxes, headings and run blocks are tasks, which boxes only group or detail others, and which belong to a
 * heading that is itself the task.
 */

import type { ScannedText } from "./lines.ts";
import type { ListItem } from "./list-items.ts";
import type { RunFence } from "./run-blocks.ts";
import { type Section, sectionOf } from "./sections.ts";
import { readTaskHeading, readTitle, type TitleParts } from "./titles.ts";

/** A task or a group of tasks before it has a key. */
export interface TreeNode {
  readonly kind: "task" | "group";
  readonly line: number;
  /** The box it is; null: a heading or a run block of its own. */
  readonly item: ListItem | null;
  readonly section: Section;
  readonly parts: TitleParts;
  readonly parent: TreeNode | null;
  /** Boxes that are ticked with it besides its own. */
  readonly details: readonly ListItem[];
  readonly runs: RunFence[];
}

export interface TreeInput {
  readonly text: ScannedText;
  readonly sections: readonly Section[];
  readonly items: readonly ListItem[];
  readonly runs: readonly RunFence[];
  /** Names a run block above the first heading. */
  readonly documentTitle: string;
}

interface Work extends TreeInput {
  /** Boxes that can be tasks, in the order of the document. */
  readonly boxes: readonly ListItem[];
  readonly parts: ReadonlyMap<ListItem, TitleParts>;
  readonly runsOf: Map<ListItem, RunFence[]>;
  /** Runs that no box owns. */
  readonly free: RunFence[];
  /** Of the free ones, those that a heading's task took. */
  readonly owned: Set<RunFence>;
  readonly indented: Set<ListItem>;
  readonly nodes: TreeNode[];
}

/** Tasks and groups in the order of the document. */
export function buildTaskTree(input: TreeInput): readonly TreeNode[] {
  const boxes = input.items.filter((item) => item.box !== null && item.kind === null && item.text !== "");
  const parts = new Map(boxes.map((item) => [item, readTitle(item.text)]));
  const work: Work = {
    ...input,
    boxes,
    parts,
    runsOf: new Map(),
    free: [],
    owned: new Set(),
    indented: new Set(),
    nodes: [],
  };
  assignRuns(work);
  const inHeadings = addHeadingTasks(work);
  addBoxes(
    work,
    boxes.filter((box) => !inHeadings.has(box)),
  );
  addFreeRuns(work);
  return work.nodes.sort((a, b) => a.line - b.line);
}

/** A run block belongs to the box that it is indented under, else to the last box before it in its section. */
function assignRuns(work: Work): void {
  const byId = new Map(
    [...work.parts].flatMap(([item, { id }]) => (id === null ? [] : [[id, item] as const])).reverse(),
  );
  let next = 0;
  let above: ListItem[] = [];
  for (const run of work.runs) {
    for (; (work.boxes[next]?.line ?? Number.POSITIVE_INFINITY) < run.fence.open; next += 1) {
      const box = work.boxes[next] as ListItem;
      above = above.filter((other) => other.indent < box.indent && other.section === box.section);
      above.push(box);
    }
    const section = sectionOf(work.sections, run.fence.open);
    const here = above.filter((box) => box.section === section);
    const inside = here.findLast((box) => box.indent < run.fence.indent);
    const owner =
      (run.task === null ? undefined : byId.get(run.task)) ??
      inside ??
      here.findLast((box) => box.indent <= run.fence.indent);
    if (run.task !== null && !byId.has(run.task)) work.free.push(run);
    else if (!owner) work.free.push(run);
    else {
      work.runsOf.set(owner, [...(work.runsOf.get(owner) ?? []), run]);
      if (owner === inside || run.task !== null) work.indented.add(owner);
    }
  }
}

/** The boxes that became part of a heading's task. */
function addHeadingTasks(work: Work): ReadonlySet<ListItem> {
  const taken = new Set<ListItem>();
  const found = findHeadingTasks(work);
  for (const { boxes } of found) for (const box of boxes) taken.add(box);
  const otherBoxes = work.boxes.length > taken.size;
  const criteriaItems = work.items.filter((item) => item.box && item.kind === "criteria");
  const freeRuns = work.free.filter((run) => run.task === null).map((run) => ({ run, line: run.fence.open }));
  for (const { section, id, title, boxes } of found) {
    const own = within(freeRuns, section).map(({ run }) => run);
    const runs = [...boxes.flatMap((box) => work.runsOf.get(box) ?? []), ...own];
    for (const run of own) work.owned.add(run);
    // A heading with nothing to tick or run is a task only where no box says what the tasks are.
    if (otherBoxes && boxes.length === 0 && runs.length === 0) continue;
    const criteria = within(criteriaItems, section);
    work.nodes.push({
      kind: "task",
      line: section.line,
      item: null,
      section,
      parts: { id, parallel: /\[P\]|\(P\)/.test(section.rawTitle), title },
      parent: null,
      details: [...boxes, ...criteria].filter(isOpenOrTicked),
      runs: runs.sort((a, b) => a.fence.open - b.fence.open),
    });
  }
  return taken;
}

interface HeadingTask {
  readonly section: Section;
  readonly id: string;
  readonly title: string;
  readonly boxes: readonly ListItem[];
}

function findHeadingTasks(work: Work): readonly HeadingTask[] {
  const headings = work.sections.flatMap((section, index) => {
    const read =
      section.kind === null && section.level >= (index <= 1 ? 2 : 1) ? readTaskHeading(section.title) : null;
    return read ? [{ section, ...read, title: read.title.replace(/\s*(?:\[P\]|\(P\))/g, "") }] : [];
  });
  const found: HeadingTask[] = [];
  let coveredTo = 0;
  for (const [index, heading] of headings.entries()) {
    const { section, id, title, isStep } = heading;
    if (section.line <= coveredTo) continue;
    const next = headings[index + 1];
    const isGroup = next !== undefined && next.section.line <= section.end && (isStep || !next.isStep);
    const boxes = within(work.boxes, section);
    const withRuns = boxes.filter((box) => work.runsOf.has(box));
    if (isGroup || withRuns.length > 1 || boxes.some((box) => isTaskOfItsOwn(work, box))) continue;
    found.push({ section, id, title, boxes });
    coveredTo = section.end;
  }
  return found;
}

/** A box with an id, `[P]` or a run block indented under it is a task, also below a heading that looks like one. */
function isTaskOfItsOwn(work: Work, box: ListItem): boolean {
  const parts = work.parts.get(box);
  return (
    work.indented.has(box) ||
    parts?.parallel === true ||
    (parts?.id !== null && !/^\d+$/.test(parts?.id ?? ""))
  );
}

/** The part of a list in the order of the document that lies in a section and those below it. */
function within<Placed extends { readonly line: number }>(
  list: readonly Placed[],
  section: Section,
): readonly Placed[] {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.line ?? 0) < section.line) low = middle + 1;
    else high = middle;
  }
  let to = low;
  while (to < list.length && (list[to]?.line ?? 0) <= section.end) to += 1;
  return list.slice(low, to);
}

function isOpenOrTicked(item: ListItem): boolean {
  return item.box?.state !== "cancelled";
}

function addBoxes(work: Work, boxes: readonly ListItem[]): void {
  const children = Map.groupBy(boxes, createParentFinder(work, boxes));
  const hasRun = new Set<ListItem>();
  for (const box of boxes.toReversed()) {
    const kids = children.get(box) ?? [];
    if (work.runsOf.has(box) || kids.some((kid) => hasRun.has(kid))) hasRun.add(box);
  }
  const queue = (children.get(null) ?? []).map((box) => ({ box, parent: null as TreeNode | null }));
  for (const { box, parent } of queue) {
    if (box.box?.state === "cancelled") continue;
    const kids = children.get(box) ?? [];
    const runs = work.runsOf.get(box) ?? [];
    const kidsRun = kids.some((kid) => hasRun.has(kid));
    const kind = kids.length === 0 || runs.length > 0 ? "task" : "group";
    const below = kind === "task" && !kidsRun ? collectBelow(kids, children) : [];
    const details = kind === "task" ? [...below, ...collectCriteria(box)].filter(isOpenOrTicked) : [];
    const parts = work.parts.get(box) ?? readTitle(box.text);
    const node: TreeNode = {
      kind,
      line: box.line,
      item: box,
      section: box.section,
      parts,
      parent,
      details,
      runs,
    };
    work.nodes.push(node);
    if (kind === "group" || kidsRun) for (const kid of kids) queue.push({ box: kid, parent: node });
  }
}

/** The box around a box; else, in the same section, the one whose id is the beginning of its own (`2` of `2.1`). */
function createParentFinder(work: Work, boxes: readonly ListItem[]): (box: ListItem) => ListItem | null {
  const known = new Set(boxes);
  const byId = new Map<Section, Map<string, ListItem>>();
  return (box) => {
    const ids = byId.get(box.section) ?? new Map<string, ListItem>();
    byId.set(box.section, ids);
    let around = box.parent;
    while (around && !known.has(around)) around = around.parent;
    const id = work.parts.get(box)?.id ?? null;
    if (id !== null && !ids.has(id)) ids.set(id, box);
    const dot = id?.lastIndexOf(".") ?? -1;
    const byPrefix = id !== null && dot > 0 ? ids.get(id.slice(0, dot)) : undefined;
    const isGroup = byPrefix !== undefined && byPrefix !== box && !work.runsOf.has(byPrefix);
    return around ?? (isGroup ? byPrefix : null);
  };
}

function collectBelow(
  kids: readonly ListItem[],
  children: ReadonlyMap<ListItem | null, ListItem[]>,
): ListItem[] {
  const below = [...kids];
  for (const box of below) below.push(...(children.get(box) ?? []));
  return below;
}

function collectCriteria(item: ListItem): ListItem[] {
  const inside = [...item.children];
  for (const child of inside) inside.push(...child.children);
  return inside.filter((child) => child.box !== null && child.kind === "criteria");
}

/** A run block without a box makes a task of its own, named by the nearest heading. */
function addFreeRuns(work: Work): void {
  const counts = new Map<Section, number>();
  for (const run of work.free) {
    const section = sectionOf(work.sections, run.fence.open);
    if (section.kind === "left-out" || run.task !== null || work.owned.has(run)) continue;
    const count = (counts.get(section) ?? 0) + 1;
    counts.set(section, count);
    const { title, id } = nameRun(section, work.documentTitle);
    const parts = {
      id: count === 1 ? id : null,
      parallel: false,
      title: count === 1 ? title : `${title} (${count})`,
    };
    work.nodes.push({
      kind: "task",
      line: run.fence.open,
      item: null,
      section,
      parts,
      parent: null,
      details: [],
      runs: [run],
    });
  }
}

function nameRun(section: Section, documentTitle: string): { title: string; id: string | null } {
  if (section.level === 0 || section.title === "") return { title: documentTitle, id: null };
  const read = section.level >= 2 ? readTaskHeading(section.title) : null;
  return read ? { title: read.title, id: read.id } : { title: section.title, id: null };
}
