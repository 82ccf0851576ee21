import type { Repository } from "./repository.ts";

/** The name that the user's own git would sign commits with here; null where none is set. */
export async function readUserName({ user, root }: Repository): Promise<string | null> {
  const { stdout } = await user({ args: ["config", "--get", "user.name"], cwd: root, okCodes: [0, 1] });
  const name = stdout.toString().trim();
  return name === "" ? null : name;
}
