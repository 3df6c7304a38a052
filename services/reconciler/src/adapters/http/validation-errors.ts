import { errorBody, type ErrorBody } from "@member-sync/shared/http/error-answer.ts";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";

const MAX_ISSUES = 20;

/**
 * What to answer to input that is not as described: each wrong place with the rule in words. The rules are zod's and
 * ours, which name what was expected and never repeat what was given.
 */
export function validationAnswer(error: unknown): ErrorBody | undefined {
  if (!hasZodFastifySchemaValidationErrors(error)) return undefined;
  const context = error.validationContext ?? "request";
  const issues = error.validation.slice(0, MAX_ISSUES).map(({ instancePath, message }) => ({
    at: `${context}${instancePath === "/" ? "" : instancePath.replaceAll("/", ".")}`,
    message: message ?? "is not as described",
  }));
  const words = issues.map(({ at, message }) => `${at}: ${message}`).join("; ");
  return errorBody("validation_failed", `The request is not as described. ${words}`, { issues });
}
