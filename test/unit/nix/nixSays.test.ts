import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEstimate } from "../../../core/src/nix/estimateBuild.ts";
import { parseFlakeMetadata } from "../../../core/src/nix/flakeSource.ts";
import { NixFailed } from "../../../core/src/nix/runNix.ts";

const estimates: readonly (readonly [output: string, expected: ReturnType<typeof parseEstimate>])[] = [
  ["", undefined],
  ["warning: Git tree '/flake' is dirty\n", undefined],
  [
    "this derivation will be built:\n  /nix/store/a.drv\n",
    { toBuild: 1, toFetch: 0, downloadBytes: 0, unpackedBytes: 0 },
  ],
  [
    "these 41 derivations will be built:\n  /nix/store/a.drv\nthese 930 paths will be fetched (612.30 MiB download, 2400.00 MiB unpacked):\n",
    { toBuild: 41, toFetch: 930, downloadBytes: 642_043_085, unpackedBytes: 2_516_582_400 },
  ],
  [
    "this path will be fetched (1.50 KiB download, 2.00 GiB unpacked):\n  /nix/store/b\n",
    { toBuild: 0, toFetch: 1, downloadBytes: 1536, unpackedBytes: 2_147_483_648 },
  ],
  [
    "don't know how to build these paths:\n  /nix/store/c\n",
    { toBuild: 0, toFetch: 0, downloadBytes: 0, unpackedBytes: 0 },
  ],
];
for (const [output, expected] of estimates)
  test(`nix build --dry-run: ${JSON.stringify(output.slice(0, 60))}`, () =>
    assert.deepEqual(parseEstimate(output), expected));

test("nix flake metadata: where the copy is, which part of it, which commit", () => {
  const path = "/nix/store/00000000000000000000000000000000-source";
  assert.deepEqual(parseFlakeMetadata(JSON.stringify({ path, resolved: { dir: "machines" }, revision: "abc" })), {
    storePath: path,
    subdirectory: "machines",
    revision: "abc",
  });
  // What is not committed has no revision; some versions name a dirtyRevision.
  assert.deepEqual(parseFlakeMetadata(JSON.stringify({ path, resolved: {}, dirtyRevision: "abc-dirty" })), {
    storePath: path,
    subdirectory: "",
    revision: undefined,
  });
  for (const output of ["", "[]", '{"path":3}']) assert.throws(() => parseFlakeMetadata(output), NixFailed);
});
