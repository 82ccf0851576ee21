/** What a written status means for building. */
export type StatusMeaning = "ready" | "done" | "future" | "needs_detail" | "unknown";

const DONE =
  /^(?:(?:fully|all|already|now|100 ?%) )?(?:done|complete|completed|closed|archived?|implemented|superseded|shipped|released|merged|landed|finished|resolved|replaced|delivered|deployed|cancelled|canceled|rejected|abandoned|obsolete|deprecated|withdrawn|won'?t (?:do|fix)|wontfix|implementation complete|final and implemented|erledigt|fertig|abgeschlossen|terminé|terminado|concluído|завершено|готово|已完成|完成|完了|완료)(?: (?:in|on|by|as|at|and|since|via|v?\d).*)?$/;

const FUTURE =
  /^(?:in )?(?:future|draft|drafting|proposed|proposal|idea|ideation|backlog|deferred|on hold|hold|parked|paused|postponed|someday|later|icebox|concept|brainstorm\w*|exploratory|exploring|under discussion|discussion|rfc|not planned|not scheduled|entwurf|brouillon|borrador|rascunho|черновик|草案|草稿|下書き|초안)(?:$| )/;

const NEEDS_DETAIL =
  /^(?:not (?:yet )?(?:ready|approved|specified|complete)|needs? \w+|incomplete|unspecified|tbd|to be (?:defined|determined|specified)|stub|placeholder|(?:a)?waiting for (?:detail|clarification|spec)\w*)(?:$| )/;

const READY =
  /^(?:ready|approved|accepted|active|final|in progress|wip|work in progress|to ?do|open|planned|planning|pending|new|next|current|started|not (?:yet )?(?:started|implemented|done)|implementing|implementation|in implementation|(?:in )?review|in development|development|under development|building|executing|scheduled|assigned|queued|blocked|ongoing|doing|partial|partially|partly|mostly|phase|stage|reopened|offen|bereit|in arbeit|en cours|à faire|en curso|pendiente|listo|в работе|进行中|待办|未着手|진행)(?:$| )/;

/** "Complete (Phase 1)" and "done: 3 of 5" say that something is left. */
function isPartly(rest: string): boolean {
  const count = /(\d+)\s*(?:of|\/)\s*(\d+)/.exec(rest.replace(/\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}/g, ""));
  if (count) return count[1] !== count[2];
  const percent = /(\d+)\s*%/.exec(rest);
  if (percent) return Number(percent[1]) < 100;
  return /\b(?:phase|stage|part|partial\w*|except|remaining|pending|todo|mvp only|without)\b/.test(rest);
}

/**
 * Reads a status in any of the spellings that people use: with emoji, in capitals, with `-` or `_`, with a remark behind
 * it. Only a plain word of completion means done: "Phase 1 complete" does not.
 */
export function readStatus(text: string): StatusMeaning {
  const plain = text
    .replace(/[*`~"]|<[^<>]{0,80}>/g, "")
    .replace(/(?:\p{Extended_Pictographic}|[\u{FE0F}\u{20E3}✓✔☑]|\u{200D})/gu, " ")
    .toLowerCase()
    .replace(/[_-](?=\p{L})/gu, " ")
    .replace(/[[\]]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  const head = /^[^(（,，;；:：.|–—/!]*?(?=$|[(（,，;；:：.|–—/!]| - )/.exec(plain)?.[0].trim() ?? plain;
  if (DONE.test(head)) return isPartly(plain) ? "ready" : "done";
  if (FUTURE.test(head)) return "future";
  if (NEEDS_DETAIL.test(head)) return "needs_detail";
  if (READY.test(head)) return "ready";
  return isPartly(plain) && /\b(?:done|completed?|implemented|finished)\b/.test(plain) ? "ready" : "unknown";
}
