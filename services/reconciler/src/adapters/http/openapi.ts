import swagger from "@fastify/swagger";
import scalar from "@scalar/fastify-api-reference";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";

/** Documents the routes that are registered in this scope from now on: JSON at `/docs/json`, a page at `/docs`. */
export async function registerDocs(scope: FastifyInstance): Promise<void> {
  await scope.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "member-sync reconciler",
        version: "1",
        description: "Conflicts, members, dead letters and runs of the sync between Django and Firestore.",
      },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await scope.register(scalar, {
    routePrefix: "/docs",
    openApiDocumentEndpoints: { json: "/json", yaml: "/yaml" },
    logLevel: "silent",
    // Nothing is fetched from elsewhere: the script comes with the package, fonts and proxy stay off.
    configuration: {
      telemetry: false,
      withDefaultFonts: false,
      hideClientButton: true,
      showDeveloperTools: "never",
      agent: { disabled: true },
    },
  });
}
