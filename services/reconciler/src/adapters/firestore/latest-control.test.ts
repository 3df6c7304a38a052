import { Timestamp } from "@google-cloud/firestore";
import { expect, test } from "vitest";
import { CONTROL_DEFAULT } from "../control-default.ts";
import { LatestControl } from "./latest-control.ts";

const at = (second: number) => new Timestamp(second, 0);
const PAUSED = { ...CONTROL_DEFAULT, paused: true };

test("a control that was read before this process wrote another one does not hold, reported before the acknowledgement", () => {
  const latest = new LatestControl();
  latest.report(CONTROL_DEFAULT, at(1));
  expect(latest.current).toBe(CONTROL_DEFAULT);
  latest.written(at(2));
  expect(latest.current).toBeUndefined();
});

test("nor reported after it", () => {
  const latest = new LatestControl();
  latest.written(at(2));
  latest.report(CONTROL_DEFAULT, at(1));
  expect(latest.current).toBeUndefined();
});

test("a control that was read at the write, or later, holds, whichever is heard of first", () => {
  const latest = new LatestControl();
  latest.report(PAUSED, at(2));
  latest.written(at(2));
  expect(latest.current).toBe(PAUSED);
  latest.report(CONTROL_DEFAULT, at(3));
  expect(latest.current).toBe(CONTROL_DEFAULT);
});

test("a control that cannot be understood, or whose listener has ended, does not hold", () => {
  const latest = new LatestControl();
  latest.report(PAUSED, at(1));
  latest.report(undefined, at(2));
  expect(latest.current).toBeUndefined();
  latest.report(PAUSED, at(3));
  latest.forget();
  expect(latest.current).toBeUndefined();
});
