/** Removes the marks of bold and struck-out text, not the stars of a path such as `src/**` or the bars of `__init__`. */
export function stripEmphasis(text: string): string {
  return text
    .replace(/(^|[\s([{"'])(\*\*|~~)(?=[^\s/])(.+?)(?<=[^\s/])\2(?=$|[\s)\]}.,:;!?"'—–-])/g, "$1$3")
    .replace(/^(?:\*\*|~~)(?=[^\s/*])|(?<=[^\s/*])(?:\*\*|~~)$/g, "");
}

/** The text with the inside of inline code replaced by spaces, so that marks in it are not seen. Columns stay. */
export function blankCode(text: string): string {
  return text.replace(/(`{1,4})(?!`)(.*?)(?<!`)\1(?!`)/g, (whole) => " ".repeat(whole.length));
}

/** What a reference names: the code in backticks, the target of a link, the inside of quotes; else the text itself. */
export function unwrapReference(text: string): string {
  const trimmed = text.trim();
  const wiki = /^\[\[([^\][|]{1,300})(?:\|[^\][]*)?\]\]$/.exec(trimmed)?.[1];
  if (wiki !== undefined) return wiki.trim();
  const link = /^\[[^\][]{0,300}\]\(<?([^()\s<>]{1,500})>?(?:\s+"[^"]*")?\)$/.exec(trimmed)?.[1];
  if (link !== undefined) return link;
  const inner = /^(`+|\*\*|__|["'“”‘’]|[_*])(.+?)(?:\1|[”’])$/.exec(trimmed)?.[2];
  return inner === undefined ? trimmed : unwrapReference(inner);
}
