/** What a provider would do by itself for a request: nobody sees beforehand what that uses, so it is left out or refused. */

type Fields = Readonly<Record<string, unknown>>;

/** Tools that run at the provider, by their type (Anthropic, OpenAI) … */
const HOSTED_TYPE =
  /^(?:web_search|web_fetch|code_execution|code_interpreter|file_search|image_generation|mcp\b|mcp_)/;
/** … and by their name (Gemini). */
const HOSTED_NAMES = [
  ...["googleSearch", "google_search", "googleSearchRetrieval", "google_search_retrieval", "googleMaps"],
  ...["urlContext", "url_context", "codeExecution", "code_execution", "fileSearch", "file_search"],
];
/** Fields that make a provider use what the request does not hold. */
const OPEN_FIELDS: Readonly<Record<string, string>> = {
  previous_response_id: "an earlier reply that the provider keeps",
  conversation: "a conversation that the provider keeps",
  container: "a container of the provider",
  cachedContent: "a text that the provider keeps",
  mcp_servers: "servers that the provider calls",
  web_search_options: "a search by the provider",
  plugins: "plugins of the provider",
};
/** Dearer ways to be served: the price list knows the ordinary one. */
const TIERS = ["service_tier", "serviceTier", "speed"];

/** The request without what its provider would do by itself, or why it cannot be carried. */
export function dropHosted(fields: Fields): Fields | { readonly refusal: string } {
  for (const [name, what] of Object.entries(OPEN_FIELDS)) {
    const value = fields[name];
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) continue;
    return { refusal: `osqr lets no call use ${what} (${name}): what it costs is not seen beforehand` };
  }
  const tamed = Object.fromEntries(Object.entries(fields).filter(([name]) => !TIERS.includes(name)));
  const { tools } = fields;
  if (!Array.isArray(tools) || !tools.some(isHosted)) return tamed;
  const own = tools.flatMap((tool) => keepOwn(tool));
  if (own.length === 0)
    return { refusal: "osqr lets no call use tools of the provider: what they cost is not seen beforehand" };
  return { ...tamed, tools: own };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isHosted(tool: unknown): boolean {
  if (!isFields(tool)) return false;
  if (typeof tool.type === "string" && HOSTED_TYPE.test(tool.type)) return true;
  return tool.type === undefined && HOSTED_NAMES.some((name) => isFields(tool[name]));
}

/** Gemini puts several tools into one. */
function keepOwn(tool: unknown): readonly unknown[] {
  if (!isFields(tool) || !isHosted(tool)) return [tool];
  if (typeof tool.type === "string") return [];
  const rest = Object.entries(tool).filter(([name]) => !HOSTED_NAMES.includes(name));
  return rest.length === 0 ? [] : [Object.fromEntries(rest)];
}
