import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, elapsed } from "../../core/src/durations.ts";

test("durations are as exact as they are short", () => {
  const seen = [0, 180, 9_949, 9_950, 59_999, 60_000, 74_500, 3_600_000, 7_500_000, -5].map(duration);
  assert.deepEqual(seen, [
    "0.0 s",
    "0.2 s",
    "9.9 s",
    "9 s",
    "59 s",
    "1 min 0 s",
    "1 min 14 s",
    "1 h 0 min",
    "2 h 5 min",
    "0.0 s",
  ]);
  assert.deepEqual([0, 999, 61_000].map(elapsed), ["0 s", "0 s", "1 min 1 s"]);
});
