import assert from "node:assert/strict";
import { test } from "node:test";
import { analyseClosure, type ClosureAnalysis } from "../../../core/src/closure/analyseClosure.ts";
import { compareClosures } from "../../../core/src/closure/compareClosures.ts";
import { findPaths } from "../../../core/src/closure/findPaths.ts";
import { closurePackages, duplicatedPackages } from "../../../core/src/closure/packages.ts";
import { nameOfStorePath } from "../../../core/src/closure/storePathName.ts";
import { type ClosureOutline, outlinedMeasurement, storePath } from "./closures.ts";

function analyse(outline: ClosureOutline): ClosureAnalysis {
  return analyseClosure(outlinedMeasurement(outline));
}

/** Two builds of one version have one name and two hashes. */
function withSecondBuild(outline: ClosureOutline, name: string): ClosureAnalysis {
  const measurement = outlinedMeasurement(outline);
  const paths = measurement.paths.map((path) =>
    path.path.endsWith(`-${name}~`) ? { ...path, path: storePath(`${name}~`).replace(/~$/, "") } : path,
  );
  return analyseClosure({ ...measurement, paths });
}

test("outputs of one version are one package, the heaviest first", () => {
  const analysis = analyse({
    "system-1": [1, "openssl-3.0.14", "openssl-3.0.14-bin", "zlib-1.3"],
    "openssl-3.0.14": [6],
    "openssl-3.0.14-bin": [2],
    "zlib-1.3": [7],
  });
  assert.deepEqual(
    closurePackages(analysis).map(({ name, version, ownBytes, paths }) => [name, version, ownBytes, paths]),
    [
      ["openssl", "3.0.14", 8, [1, 2]],
      ["zlib", "1.3", 7, [3]],
      ["system", "1", 1, [0]],
    ],
  );
  assert.deepEqual(duplicatedPackages(analysis), []);
});

test("two versions and two builds are duplicates; parts of the system without a version are none", () => {
  const analysis = withSecondBuild(
    {
      "system-1": [1, "openssl-3.0.14", "openssl-1.1.1w", "glibc-2.39", "glibc-2.39~", "unit-a", "unit-a~"],
      "openssl-3.0.14": [6],
      "openssl-1.1.1w": [4],
      "glibc-2.39": [30],
      "glibc-2.39~": [31],
      "unit-a": [1],
      "unit-a~": [1],
    },
    "glibc-2.39",
  );
  assert.deepEqual(
    duplicatedPackages(analysis).map(({ name, spareBytes, variants }) => [name, spareBytes, variants.length]),
    [
      ["glibc", 30, 2],
      ["openssl", 4, 2],
    ],
  );
});

test("two closures differ by package: added, removed, another version, another size", () => {
  const before = analyse({
    "system-1": [1, "gone-1.0", "kept-1.0", "grown-1.0", "moved-1.0"],
    "gone-1.0": [50],
    "kept-1.0": [7],
    "grown-1.0": [10],
    "moved-1.0": [20],
  });
  const after = analyse({
    "system-1": [1, "new-1.0", "kept-1.0", "grown-1.0", "moved-2.0"],
    "new-1.0": [40],
    "kept-1.0": [7],
    "grown-1.0": [12],
    "moved-2.0": [25],
  });
  const { bytesBefore, bytesAfter, packages } = compareClosures(before, after);
  assert.deepEqual([bytesBefore, bytesAfter], [88, 85]);
  assert.deepEqual(
    packages.map((each) => [each.kind, each.name, each.versionsBefore.join(), each.versionsAfter.join()]),
    [
      ["removed", "gone", "1.0", ""],
      ["added", "new", "", "1.0"],
      ["version", "moved", "1.0", "2.0"],
      ["size", "grown", "1.0", "1.0"],
    ],
  );
  const changes = packages.reduce((sum, each) => sum + each.bytesAfter - each.bytesBefore, 0);
  assert.equal(changes, bytesAfter - bytesBefore);
  assert.deepEqual(compareClosures(before, before).packages, []);
});

test("paths are found by package, name, pattern and path, the heaviest by retained size first", () => {
  const analysis = analyse({
    "system-1": [1, "clang-17.0.6", "clang-17.0.6-lib", "clang-tools-17.0.6"],
    "clang-17.0.6": [5],
    "clang-17.0.6-lib": [9],
    "clang-tools-17.0.6": [7],
  });
  const find = (text: string): string[] =>
    findPaths(analysis, text).map((node) => nameOfStorePath(analysis.measurement.paths[node]?.path ?? ""));
  assert.deepEqual(find("clang"), ["clang-17.0.6-lib", "clang-17.0.6"]);
  assert.deepEqual(find("clang*"), ["clang-17.0.6-lib", "clang-tools-17.0.6", "clang-17.0.6"]);
  assert.deepEqual(find("clang-17.0.6"), ["clang-17.0.6"]);
  assert.deepEqual(find(storePath("clang-tools-17.0.6")), ["clang-tools-17.0.6"]);
  assert.deepEqual(find("lang"), []);
  assert.deepEqual(find(""), []);
});
