import type { Handler } from "../context.ts";
import { steer } from "./steer.ts";

export const run: Handler<"cancel"> = (context, input) => steer(context, "cancel", input);
