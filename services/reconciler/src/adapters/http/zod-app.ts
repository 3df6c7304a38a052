import type { FastifyInstance } from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";

/** A scope of the server whose routes speak zod: validated, typed and documented by one schema. */
export function withZod(scope: FastifyInstance) {
  scope.setValidatorCompiler(validatorCompiler);
  scope.setSerializerCompiler(serializerCompiler);
  return scope.withTypeProvider<ZodTypeProvider>();
}

export type ZodApp = ReturnType<typeof withZod>;
