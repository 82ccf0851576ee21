// Checks the syntax of every file with `node --check`, and a few rules of style. Prints `file:line: message`.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folders = ["src", "test", "scripts"];
const columnsMax = 120;

const files = folders
  .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)))
  .filter((path) => path.endsWith(".js"))
  .sort();

function checkStyle(path) {
  const text = readFileSync(path, "utf8");
  const findings = text.split("\n").flatMap((line, index) => {
    const at = `${path}:${index + 1}:`;
    const found = [];
    if (/\s$/.test(line)) found.push(`${at} white space at the end of the line`);
    if (line.includes("\t")) found.push(`${at} tab, expected spaces`);
    if (line.length > columnsMax) found.push(`${at} ${line.length} columns, expected at most ${columnsMax}`);
    if (path.startsWith("src") && /\bconsole\./.test(line)) found.push(`${at} a library does not print`);
    return found;
  });
  return text.endsWith("\n") ? findings : [...findings, `${path}:1: no newline at the end of the file`];
}

function checkSyntax(path) {
  return new Promise((resolve) => {
    execFile(process.execPath, ["--check", path], (error, _, stderr) => {
      const reason = stderr.split("\n").find((line) => /^\w*Error: /.test(line));
      const line = /:(\d+)\n/.exec(stderr)?.[1] ?? 1;
      resolve(error === null ? [] : [`${path}:${line}: ${reason ?? error.message}`]);
    });
  });
}

const findings = [...(await Promise.all(files.map(checkSyntax))), ...files.map(checkStyle)].flat();
for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(`${files.length} files checked, ${findings.length} findings\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
