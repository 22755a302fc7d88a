import assert from "node:assert/strict";
import { test } from "node:test";
import { measuredPaths } from "../../../core/src/closure/measuring/measuredPaths.ts";
import { NixFailed } from "../../../core/src/nix/runNix.ts";

const [system, part] = ["/nix/store/a-system", "/nix/store/b-part"];

test("references become places: a path's own name in it is none, and each stands once", () => {
  const infos = [
    { path: part, narSize: 3, references: [part] },
    { path: system, narSize: 1, references: [part, system, part] },
  ];
  assert.deepEqual(measuredPaths(infos, system), [
    { path: part, ownBytes: 3, references: [], addedBy: [] },
    { path: system, ownBytes: 1, references: [0], addedBy: [] },
  ]);
});

test("a system that is not there, and a reference to what is gone, are errors that name them", () => {
  const infos = [{ path: system, narSize: 1, references: [part] }];
  assert.throws(
    () => measuredPaths(infos, part),
    (error) => error instanceof NixFailed && error.message.includes(`Nix does not have ${part}`),
  );
  assert.throws(
    () => measuredPaths(infos, system),
    (error) =>
      error instanceof NixFailed &&
      error.message.startsWith(`${system} refers to ${part}, which the store no longer has.`),
  );
});
