import assert from "node:assert/strict";
import { test } from "node:test";
import { describeEstimate } from "../../../core/src/closure/measuring/describeEstimate.ts";

const estimate = { toBuild: 41, toFetch: 930, downloadBytes: 612e6, unpackedBytes: 2.6e9 };

test("what a build would take is what there is to fetch and to build", () => {
  assert.equal(
    describeEstimate(estimate),
    "about 2.6 GB unpacked to fetch (930 paths, 612 MB to download), 41 to build",
  );
  assert.equal(describeEstimate({ ...estimate, toFetch: 0 }), "41 to build");
  assert.match(describeEstimate({ ...estimate, toBuild: 0, toFetch: 1 }), /to fetch \(1 path, 612 MB to download\)$/);
});

test("it is never nothing", () => {
  const nothing = { toBuild: 0, toFetch: 0, downloadBytes: 0, unpackedBytes: 0 };
  assert.equal(describeEstimate(nothing), "something of it is missing in the store");
});
