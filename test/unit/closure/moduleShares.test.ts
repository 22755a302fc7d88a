import assert from "node:assert/strict";
import { test } from "node:test";
import { analyseClosure } from "../../../core/src/closure/analyseClosure.ts";
import type { AddedBy } from "../../../core/src/closure/measurement.ts";
import { moduleShares } from "../../../core/src/closure/moduleShares.ts";
import { outlinedMeasurement } from "./closures.ts";

const outline = {
  system: [1, "path"],
  path: [1, "zbar", "grim", "vim"],
  zbar: [10, "opencv", "qt"],
  grim: [20, "qt"],
  vim: [40],
  opencv: [100],
  qt: [1000],
} as const;

function sharesOf(addedBy: Readonly<Record<string, readonly AddedBy[]>>) {
  const measurement = outlinedMeasurement(outline);
  const paths = measurement.paths.map((path) => ({ ...path, addedBy: addedBy[path.path.slice(44)] ?? [] }));
  return moduleShares(analyseClosure({ ...measurement, paths })).map(({ file, freedBytes, places }) => ({
    file,
    freedBytes,
    places: places.map((share) => [share.place.line, share.freedBytes]),
  }));
}

test("a file frees more than its lines one by one: what they share goes too", () => {
  const hey = (line: number): AddedBy => ({ file: "hey.nix", line });
  assert.deepEqual(sharesOf({ zbar: [hey(3)], grim: [hey(4)], vim: [{ file: "vim.nix", line: 1 }] }), [
    {
      file: "hey.nix",
      freedBytes: 1130,
      places: [
        [3, 110],
        [4, 20],
      ],
    },
    { file: "vim.nix", freedBytes: 40, places: [[1, 40]] },
  ]);
});

test("what two modules add goes with neither of them alone", () => {
  const shares = sharesOf({
    vim: [
      { file: "a.nix", line: 1 },
      { file: "b.nix", line: 2 },
    ],
  });
  assert.deepEqual(shares, [
    { file: "a.nix", freedBytes: 0, places: [[1, 0]] },
    { file: "b.nix", freedBytes: 0, places: [[2, 0]] },
  ]);
});

test("several packages on one line are one place", () => {
  const place: AddedBy = { file: "a.nix", line: 1, option: "environment.systemPackages" };
  const shares = sharesOf({ zbar: [{ ...place, package: "zbar" }], grim: [{ ...place, package: "grim" }] });
  assert.deepEqual(shares, [{ file: "a.nix", freedBytes: 1130, places: [[1, 1130]] }]);
});
