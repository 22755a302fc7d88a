import assert from "node:assert/strict";
import { test } from "node:test";
import { describeAge } from "../../core/src/describeAge.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const cases: readonly (readonly [age: number, text: string])[] = [
  [-5 * minute, "just now"],
  [59_000, "just now"],
  [minute, "1 minute ago"],
  [59 * minute, "59 minutes ago"],
  [hour, "1 hour ago"],
  [23 * hour, "23 hours ago"],
  [day, "yesterday"],
  [2 * day, "2 days ago"],
  [14 * day, "2 weeks ago"],
  [90 * day, "3 months ago"],
];
for (const [age, text] of cases) test(text, () => assert.equal(describeAge(1e12, 1e12 + age), text));
