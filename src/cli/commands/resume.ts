import type { Handler } from "../context.ts";
import { steer } from "./steer.ts";

export const run: Handler<"resume"> = (context, input) => steer(context, "resume", input);
