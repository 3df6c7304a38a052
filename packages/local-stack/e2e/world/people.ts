/** A member as the example project's REST endpoint takes it. */
export interface Person {
  readonly name: string;
  readonly birthday: string | null;
  readonly gender: number | null;
  readonly is_active?: boolean;
  readonly contact_info: { readonly phone: string | null; readonly email: string | null; readonly facebook: string | null };
  readonly address: { readonly street: string | null; readonly postal_code: string | null; readonly city: string | null };
}

let born = 0;

/** A kennitala that no other test of this process uses. `first` makes it begin with that digit (8 and 9 are temporary ids). */
export function freshKennitala(first?: "8" | "9"): string {
  const index = born++;
  const day = String(1 + (index % 28)).padStart(2, "0");
  const month = String(1 + (Math.floor(index / 28) % 12)).padStart(2, "0");
  const year = String(40 + (Math.floor(index / 336) % 60));
  const serial = String(200 + (index % 700));
  const digits = `${day}${month}${year}${serial}9`;
  return first === undefined ? digits : `${first}${digits.slice(1)}`;
}

/** As many of them. */
export function freshKennitalas(count: number): readonly string[] {
  return Array.from({ length: count }, () => freshKennitala());
}

/** An invented person whose values tell which member they belong to. */
export function person(kennitala: string, changes: Partial<Person> = {}): Person {
  const tag = kennitala.slice(0, 9);
  return {
    name: `Þórdís Ægisdóttir ${tag}`,
    birthday: "1985-03-09",
    gender: 1,
    contact_info: { phone: `55${tag.slice(4)}`, email: `m${tag}@example.is`, facebook: `fb.${tag}` },
    address: { street: "Öldugata 7", postal_code: "101", city: "Reykjavík" },
    ...changes,
  };
}

/** The same person as a portal writes a document. */
export function profileOf(kennitala: string, changes: Readonly<Record<string, unknown>> = {}) {
  const { name, birthday, gender, contact_info, address } = person(kennitala);
  return { profile: { kennitala, name, birthday, gender, ...contact_info, ...changes }, address };
}
