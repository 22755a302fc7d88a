import assert from "node:assert/strict";
import { test } from "node:test";
import { analyseClosure } from "../../../core/src/closure/analyseClosure.ts";
import { NoMeasurement, parseMeasurement } from "../../../core/src/closure/measurement.ts";
import { outlinedMeasurement, storePath } from "./closures.ts";

const measurement = outlinedMeasurement({ system: [1, "a", "b"], a: [2, "b"], b: [3] }, { revision: "abc" });

test("a measurement is read as it was written", () => {
  const added = [{ file: "modules/a.nix", line: 3, option: "environment.systemPackages", package: "pkgs.a" }];
  const paths = measurement.paths.map((path, index) => (index === 1 ? { ...path, addedBy: added } : path));
  const written = { ...measurement, paths };
  assert.deepEqual(parseMeasurement(JSON.stringify(written)), written);
});

test("what says twice that a path refers to another says it once", () => {
  const [system, ...others] = measurement.paths;
  const paths = [{ ...system, references: [1, 2, 1] }, ...others];
  const read = parseMeasurement(JSON.stringify({ ...measurement, paths }));
  assert.deepEqual(read.paths[0]?.references, [1, 2]);
  assert.equal(analyseClosure(read).totalBytes, 6);
});

const wrong: readonly (readonly [what: string, value: unknown, message: RegExp])[] = [
  ["a list", [], /^The measurement is no JSON object\.$/],
  ["nothing", null, /^The measurement is no JSON object\.$/],
  ["another version", { ...measurement, version: 2 }, /^The measurement has version 2; only 1 is known\.$/],
  ["no version", { ...measurement, version: undefined }, /^The measurement has version none/],
  ["no paths", { ...measurement, paths: "none" }, /^The measurement has no list of paths\.$/],
  ["a root that is none of its paths", { ...measurement, root: "/nix/store/x" }, /root \/nix\/store\/x is none of/],
  ["no time", { ...measurement, measuredAt: "yesterday" }, /^measuredAt is no time: "yesterday"$/],
  ["a size below zero", withFirst({ ownBytes: -1 }), /^paths\[0\]\.ownBytes is no size: -1$/],
  ["a size that is no number", withFirst({ ownBytes: "1" }), /^paths\[0\]\.ownBytes is no size: "1"$/],
  ["a reference to nowhere", withFirst({ references: [3] }), /^paths\[0\]\.references are not all places/],
  ["a reference to itself", withFirst({ references: [0] }), /^paths\[0\]\.references are not all places/],
  ["a broken reference", withFirst({ references: [1.5] }), /^paths\[0\]\.references are not all places/],
  ["a path that is no text", withFirst({ path: 1 }), /^paths\[0\]\.path is no text: 1$/],
  [
    "a line before the first",
    withFirst({ addedBy: [{ file: "a", line: 0 }] }),
    /^paths\[0\]\.addedBy\.line is no line/,
  ],
];
for (const [what, value, message] of wrong) {
  test(`${what} is no measurement`, () => {
    assert.throws(
      () => parseMeasurement(JSON.stringify(value)),
      (error) => error instanceof NoMeasurement && message.test(error.message),
    );
  });
}

test("torn JSON is no measurement", () => {
  const text = JSON.stringify(measurement);
  for (const end of [0, 1, text.length - 1]) assert.throws(() => parseMeasurement(text.slice(0, end)), NoMeasurement);
});

test("names with quotes and HTML stay what they are", () => {
  const name = `a"><img src=x onerror=alert(1)>'\\`;
  const read = parseMeasurement(JSON.stringify(outlinedMeasurement({ system: [1, name], [name]: [2] })));
  assert.equal(read.paths[1]?.path, storePath(name));
});

function withFirst(changed: object): unknown {
  return {
    ...measurement,
    paths: measurement.paths.map((path, index) => (index === 0 ? { ...path, ...changed } : path)),
  };
}
