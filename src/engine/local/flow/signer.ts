import { userInfo } from "node:os";
import type { LocalProject } from "../projects.ts";

/** Who is asking: the config's `me`, else git's `user.name` in the repository, else the user of this system. */
export async function readSigner({ settings, opened }: LocalProject): Promise<string> {
  return settings().me ?? (await opened.readUserName()) ?? readSystemUser();
}

/** Empty where the system does not know the user: then a name has to be given. */
function readSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under an id that has no name.
    return "";
  }
}
