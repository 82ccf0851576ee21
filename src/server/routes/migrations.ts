import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ServerEnv } from "../guards/guard.ts";
import { addReader, addWriter, type RouteContext } from "../route.ts";
import {
  migrateBody,
  migrationListSchema,
  migrationResultSchema,
  migrationResultsSchema,
  migrationsQuery,
  rollbackBody,
} from "../schemas/migrations.ts";

/** Work in flight that changes over to another blueprint, and back. */
export function addMigrationRoutes(app: OpenAPIHono<ServerEnv>, { service }: RouteContext): void {
  const tag = "workflows";
  addReader(
    app,
    {
      path: "/migrations",
      tag,
      summary: "Migrations that were carried out, the oldest first.",
      query: migrationsQuery,
      answer: migrationListSchema,
    },
    async ({ root, name }) => ({ migrations: await service.migrations(root, name ?? null) }),
  );
  addWriter(
    app,
    {
      path: "/migrations",
      tag,
      summary: "Changes workstreams in flight over to another workflow, or shows what that would do.",
      body: migrateBody,
      answer: migrationResultsSchema,
    },
    async ({ root, ...request }) => ({ migrations: await service.migrate(root, request) }),
  );
  addWriter(
    app,
    {
      path: "/migrations/rollback",
      tag,
      summary: "Takes the last migration of a workstream back.",
      body: rollbackBody,
      answer: migrationResultSchema,
    },
    ({ root, ...request }) => service.rollBack(root, request),
  );
}
