/** How requests limit what comes back: each kind has its own field for it. */

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;

const GEMINI = /:(?:stream)?[gG]enerateContent$/;
const RESPONSES = /\/responses(?:\/compact)?$/;
const CHAT = /\/chat\/completions$/;
const EMBEDDINGS = /\/embeddings$|:(?:embedContent|batchEmbedContents)$/;

/** Models of OpenAI's that refuse the older name of the limit; other servers may not know the newer one. */
const NEW_LIMIT_MODEL = /(?:^|\/)(?:gpt-[5-9]|o\d)/;

/** Most tokens that may come back, all replies to the request together; null: it does not say. */
export function findOutputMax(path: string, fields: Fields): number | null {
  if (EMBEDDINGS.test(path)) return 0;
  const limits = GEMINI.test(path) ? { ...toConfig(fields), ...fields } : fields;
  const stated = listNames(path)
    .map((name) => limits[name])
    .filter(isCount);
  return stated.length === 0 ? null : Math.max(...stated) * countReplies(limits);
}

/** The request with a limit. @param tokens of all replies together */
export function limitOutput(path: string, fields: Fields, tokens: number): Fields {
  const config = toConfig(fields);
  const most = Math.floor(tokens / countReplies(GEMINI.test(path) ? config : fields));
  if (GEMINI.test(path)) {
    const { generation_config: _, ...rest } = fields;
    return { ...rest, generationConfig: { ...config, maxOutputTokens: most } };
  }
  if (RESPONSES.test(path)) return { ...fields, max_output_tokens: most };
  if (CHAT.test(path) && NEW_LIMIT_MODEL.test(String(fields.model)))
    return { ...fields, max_completion_tokens: most };
  return { ...fields, max_tokens: most };
}

function listNames(path: string): readonly string[] {
  if (GEMINI.test(path)) return ["maxOutputTokens", "max_output_tokens"];
  if (RESPONSES.test(path)) return ["max_output_tokens"];
  return CHAT.test(path) ? ["max_tokens", "max_completion_tokens"] : ["max_tokens"];
}

/** Gemini's, in either spelling. */
function toConfig({ generationConfig, generation_config }: Fields): Fields {
  return {
    ...(isFields(generation_config) ? generation_config : {}),
    ...(isFields(generationConfig) ? generationConfig : {}),
  };
}

const countReplies = (limits: Fields): number =>
  Math.max(1, ...[limits.n, limits.best_of, limits.candidateCount, limits.candidate_count].filter(isCount));
