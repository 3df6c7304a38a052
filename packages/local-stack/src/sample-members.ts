/** A member in the shape of the example project's REST endpoint. All of them are invented. */
export interface SampleMember {
  readonly ssn: string;
  readonly name: string;
  readonly birthday: string;
  readonly gender: number;
  readonly contact_info: { readonly phone: string; readonly email: string; readonly facebook: string };
  readonly address: { readonly street: string; readonly postal_code: string; readonly city: string };
}

const WOMEN = [
  "Aðalheiður",
  "Ásdís",
  "Bergþóra",
  "Birna",
  "Dagný",
  "Elín",
  "Guðrún",
  "Hafdís",
  "Hrafnhildur",
  "Íris",
  "Kristín",
  "Lóa",
  "Margrét",
  "Nanna",
  "Ólöf",
  "Ragnheiður",
  "Sólveig",
  "Þórdís",
  "Vigdís",
  "Æsa",
] as const;
const MEN = [
  "Arnór",
  "Ásgeir",
  "Bjarni",
  "Davíð",
  "Einar",
  "Friðrik",
  "Gísli",
  "Haukur",
  "Illugi",
  "Jökull",
  "Kári",
  "Logi",
  "Magnús",
  "Njáll",
  "Orri",
  "Páll",
  "Sæmundur",
  "Þorsteinn",
  "Unnsteinn",
  "Örn",
] as const;
const PARENTS = [
  "Andrés",
  "Ármann",
  "Birgir",
  "Egil",
  "Eyjólf",
  "Finn",
  "Gunnar",
  "Hjálmar",
  "Ingólf",
  "Jóhann",
  "Ketil",
  "Ólaf",
  "Rögnvald",
  "Sigurð",
  "Stefán",
  "Tómas",
  "Þórarin",
  "Ögmund",
] as const;
const STREETS = [
  "Aðalgata",
  "Birkimelur",
  "Brekkugata",
  "Dalsbraut",
  "Fjörugata",
  "Hafnarstræti",
  "Hólavegur",
  "Klettagata",
  "Lækjargata",
  "Öldugata",
  "Skólavegur",
  "Þingvallastræti",
] as const;
type Town = readonly [postalCode: string, city: string];
const TOWNS: readonly [Town, ...Town[]] = [
  ["101", "Reykjavík"],
  ["200", "Kópavogur"],
  ["220", "Hafnarfjörður"],
  ["400", "Ísafjörður"],
  ["550", "Sauðárkrókur"],
  ["600", "Akureyri"],
  ["640", "Húsavík"],
  ["710", "Seyðisfjörður"],
  ["800", "Selfoss"],
  ["900", "Vestmannaeyjar"],
];

/** `count` invented members with distinct kennitölur; the same seed gives the same members. */
export function sampleMembers(count: number, seed = 1): readonly SampleMember[] {
  const random = mulberry32(seed);
  return Array.from({ length: count }, (_, index) => sampleMember(index, random));
}

function sampleMember(index: number, random: () => number): SampleMember {
  const pick = <T>(list: readonly [T, ...T[]]): T => list[Math.floor(random() * list.length)] ?? list[0];
  const isWoman = random() < 0.5;
  const given = isWoman ? pick(WOMEN) : pick(MEN);
  const name = `${given} ${pick(PARENTS)}${isWoman ? "sdóttir" : "sson"}`;
  // Day and serial come from the index, so that no two kennitölur are equal: 20,000 days, then the next serial.
  const born = new Date(Date.UTC(1945, 0, 1 + ((index * 7_919) % 20_000)));
  const serial = 20 + (Math.floor(index / 20_000) % 80);
  const [postal_code, city] = pick(TOWNS);
  const handle = `${ascii(name).replaceAll(" ", ".")}.${index + 1}`;
  return {
    ssn: kennitala(born, serial, Math.floor(random() * 10)),
    name,
    birthday: born.toISOString().slice(0, 10),
    gender: isWoman ? 1 : 0,
    contact_info: { phone: String(5_550_000 + ((index * 37) % 10_000)), email: `${handle}@example.is`, facebook: handle },
    address: { street: `${pick(STREETS)} ${1 + Math.floor(random() * 98)}`, postal_code, city },
  };
}

// Since February 2026 the ninth digit checks nothing, so any digit will do.
function kennitala(born: Date, serial: number, ninth: number): string {
  const [year, month, day] = born.toISOString().slice(0, 10).split("-");
  const century = year?.startsWith("20") === true ? "0" : "9";
  return `${day}${month}${year?.slice(2)}${serial}${ninth}${century}`;
}

function ascii(text: string): string {
  const letters: Readonly<Record<string, string>> = { ð: "d", þ: "th", æ: "ae", ö: "o" };
  return text
    .toLowerCase()
    .replaceAll(/[ðþæö]/g, (letter) => letters[letter] ?? letter)
    .normalize("NFD")
    .replaceAll(/[^a-z ]/g, "");
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
