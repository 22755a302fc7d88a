import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatByteDifference, formatBytes, parseBytes } from "../../../core/src/closure/byteSizes.ts";

const shown: readonly (readonly [bytes: number, text: string])[] = [
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1 kB"],
  [12_345, "12 kB"],
  [619_600_000, "620 MB"],
  [999_400_000, "999 MB"],
  [999_900_000, "1 GB"],
  [2_600_000_000, "2.6 GB"],
  [9_960_000_000, "10 GB"],
  [1.5e12, "1.5 TB"],
];
for (const [bytes, text] of shown) test(`${bytes} bytes are ${text}`, () => assert.equal(formatBytes(bytes), text));

test("differences have a sign", () => {
  assert.deepEqual([120e6, -1.9e9, 0].map(formatByteDifference), ["+120 MB", "-1.9 GB", "±0 B"]);
});

const read: readonly (readonly [text: string, bytes: number | undefined])[] = [
  ["3 GB", 3e9],
  ["500MB", 500e6],
  ["20G", 20e9],
  ["962 MiB", 962 * 2 ** 20],
  ["1.5 gib", 1.5 * 2 ** 30],
  ["1024", 1024],
  ["7 b", 7],
  ["", undefined],
  ["GB", undefined],
  ["-1 GB", undefined],
  ["3 GBit", undefined],
  ["1e9", undefined],
  ["3 constructor", undefined],
];
for (const [text, bytes] of read) test(`"${text}" is ${bytes} bytes`, () => assert.equal(parseBytes(text), bytes));

test("what is shown is read again, within what is rounded away", () => {
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (bytes) => {
      const again = parseBytes(formatBytes(bytes));
      assert.ok(again !== undefined && Math.abs(again - bytes) <= bytes * 0.051, `${bytes}: ${formatBytes(bytes)}`);
    }),
  );
});
