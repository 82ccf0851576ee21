/** Which values of the operator's variables are secrets: all that are handed to a task and are not plainly something else. */
import { SECRET_CHARS_MIN } from "./needles.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** What is called so is one, whatever it looks like. */
const SECRET_NAME =
  /token|secret|passw|passphrase|pwd$|key|credential|auth|cookie|session|webhook|dsn|signature|salt|(?:^|_)(?:pat|pass|pin)(?:_|$)/i;
/** What is called so never is. */
const PLAIN_NAME =
  /^(?:LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|COLORTERM|HOME|PWD|OLDPWD|USER|LOGNAME|SHELL|EDITOR|DISPLAY|HOSTNAME|[A-Z0-9_]*PATH|[A-Z0-9_]+_(?:FILE|DIR|FOLDER|HOME|ROOT))$/;
/** What ends so is not, unless its name says that it is. */
const PLAIN_END = /(?:^|_)(?:MODEL|REGION|ZONE|PROFILE|VERSION|ENV|LEVEL|MODE|HOST|BRANCH|LOCALE|NAME)$/i;
const PLAIN_VALUES: readonly RegExp[] = [
  /^(?:~|\.{0,2})\//,
  /^[+-]?\d[\d.,:_ -]*$/,
  /^v?\d+(?:\.\d+)+(?:[-+][\w.]+)?$/,
  // A word as others write it too: `production`, `localhost`.
  /^(?:[A-Z]?[a-z]{1,15}|[A-Z]{1,16})$/,
];
/** A part of an address that nobody could guess. */
const RANDOM_PART = /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_.~%-]{16,}$/;

/** Values that are masked wherever they turn up, of these variables. Each is worth it: shorter ones would mask ordinary words. */
export function listSecretValues(names: readonly string[], env: Env): readonly string[] {
  return names
    .flatMap((name) => toSecrets(name, (env[name] ?? "").trim()))
    .filter((value) => value.length >= SECRET_CHARS_MIN);
}

function toSecrets(name: string, value: string): readonly string[] {
  if (PLAIN_NAME.test(name)) return [];
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? URL.parse(value) : null;
  if (url !== null) return listOfAddress(name, value, url);
  if (SECRET_NAME.test(name)) return [value];
  return PLAIN_END.test(name) || PLAIN_VALUES.some((plain) => plain.test(value)) ? [] : [value];
}

/** Where something is, is no secret; who may get in there is. */
function listOfAddress(name: string, value: string, url: URL): readonly string[] {
  const { username, password, pathname, search, hash } = url;
  const login = password === "" ? username : password;
  if (login !== "") return [value, login, decode(login)];
  const parts = [...pathname.split("/"), ...new URLSearchParams(search).values(), hash.slice(1)];
  const random = parts.filter((part) => RANDOM_PART.test(part));
  return random.length > 0 || SECRET_NAME.test(name) ? [value, ...random] : [];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A percent sign that stands for itself.
  }
}
