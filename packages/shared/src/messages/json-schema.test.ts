import { expect, test } from "vitest";
import { messageJsonSchemas } from "./json-schema.ts";

const schemas = messageJsonSchemas();

test("there is a JSON Schema of each message", () => {
  expect(Object.keys(schemas)).toEqual(["member-change.v1", "member-apply.v1", "dead-letter.v1"]);
  for (const schema of Object.values(schemas))
    expect(schema).toMatchObject({ $schema: "https://json-schema.org/draft/2020-12/schema", type: "object", additionalProperties: false });
});

test("it names the limits and the fields", () => {
  expect(schemas["member-change.v1"]).toMatchObject({
    properties: {
      schema: { const: "member-change.v1" },
      side: { enum: ["django", "firestore"] },
      items: {
        minItems: 1,
        maxItems: 250,
        items: {
          required: expect.arrayContaining(["id", "side", "memberRef", "kennitala", "revision", "life"]),
          additionalProperties: false,
        },
      },
    },
  });
  expect(schemas["member-apply.v1"]).toMatchObject({
    properties: { items: { items: { properties: { kennitala: { pattern: "^\\d{10}$" } } } } },
  });
});

test("it can be sent as it is", () => {
  expect(JSON.parse(JSON.stringify(schemas))).toEqual(schemas);
});
