/** What people's answers teach about how far agents may be believed, by kind of decision (AO-11). */
import { countWords } from "../conflicts/words.ts";
import { betaQuantile } from "./beta.ts";
import type { Facet } from "./types.ts";

/** Evidence of one kind. Whole numbers from 0. */
export interface KindCounts {
  readonly approved: number;
  readonly overridden: number;
  /** A pause, cancel or return soon after something of this kind went on: half as telling as an override. */
  readonly interrupted: number;
}

/** Evidence by kind, as it is stored. At most 500 kinds. */
export type AutonomyCounts = Readonly<Record<string, KindCounts>>;

/** How a person answered, or that one stepped in. */
export type Lesson = "approved" | "overridden" | "interrupted";

export const NO_COUNTS: AutonomyCounts = {};

/** What is known of a kind of which nothing is known. */
const NOTHING: KindCounts = { approved: 0, overridden: 0, interrupted: 0 };
const KINDS_MAX = 500;
/** So many answers are remembered: a new one pushes out an old one that said something else. */
const ANSWERS_MAX = 60;
/** An override is not drowned by what was right long before it: at most so many approvals stay. */
const APPROVALS_AFTER_OVERRIDE = 30;
const KIND_CHARS_MAX = 100;
const TOPIC_WORDS_MAX = 4;

const total = ({ approved, overridden, interrupted }: KindCounts): number =>
  approved + overridden + interrupted;

/** Adds a lesson. Beyond 500 kinds the one with the fewest answers makes room, ties by name. */
export function evolveCounts(
  counts: AutonomyCounts,
  { kind, lesson }: { readonly kind: string; readonly lesson: Lesson },
): AutonomyCounts {
  const known = Object.hasOwn(counts, kind) ? (counts[kind] ?? NOTHING) : NOTHING;
  const rest = known === NOTHING ? makeRoom(counts) : counts;
  return { ...rest, [kind]: addLesson(known, lesson) };
}

/** What a lesson pushes out, the first that is there; where nothing is, all answers say the same already. */
const PUSHED_OUT: Readonly<Record<Lesson, readonly Lesson[]>> = {
  approved: ["interrupted", "overridden"],
  overridden: ["approved", "interrupted"],
  interrupted: ["approved"],
};

/** An approval never makes a kind less believed, anything else never more: so no lesson pushes out one of its own side. */
function addLesson(known: KindCounts, lesson: Lesson): KindCounts {
  const approved =
    lesson === "overridden" ? Math.min(known.approved, APPROVALS_AFTER_OVERRIDE) : known.approved;
  const kept = { ...known, approved };
  if (total(kept) < ANSWERS_MAX) return { ...kept, [lesson]: kept[lesson] + 1 };
  const out = PUSHED_OUT[lesson].find((each) => kept[each] > 0);
  return out === undefined ? kept : { ...kept, [out]: kept[out] - 1, [lesson]: kept[lesson] + 1 };
}

function makeRoom(counts: AutonomyCounts): AutonomyCounts {
  const entries = Object.entries(counts);
  if (entries.length < KINDS_MAX) return counts;
  const [least] = entries.toSorted(([a, x], [b, y]) => total(x) - total(y) || (a < b ? -1 : 1));
  return Object.fromEntries(entries.filter(([kind]) => kind !== least?.[0]));
}

/** How often something of a kind is right, as far as the answers tell. */
export interface Calibration {
  /** 5 % quantile of the posterior from Beta(1, 1): it is right at least so often. */
  readonly least: number;
  /** 95 % quantile: at most so often. */
  readonly most: number;
  readonly answers: number;
}

/** Null: there was no answer about this kind. */
export function calibrate(counts: AutonomyCounts, kind: string): Calibration | null {
  const known = Object.hasOwn(counts, kind) ? counts[kind] : undefined;
  if (known === undefined || total(known) === 0) return null;
  const right = 1 + known.approved;
  const wrong = 1 + known.overridden + known.interrupted / 2;
  return {
    least: betaQuantile(0.05, right, wrong),
    most: betaQuantile(0.95, right, wrong),
    answers: total(known),
  };
}

/** The kind of decision that a part of an action is: what is learned of one holds for all of its kind. */
export function nameKind(facet: Facet): string {
  const [name] = facet.names;
  if (facet.on === "host") return clean(`fetch:${facet.host}`);
  if (facet.on === "tool") return clean(`tool:${facet.tool}`);
  if (facet.on === "subject") return clean(`decide:${nameTopic(facet.subject)}`);
  if (facet.on === "path" || name !== "execute") return name;
  const [program = "", sub = ""] = facet.words;
  return clean(`execute:${program}${/^[a-z][a-z-]{0,30}$/.test(sub) ? ` ${sub}` : ""}`);
}

/** Subjects with the same words, in whatever order and form, are one topic. */
function nameTopic(subject: string): string {
  const stems = [...countWords(subject.slice(0, 1_000)).keys()].slice(0, TOPIC_WORDS_MAX);
  return stems.length === 0 ? "other" : stems.sort().join(" ");
}

const clean = (kind: string): string => kind.replace(/[^\p{L}\p{N} .:/@_-]/gu, "?").slice(0, KIND_CHARS_MAX);
