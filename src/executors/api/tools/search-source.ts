/** The part of the tools' program that lists and searches files. It uses `fs`, `path`, `root`, `locate`, `refuse`, `cut` and the bounds of the whole. */
export const SEARCH_SOURCE = String.raw`function toGlob(pattern) {
  const whole = pattern.includes("/") ? pattern.replace(/^\.?\//, "") : "**/" + pattern;
  let text = "";
  let open = 0;
  for (let i = 0; i < whole.length; i += 1) {
    const char = whole[i];
    if (char === "*" && whole[i + 1] === "*") {
      i += 1;
      if (whole[i + 1] === "/") i += 1;
      text += whole[i] === "/" ? "(?:.*/)?" : ".*";
    } else if (char === "*") text += "[^/]*";
    else if (char === "?") text += "[^/]";
    else if (char === "{") {
      text += "(?:";
      open += 1;
    } else if (char === "}" && open > 0) {
      text += ")";
      open -= 1;
    } else if (char === "," && open > 0) text += "|";
    else text += char.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  }
  return new RegExp("^" + text + ")".repeat(open) + "$");
}

/** Names of files below a folder, relative to the tree, in order. Links are not followed. */
function* walk(place) {
  let left = WALK_MAX;
  const open = [place];
  while (open.length > 0) {
    const folder = open.pop();
    let entries = [];
    try {
      entries = fs.readdirSync(folder, { withFileTypes: true });
    } catch {
      continue; // Not readable, or gone.
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    const folders = [];
    for (const entry of entries) {
      if (left === 0) return;
      left -= 1;
      const inner = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!SKIPPED.has(entry.name)) folders.unshift(inner);
      } else if (entry.isFile()) yield path.relative(root, inner);
    }
    open.push(...folders);
  }
}

function list({ path: given, pattern }) {
  const glob = toGlob(pattern);
  const base = locate(given);
  const names = [];
  for (const name of walk(base.place)) {
    if (!glob.test(name) && !glob.test(path.relative(base.place, path.join(root, name)))) continue;
    if (names.length === NAMES_MAX) return names.join("\n") + "\n[more than " + NAMES_MAX + " files: narrow the pattern]";
    names.push(name);
  }
  return names.length === 0 ? "[no file matches]" : cut(names.join("\n"), TEXT_BYTES_MAX);
}

function* searchFile(name, expression) {
  const place = path.join(root, name);
  const info = fs.statSync(place, { throwIfNoEntry: false });
  if (info === undefined || info.size > SEARCH_FILE_BYTES_MAX) return;
  const bytes = fs.readFileSync(place);
  if (bytes.subarray(0, 8000).includes(0)) return;
  const lines = bytes.toString("utf8").split("\n");
  for (const [index, line] of lines.entries()) {
    if (expression.test(line)) yield name + ":" + (index + 1) + ": " + line.trim().slice(0, MATCH_CHARS_MAX);
  }
}

function search({ path: given, pattern, glob, ignoreCase }) {
  let expression;
  try {
    expression = new RegExp(pattern, ignoreCase ? "i" : "");
  } catch (error) {
    refuse("not a regular expression: " + error.message);
  }
  const wanted = glob === null ? null : toGlob(glob);
  const base = locate(given);
  const isFile = fs.statSync(base.place, { throwIfNoEntry: false })?.isFile() === true;
  const found = [];
  for (const name of isFile ? [base.name] : walk(base.place)) {
    if (wanted !== null && !wanted.test(name)) continue;
    for (const line of searchFile(name, expression)) {
      if (found.length === MATCHES_MAX) return cut(found.join("\n"), TEXT_BYTES_MAX) + "\n[more than " + MATCHES_MAX + " matches: narrow the pattern]";
      found.push(line);
    }
  }
  return found.length === 0 ? "[no match]" : cut(found.join("\n"), TEXT_BYTES_MAX);
}
`;
