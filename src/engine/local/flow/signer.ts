import { userInfo } from "node:os";
import type { LocalProject } from "../projects.ts";

/** Who is asking: the config's `me`, else git's `user.name` in the repository, else the user of this system. */
export async function readSigner({ settings, opened }: LocalProject): Promise<string> {
  return settings().me ?? (await opened.readUserName()) ?? readSystemUser();
}

/** Whose name an act is recorded under where nobody can be named. */
export const NOBODY = "user";

/** A request of which it is known whose it is. */
export type ActorOf<Request> = Omit<Request, "by"> & { readonly by: string };

/** Who does something: the name that was given, else who is asking; `user` where the system knows no name. */
export async function nameActor(project: LocalProject, signer: string | null | undefined): Promise<string> {
  const name = (signer ?? "").trim() || (await readSigner(project)).trim();
  return name === "" ? NOBODY : name;
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
