import type { Ecosystem, FoundGate } from "./ecosystem.ts";
import { hasSection, outlineToml } from "./toml.ts";

/** `cargo test`, with every target so that all failures are named; clippy only where the project sets it up. */
export const rust: Ecosystem = {
  name: "rust",
  files: ["Cargo.toml", "clippy.toml", ".clippy.toml"],
  find(files) {
    const text = files.get("Cargo.toml");
    if (text === undefined) return [];
    const outline = outlineToml(text);
    const all = hasSection(outline, "workspace") ? " --workspace" : "";
    const gates: FoundGate[] = [];
    const clippy = hasSection(outline, "lints.clippy")
      ? "Cargo.toml [lints.clippy]"
      : hasSection(outline, "workspace.lints.clippy")
        ? "Cargo.toml [workspace.lints.clippy]"
        : ["clippy.toml", ".clippy.toml"].find((path) => files.has(path));
    if (clippy !== undefined) {
      gates.push({ kind: "lint", command: `cargo clippy${all} --all-targets`, source: clippy });
    }
    gates.push({ kind: "tests", command: `cargo test${all} --no-fail-fast`, source: "Cargo.toml" });
    return gates;
  },
};
