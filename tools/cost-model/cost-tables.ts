import { ARRIVALS, monthlyCost, total, WORKLOADS, type Arrival, type Bill, type Workload } from "./monthly-cost.ts";
import { PRICES, type Price } from "./prices.ts";

const LABELS: Readonly<Record<keyof Bill, string>> = {
  reads: "Firestore reads",
  writes: "Firestore writes",
  storage: "Firestore storage, after a year",
  messages: "Pub/Sub",
  instances: "Cloud Run: adapter and reconciler, always up",
  requests: "Cloud Run: tracker, by request",
  schedules: "Cloud Scheduler",
};

/** The bills and the prices that they were made of, as they stand in the docs. */
export function costTables(): string {
  return [...WORKLOADS.map(billTable), priceTable()].join("\n\n");
}

function billTable(workload: Workload): string {
  const bills = ARRIVALS.map((arrival: Arrival) => monthlyCost(workload, arrival));
  const row = (label: string, amountOf: (bill: Bill) => number) =>
    `| ${label} | ${bills.map((bill) => dollars(amountOf(bill))).join(" | ")} |`;
  const keys = ["writes", "reads", "storage", "messages", "instances", "requests", "schedules"] as const satisfies readonly (keyof Bill)[];
  const perMillion = (bill: Bill) => (total(bill) / (workload.changesPerDay * 30)) * 1_000_000;
  return [
    `**${count(workload.members)} members, ${count(workload.changesPerDay)} changes a day**`,
    "",
    `| US dollars a month | ${ARRIVALS.map(({ name }) => name).join(" | ")} |`,
    `| --- | ${ARRIVALS.map(() => "---:").join(" | ")} |`,
    ...keys.map((key) => row(LABELS[key], (bill) => bill[key])),
    row("**together**", total),
    row("per million changes", perMillion),
  ].join("\n");
}

function priceTable(): string {
  const rows = Object.values(PRICES).map(
    ({ usd, per, unit, free, asOf, source }: Price) =>
      `| ${usd} | ${per === 1 ? "" : `${amount(per)} `}${unit} | ${amount(free)} | ${asOf} | [${new URL(source).pathname.split("/")[1]}](${source}) |`,
  );
  return ["| US dollars | per | free | as of | page |", "| ---: | --- | ---: | --- | --- |", ...rows].join("\n");
}

function dollars(usd: number): string {
  return usd >= 100 ? count(Math.round(usd)) : usd.toFixed(2);
}

function amount(of: number): string {
  if (of >= 2 ** 40 && of % 2 ** 40 === 0) return `${of / 2 ** 40} Ti`;
  return of >= 2 ** 30 && of % 2 ** 30 === 0 ? `${of / 2 ** 30} Gi` : count(of);
}

function count(of: number): string {
  return of.toLocaleString("en-US");
}
