import type { Ecosystem } from "./ecosystem.ts";

/** `go vet` and `go test` over all packages of the module. */
export const go: Ecosystem = {
  name: "go",
  files: ["go.mod"],
  find(files) {
    if (!files.has("go.mod")) return [];
    return [
      { kind: "lint", command: "go vet ./...", source: "go.mod" },
      { kind: "tests", command: "go test ./...", source: "go.mod" },
    ];
  },
};
