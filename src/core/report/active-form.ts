/** Verbs that task titles begin with, where the last letter is doubled before `-ing`. */
const DOUBLED = new Set(
  "run set get put cut stop ship drop plan map swap wrap trim strip split log tag pin scan submit commit begin format emit debug".split(
    " ",
  ),
);

/** Verbs that task titles begin with; only these are changed, so that no noun becomes a verb. */
const VERBS = new Set(
  (
    "add adapt adjust align allow apply assign attach avoid build bump bundle call change check clean clear close collect " +
    "combine compare compile complete compute configure connect convert copy count create decide declare define delete " +
    "deploy describe design detect disable display do document download draw enable encode decode ensure enforce escape " +
    "evaluate expand explain export expose extend extract fetch fill filter find finish fix flatten follow generate " +
    "give group guard handle hash hide implement import improve include index inject insert install integrate introduce " +
    "investigate join keep link lint list load lock make mark measure merge migrate mock move normalize open optimize order " +
    "parse pass patch persist polish port prepare print protect provide publish push read rebuild record reduce refactor " +
    "refuse register reject release reload remove rename render reorder replace report reset resolve restore restrict retry " +
    "return review revert rewrite rotate route save search send serialize serve show sign simplify sort start store stream " +
    "support sync teach test throw tidy track train translate treat turn type unify update upgrade upload use validate verify " +
    "wait warn watch wire write"
  ).split(" "),
);

/**
 * A task's title as something under way (WO-9): "Write the encoder" becomes "writing the encoder". A title that does not
 * begin with a known verb stays as it is.
 */
export function toActiveForm(title: string): string {
  const match = /^([A-Za-z]+)(\s.*)?$/s.exec(title.trim());
  const verb = match?.[1]?.toLowerCase() ?? "";
  if (match === null || (!VERBS.has(verb) && !DOUBLED.has(verb))) return title;
  return toParticiple(verb) + (match[2] ?? "");
}

function toParticiple(verb: string): string {
  if (DOUBLED.has(verb)) return `${verb}${verb.at(-1)}ing`;
  if (/ie$/.test(verb)) return `${verb.slice(0, -2)}ying`;
  return /[^eoy]e$/.test(verb) ? `${verb.slice(0, -1)}ing` : `${verb}ing`;
}
