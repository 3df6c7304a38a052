import { expect, test } from "vitest";
import { parseKennitala } from "@member-sync/shared/member/kennitala.ts";
import { sampleMembers } from "./sample-members.ts";

test("the same seed gives the same members, another one others", () => {
  expect(sampleMembers(50, 7)).toEqual(sampleMembers(50, 7));
  expect(sampleMembers(50, 7)).not.toEqual(sampleMembers(50, 8));
});

test("kennitölur and e-mail addresses are distinct, and each kennitala is a person's with the birthday in it", () => {
  const members = sampleMembers(25_000);
  expect(new Set(members.map(({ ssn }) => ssn)).size).toBe(25_000);
  expect(new Set(members.map(({ contact_info }) => contact_info.email)).size).toBe(25_000);
  for (const { ssn, birthday } of members.slice(0, 500)) {
    expect(parseKennitala(ssn)).toMatchObject({ ok: true });
    const [year = "", month = "", day = ""] = birthday.split("-");
    expect(ssn.startsWith(`${day}${month}${year.slice(2)}`)).toBe(true);
    expect(ssn.endsWith(year.startsWith("20") ? "0" : "9")).toBe(true);
  }
});

test("names are Icelandic, e-mail addresses plain", () => {
  const members = sampleMembers(200);
  expect(members.some(({ name }) => /[ÁÐÉÍÓÚÝÞÆÖáðéíóúýþæö]/.test(name))).toBe(true);
  for (const { contact_info } of members) expect(contact_info.email).toMatch(/^[a-z]+\.[a-z]+\.\d+@example\.is$/);
});
