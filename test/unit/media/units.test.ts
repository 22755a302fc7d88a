import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, bytesOf, timeLeft, timeOfDay } from "../../../media/bootstrapPanel/units.ts";

test("an estimate does not pretend to be exact", () => {
  const seen = [0, 7, 54, 60, 100, 2081, 6000, 20_000].map(timeLeft);
  assert.deepEqual(seen, [
    "a few seconds left",
    "about 10 s left",
    "about 55 s left",
    "about 1 min left",
    "about 2 min left",
    "about 35 min left",
    "about 2 h left",
    "about 6 h left",
  ]);
});

test("bytes have the unit that fits", () => {
  const seen = [0, 28_995, 2_034_808, 62_381_896, 999_600_000, 4_294_967_296].map(bytes);
  assert.deepEqual(seen, ["0 kB", "29 kB", "2.0 MB", "62 MB", "1.0 GB", "4.3 GB"]);
  assert.deepEqual(
    [bytesOf(2_034_808, 62_381_896), bytesOf(70e6, 62_381_896), bytesOf(1.5e9, 7.6e9), bytesOf(0, 0)],
    ["2 of 62 MB", "62 of 62 MB", "1.5 of 7.6 GB", "0 of 0 kB"],
  );
});

test("a time that is none is not shown", () => {
  assert.match(timeOfDay("2026-11-25T17:57:02.204Z"), /^\d\d:\d\d:02$/);
  assert.equal(timeOfDay("soon"), "");
});
