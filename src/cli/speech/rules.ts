/** Plain speech, one rule per way to say something. The first that fits is taken. */
import { UsageError } from "../usage-error.ts";
import { readNames } from "./words.ts";

/** A command line without `osqr`. */
type Argv = readonly string[];

interface Rule {
  readonly pattern: RegExp;
  /** Null: it does not fit after all. */
  readonly toArgv: (groups: Readonly<Record<string, string | undefined>>) => Argv | null;
}

const say = (pattern: RegExp, ...argv: readonly string[]): Rule => ({ pattern, toArgv: () => argv });

/** A rule whose group `what` names workstreams. */
function steer(pattern: RegExp, verb: string): Rule {
  return {
    pattern,
    toArgv: ({ what = "" }) => {
      const names = readNames(what);
      if (names === null || names === "all") return verb === "prioritize" ? null : [verb, "--all"];
      return [verb, ...names];
    },
  };
}

function about(pattern: RegExp, verb: string): Rule {
  return {
    pattern,
    toArgv: ({ what = "" }) => {
      const names = readNames(what);
      return names === null || names === "all" ? null : [verb, names.join(" ")];
    },
  };
}

const RECOMMENDATIONS =
  "(?:(?:with )?(?:all |the |your |osqr's )*(?:recommendations?|recommended(?: options?)?|suggestions?))";
const ALL_OF_IT =
  "(?:it|it all|this|that|them|them all|everything|all|all of (?:it|them)|(?:all )?(?:the|my|these) (?:specs?|plans?|project|features?|work))";
const BEING = "(?:is|are|was|were|does|do|did|has|have|isn't|doesn't|won't|can't)";
const STATE =
  "(?:waiting|blocked|stuck|not (?:running|started|starting|done|merged|built)|so slow|failed|failing|paused|queued|run|running|fail|wait|start)";

