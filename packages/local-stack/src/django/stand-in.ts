import type { DjangoAccess, RunningDjango } from "./django.ts";

export interface StandInOptions {
  readonly port: number;
  readonly access: DjangoAccess;
}

export function startStandIn(_options: StandInOptions): Promise<RunningDjango> {
  return Promise.reject(new Error("no stand-in yet"));
}
