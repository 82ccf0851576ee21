/** What to write in place of YAML that cannot be read, by the parser's code of the error. */
interface Advice {
  readonly expected: string;
  readonly hint: string;
}

const GENERAL: Advice = {
  expected: "one key: value on each line",
  hint: "repair this line, or write the metadata as bold lines such as **Status**: ready",
};
const QUOTES: Advice = {
  expected: "key: value, with quotes around a value that has a colon",
  hint: 'put the value in quotes: title: "Bug: short"',
};
const CLOSED: Advice = {
  expected: "every quote and bracket closed on its line",
  hint: "close it: depends_on: [a, b]",
};

const BY_CODE: Readonly<Record<string, Advice>> = {
  BLOCK_AS_IMPLICIT_KEY: QUOTES,
  BAD_SCALAR_START: {
    expected: "a value that does not begin with @ or `",
    hint: 'put the value in quotes: owner: "@ann"',
  },
  TAB_AS_INDENT: { expected: "spaces before a key", hint: "put spaces in place of the tab" },
  MISSING_CHAR: CLOSED,
  BAD_INDENT: CLOSED,
  DUPLICATE_KEY: { expected: "each key once", hint: "keep one of the two lines" },
};

/** `code`: null where the parser gave none. */
export function adviseOnYaml(code: string | null): Advice {
  return BY_CODE[code ?? ""] ?? GENERAL;
}