export const RULES: readonly Rule[] = [
  say(/^(?:help|help me|what can (?:you|i|osqr) do|commands)$/, "--help"),

  say(/^(?:what(?:'?s| is) next|list|ls|ps)$/, "status"),
  say(/^(?:what(?:'?s| is) in (?:the|my|our) way|(?:show |list )?(?:the )?blockers)$/, "blocker", "list"),
  {
    pattern: /^(?:undo|revert|roll ?back|take back)(?: (?<what>.+?))?(?: because (?:of )?(?<why>.+))?$/,
    toArgv: ({ what = "", why }) => {
      const names = readNames(what);
      if (names === null || names === "all" || names.length !== 1) {
        throw new UsageError("one workstream at a time is taken back", [
          "what is merged goes out of the base again: osqr revert <workstream> --because <text>",
          "what is not merged yet can be cancelled: osqr status shows it",
        ]);
      }
      const line = ["revert", names[0] ?? ""];
      return why === undefined ? line : [...line, "--because", why];
    },
  },
  {
    pattern: /^approve (?:it|all|everything|them|them all|all commands|the commands|commands)$/,
    toArgv: () => {
      throw new UsageError("commands are approved, not everything at once", [
        "all commands of the plan, also later ones: osqr go --yes",
        "one question: osqr inbox shows its id and what to type",
        "all recommendations: osqr accept",
      ]);
    },
  },
  {
    pattern: /^(?<option>retry|redo|skip)(?: with)? (?<what>.+)$/,
    toArgv: ({ option = "", what = "" }) => {
      const names = readNames(what);
      return names === null || names === "all" || names.length !== 1
        ? null
        : ["decide", names[0] ?? "", option];
    },
  },

  say(/\bneeds? (?:me|us|my|your? attention)\b/, "inbox"),
  say(
    /^(?:what|which|any|are there|do you have|show|list)?\s*(?:me )?(?:the |my |any |open )*(?:questions?|decisions?)(?: (?:are )?(?:open|for me|left))?$/,
    "inbox",
  ),
  say(/^what (?:do|should|must) (?:you need|i (?:decide|answer|do))\b.*$/, "inbox"),
  say(/^what (?:is|are|'s) (?:it|you|osqr|they|we) waiting for$/, "inbox"),

  say(new RegExp(`^(?:proceed|go on|go ahead|continue|go) ${RECOMMENDATIONS}$`), "accept"),
  say(new RegExp(`^(?:accept|take|use|follow|apply) ${RECOMMENDATIONS}$`), "accept"),
  say(/^accept (?:it|all|everything|them|them all)$/, "accept"),

  {
    pattern:
      /^(?:decide|answer|choose|pick|resolve)?\s*(?<id>d-\d+)[ :=]+(?:with |is |as |option )?(?<option>[a-z0-9-]+)(?: because (?<why>.+))?$/,
    toArgv: ({ id = "", option = "", why }) => {
      const line = ["decide", id.toUpperCase(), option];
      return why === undefined ? line : [...line, "--because", why];
    },
  },

  say(new RegExp(`^(?:go )?(?:build|make|do|run|start|execute|implement|ship) ${ALL_OF_IT}$`), "go"),
  say(
    /^(?:go|go on|go ahead|go go|build|start|begin|continue|proceed|carry on|keep going|keep building)$/,
    "go",
  ),

  steer(/^(?:pause|hold|suspend|halt)(?: (?<what>.+))?$/, "pause"),
  steer(/^stop (?<what>.+)$/, "pause"),
  steer(/^(?:resume|unpause|continue|carry on|go on)(?: with)?(?: (?<what>.+))?$/, "resume"),
  steer(/^(?:cancel|abort|drop|kill|discard)(?: (?<what>.+))$/, "cancel"),
  steer(/^(?:prioriti[sz]e|hurry|hurry up with|rush|focus on) (?<what>.+)$/, "prioritize"),
  steer(/^(?:do |build |start |run |take )?(?<what>.+?) (?:first|next)$/, "prioritize"),

  say(/^how (?:is|are|'s) (?:it|things|everything|we|you|the (?:run|build|work))\b.*$/, "status"),
  say(/^how's .*$/, "status"),
  say(
    /^(?:what(?:'s| is| are)) (?:going on|happening|up|running|the status|the state|(?:you |osqr )?(?:doing|building))$/,
    "status",
  ),
  say(/^(?:show (?:me )?)?(?:the )?(?:status|state|progress)(?: of .*)?$/, "status"),
  say(/^(?:where are we|how far .*|what is running|are we done(?: yet)?|is it done(?: yet)?)$/, "status"),

  say(
    /^(?:what (?:did|have|has) (?:you|osqr|it|we) (?:do|done|build|built|make|made|finish|finished))$/,
    "report",
  ),
  say(/^what (?:was|is|got|has been) (?:built|done|made|finished|merged)$/, "report"),
  say(/^(?:show (?:me )?)?(?:the |a |last )*(?:report|summary|results?)$/, "report"),

  say(
    /^(?:what (?:will|would) (?:you|it|osqr|happen)\b.*|(?:what is|what's|show(?: me)?) the plan|the plan|dry run)$/,
    "plan",
  ),
  say(/^(?:what happened|(?:show (?:me )?)?(?:the )?(?:history|log|events))$/, "log"),
  say(/^(?:is|check|verify) (?:the )?(?:history|log)\b.*$/, "verify"),
  say(/^(?:quit|exit|shut ?down|stop (?:the )?daemon|stop osqr)$/, "stop"),

  about(new RegExp(`^why ${BEING} (?<what>.+?)(?: (?:still )?${STATE})?$`), "why"),
  about(/^why (?<what>.+)$/, "why"),
  about(/^(?:tell me about|describe|explain|details of|show me|look at|what is|what's) (?<what>.+)$/, "show"),

  {
    pattern: /^(?:go )?(?:build|start|implement|run|make)(?: only)? (?<what>.+)$/,
    toArgv: ({ what = "" }) => {
      const names = readNames(what);
      if (names === null) return null;
      return names === "all"
        ? ["go"]
        : ["go", ...names.flatMap((name) => ["--only", name.replaceAll(" ", "-")])];
    },
  },
];
