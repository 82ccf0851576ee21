/** What is needed of a TOML file to recognise tools: its section headers and the words in its dependency lists. */
export interface TomlOutline {
  /** `[tool.ruff]` and `[[tool.mypy.overrides]]` as `tool.ruff`, `tool.mypy.overrides`. */
  readonly sections: ReadonlySet<string>;
  /** Lines per section, without comments. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
}

/** Reads section headers and lines. Not a TOML parser: it decides only whether a tool is set up, never what a value is. */
export function outlineToml(text: string): TomlOutline {
  const lines = new Map<string, string[]>();
  let section = "";
  for (const raw of text.split("\n")) {
    const header = /^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$/.exec(raw)?.[1];
    if (header !== undefined) section = header.replaceAll(/["'\s]/g, "");
    const known = lines.get(section) ?? [];
    lines.set(section, known);
    if (header === undefined && !/^\s*(#|$)/.test(raw)) known.push(raw);
  }
  return { sections: new Set(lines.keys()), lines };
}

/** True where the section or one below it is there. */
export function hasSection(outline: TomlOutline, name: string): boolean {
  for (const section of outline.sections) {
    if (section === name || section.startsWith(`${name}.`)) return true;
  }
  return false;
}
