import { describe, expect, test } from "vitest";
import { text } from "./codecs.ts";
import { defineFieldMap, field, group } from "./field-map.ts";
import { hashOfFieldMap, signatureOf, unknownToConsumer, unknownToProducer } from "./field-map-signature.ts";

const name = field("profile.name", text({ max: 250 }));
const nickname = field("profile.nickname", text({ max: 50 }));
const address = group({ street: ["address.street", text({ max: 50 })], city: ["address.city", text({ max: 50 })] });
const withCountry = group({
  street: ["address.street", text({ max: 50 })],
  city: ["address.city", text({ max: 50 })],
  country: ["address.country", text({ max: 2 })],
});
const today = signatureOf(defineFieldMap({ name, address }));

describe("two versions of a field map", () => {
  test("a group that only the consumer maps is unknown to the producer", () => {
    const next = signatureOf(defineFieldMap({ name, address, nickname }));
    expect(unknownToProducer(next, today)).toEqual(["nickname"]);
    expect(unknownToConsumer(next, today)).toEqual([]);
  });

  test("a group that only the producer maps is unknown to the consumer", () => {
    const next = signatureOf(defineFieldMap({ name, address, nickname }));
    expect(unknownToConsumer(today, next)).toEqual(["nickname"]);
    expect(unknownToProducer(today, next)).toEqual([]);
  });

  test("a group with one field more is unknown to a producer that reads one field less", () => {
    const next = signatureOf(defineFieldMap({ name, address: withCountry }));
    expect(unknownToProducer(next, today)).toEqual(["address"]);
    expect(unknownToConsumer(next, today)).toEqual([]);
  });

  test("the hash of a map does not depend on the order of its groups", () => {
    expect(hashOfFieldMap(signatureOf(defineFieldMap({ address, name })))).toBe(hashOfFieldMap(today));
  });
});
