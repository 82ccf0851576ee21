/** A server that speaks OpenAI's chat completions: a hosted one, Ollama, vLLM … */
export interface ApiProvider {
  /** Where `/chat/completions` is, e.g. `http://127.0.0.1:11434/v1`. Nothing else is ever connected to. */
  readonly baseUrl: string;
  /** The model where nobody asks for another. */
  readonly model: string;
  /** Read anew for each request, kept nowhere. Null: there is none, and none is sent. */
  readonly apiKey: () => string | null;
  /** Name of the variable that the key comes from, for people; null: this server needs none. */
  readonly keyName: string | null;
  /** More headers of each request. Those that by their names hold a secret are masked like the key. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Shorter ones protect nothing (`ollama`, `dummy`), and are words that stand in code for something else. */
const SECRET_CHARS_MIN = 12;
const SECRET_HEADER = /auth|key|token|secret|cookie/i;

const MASK = "•••";

/** Null where the provider can be called; else why not, for people. */
export function explainMissing({ apiKey, keyName }: ApiProvider): string | null {
  if (keyName === null || (apiKey() ?? "") !== "") return null;
  const started =
    "osqr has the variables that it was started with; after osqr stop the next command starts it with yours";
  return `${keyName} is not set: the key of the model's server comes from there (${started})`;
}

/** Replaces the key and secret headers in a text, whoever wrote it. */
export function maskSecrets(provider: ApiProvider, text: string): string {
  return listSecrets(provider).reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}

/** The longest first. Of `Bearer x` also `x`: a server may tell it without the word. */
function listSecrets({ apiKey, headers }: ApiProvider): string[] {
  const secret = Object.entries(headers).flatMap(([name, value]) =>
    SECRET_HEADER.test(name) ? [value] : [],
  );
  const words = [apiKey() ?? "", ...secret].flatMap((value) => [value, ...value.split(/\s+/)]);
  return [...new Set(words)]
    .filter((word) => word.length >= SECRET_CHARS_MIN)
    .toSorted((a, b) => b.length - a.length);
}
