import { OsqrError } from "../../core/errors.ts";
import type { WorkstreamId } from "../../core/model/ids.ts";
import type { AddRequest } from "../service.ts";
import type { ServiceParts } from "./service.ts";

export async function addWork(
  _parts: ServiceParts,
  _root: string,
  request: AddRequest,
): Promise<WorkstreamId> {
  throw new OsqrError("unknown-thing", request.what);
}
